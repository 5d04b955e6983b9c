"""The outside world, one folder a port."""
