"""A local page on which a person reviews pairs."""
