"""Schedules: closures from a step to a value; nobody mutates an optimiser in them."""

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def warmup_cosine(peak: float, *, warmup_steps: int, total_steps: int, end: float = 0.0) -> Schedule:
    """
    Rise linearly to ``peak`` over ``warmup_steps``, then glide along half a cosine to ``end``.

    With w warm-up and T total steps the value at step s (the number of steps already done) is

        peak · (s + 1) / (w + 1)                         for s < w, so that the first step already learns,
        end + (peak − end) · (1 + cos(π (s − w) / (T − w))) / 2    for w ≤ s ≤ T,

    and ``end`` after that. ``at(w)`` is ``peak``.

    Raises:
        ValueError: If there are no steps, or the warm-up is longer than all of them.

    References:
        Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, 2017.
    """
    if total_steps < 1 or not 0 <= warmup_steps < total_steps:
        raise ValueError(f"warm-up of {warmup_steps} steps does not fit into {total_steps} steps")

    def at(step: int) -> float:
        if step < warmup_steps:
            return peak * (step + 1) / (warmup_steps + 1)
        done = min((step - warmup_steps) / (total_steps - warmup_steps), 1.0)
        return end + (peak - end) * (1 + math.cos(math.pi * done)) / 2

    return at
