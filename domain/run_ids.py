"""What a run is called."""

import re
from datetime import datetime
from typing import Final

SHOWN: Final = 6


def run_id(now: str, fingerprint: str) -> str:
    """
    A name that sorts by time and tells configurations apart, such as ``2026-11-23_1012_a1b2c3``.

    Args:
        now: Date and time, ISO 8601.
        fingerprint: Of the configuration, at least six hexadecimal digits.

    Raises:
        ValueError: If either is something else.
    """
    if not re.fullmatch(rf"[0-9a-f]{{{SHOWN},}}", fingerprint):
        raise ValueError(f"a fingerprint has at least {SHOWN} hexadecimal digits, found {fingerprint!r}")
    return f"{datetime.fromisoformat(now):%Y-%m-%d_%H%M}_{fingerprint[:SHOWN]}"
