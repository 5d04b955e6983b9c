"""What a fine-tune means: frozen values and pure functions, without input or output."""
