"""CLIP models of Hugging Face behind the model ports."""
