"""The machine: platform, memory, versions, clock."""
