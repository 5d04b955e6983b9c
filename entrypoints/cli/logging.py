"""Log lines of the command line: always on standard error, colored for a person, JSON for a program."""

import logging
import os
import sys
from typing import Final

LEVEL: Final = "CLIPTUNE_LOG"
LEVELS: Final = ("debug", "info", "warning", "error")


def choose_level(*, verbose: bool, quiet: bool) -> None:
    """
    Set the level that ``--verbose`` or ``--quiet`` asks for; with neither, the environment's stays.

    It is kept in the environment so that worker processes log at the same level.
    """
    if verbose or quiet:
        os.environ[LEVEL] = "debug" if verbose else "error"


def configure_logging(*, as_json: bool) -> None:
    """Log to standard error at the level of the environment: lines for a terminal, JSON lines for anything else."""
    import structlog

    name = os.environ.get(LEVEL, "info").lower()
    level = getattr(logging, name.upper()) if name in LEVELS else logging.INFO
    for_person = sys.stderr.isatty() and not as_json
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if for_person else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # A logger made before standard error was replaced would write to the old one.
        logger_factory=lambda *_: structlog.PrintLogger(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
