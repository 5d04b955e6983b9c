"""Fine-tune CLIP models on your own image-text pairs, and prove whether the result is better."""
