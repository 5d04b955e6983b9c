"""Runs side by side, for the command line and for Python alike."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.errors import UsageError
from . import wiring

if TYPE_CHECKING:
    from ..domain.side_by_side import SideBySide


def compare_runs(runs: Sequence[str], *, resamples: int = 2000, seed: int = 42) -> "SideBySide":
    """
    Compare runs, or evaluations, that were measured on the same pictures and captions.

    Args:
        runs: At least two folders: runs, or what ``cliptune evaluate`` wrote.
        resamples: Behind each interval and p-value.
        seed: Decides the resamples.

    Raises:
        UsageError: If there are fewer than two, one has not been evaluated, or they are of different test sets.
    """
    from ..domain.side_by_side import side_by_side

    if len({Path(run).resolve() for run in runs}) < 2:
        raise UsageError(f"a comparison takes at least two different runs, found {', '.join(runs) or 'none'}")
    return side_by_side([wiring.evaluated_run(run) for run in runs], resamples=resamples, seed=seed)
