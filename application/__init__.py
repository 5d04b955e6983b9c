"""What one can ask of cliptune: use cases, and the ports they need."""
