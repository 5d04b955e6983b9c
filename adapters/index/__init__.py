"""Where embeddings are searched."""
