"""Report writers: an evaluation for people and for programs."""
