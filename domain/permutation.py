"""How often chance alone would part two models so far: signs of whole groups flipped, and Holm's correction."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from .clusters import Numbers

BLOCK: Final = 4_000_000
# Two sums of the same numbers in another order count as equal.
ROUNDING: Final = 1e-9


def sign_flip_p(sums: Numbers, *, resamples: int, seed: int) -> float:
    """
    Probability, were before and after interchangeable within groups, of a change at least as large as this one.

    Groups without a difference cannot flip and are left out. All ``2**groups`` flips are tried where they are no
    more than ``resamples``; otherwise as many are drawn and p = (b + 1) / (n + 1), which is never 0 (Phipson and
    Smyth, 2010).

    Args:
        sums: Differences summed by group, shape ``(groups,)``.
        resamples: Flips to draw.
        seed: Of the flips.

    Returns:
        A number in (0, 1]; 1 where nothing differs.
    """
    moving = sums[sums != 0]
    if not len(moving):
        return 1.0
    least = abs(float(moving.sum())) - ROUNDING * float(np.abs(moving).sum())
    every = 1 << len(moving)
    if every <= resamples:
        return _as_extreme(_every_flip(len(moving)), moving, least=least) / every
    generator = np.random.default_rng(seed)
    rows = max(1, BLOCK // len(moving))
    found = 0
    for start in range(0, resamples, rows):
        shape = (min(rows, resamples - start), -(-len(moving) // 8))
        flips = np.unpackbits(generator.integers(0, 256, size=shape, dtype=np.uint8), axis=1)[:, : len(moving)]
        found += _as_extreme(flips.astype(np.float64), moving, least=least)
    return (found + 1) / (resamples + 1)


def _every_flip(groups: int) -> Numbers:
    """All rows of noughts and ones, shape ``(2**groups, groups)``."""
    return (np.arange(2**groups)[:, None] >> np.arange(groups) & 1).astype(np.float64)


def _as_extreme(flips: Numbers, sums: Numbers, *, least: float) -> int:
    """How many rows of flips leave a total of at least ``least`` on either side."""
    totals = sums.sum() - 2 * (flips @ sums)
    return int((np.abs(totals) >= least).sum())


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """
    P-values corrected for how many comparisons were made (Holm, 1979), in their order.

    Comparing corrected values with 0.05 keeps the probability of any false alarm at 5 %.

    Raises:
        ValueError: If a value is not in [0, 1].
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values lie in [0, 1], found {tuple(p_values)}")
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected, highest = dict[int, float](), 0.0
    for turn, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - turn) * p_values[index]))
        corrected[index] = highest
    return tuple(corrected[index] for index in range(len(p_values)))
