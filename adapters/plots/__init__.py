"""Figures for papers and reports, drawn with matplotlib (extra `viz`)."""
