"""Run trackers: numbers over time."""
