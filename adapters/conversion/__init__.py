"""Data sets written in another format: aside, resumable, and renamed when they are whole."""
