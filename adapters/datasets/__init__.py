"""Pair sources: where image-caption pairs come from."""
