"""Ways in: the command line, and the wiring that names adapters."""
