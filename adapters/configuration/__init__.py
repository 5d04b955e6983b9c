"""Configuration files and dictionaries: read, checked, explained, written."""
