"""Pictures: decoded faithfully, made the size the model takes, ahead of need."""
