"""Shards: tar files of samples, read in any order and written byte for byte alike."""
