"""``python -m cliptune`` is the command line."""

from .entrypoints.cli.app import main

if __name__ == "__main__":  # worker processes import this module again
    main()
