"""The parts of an evaluation's report as plain values; each part is a function of what was measured."""
