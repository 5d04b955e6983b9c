"""Embeddings of frozen towers, kept for the next run."""
