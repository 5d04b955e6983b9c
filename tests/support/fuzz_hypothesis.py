"""Fuzzing with Hypothesis for as long as one likes."""

import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from support.fuzz_inputs import hostile
from support.fuzz_judge import judge, scratch
from support.fuzz_log import Log
from support.fuzz_targets import TARGETS

# Inputs drawn before Hypothesis starts afresh: it slows down as it remembers.
ROUND = 500


def fuzz(name: str, *, seconds: float, seed: int, log: Log) -> None:
    """Draw inputs until the time is over; a crash is noted, and the rest goes on."""
    end = time.monotonic() + seconds
    with scratch() as folder:
        while time.monotonic() < end:
            _round(name, folder, seed + log.inputs, end=end, log=log)
    log.tell()


def _round(name: str, folder: Path, seed: int, *, end: float, log: Log) -> None:
    target = TARGETS[name]

    @seeded(seed)
    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(hostile(target))
    def attack(data: bytes) -> None:
        if time.monotonic() < end:
            log.add(data, judge(target.attack, data, folder))

    attack()
