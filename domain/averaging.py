"""The moving average of weights: how fast it forgets, and what it is made of."""

import math

# A young average follows the weights closely, so that it is not one of random weights: a tenth of the past at first.
START = 10


def decay_at(updates: int, *, decay: float) -> float:
    """
    How much of the average stays at its next update, once it had ``updates`` of them.

    Args:
        updates: Updates so far; steps that were skipped are none.
        decay: What the share grows to, in (0, 1).

    References:
        The warm-up min(decay, (1 + t) / (10 + t)) is that of TensorFlow's ``ExponentialMovingAverage``; timm's
        ``ModelEmaV3``, which this follows in what is averaged and what is copied, warms up by another formula.
    """
    return min(decay, (1 + updates) / (START + updates))


def shares(updates: int, *, decay: float) -> tuple[float, ...]:
    """
    What the average after ``updates`` updates is made of, in closed form.

    Returns:
        The share of the starting weights and of those after each update, ``updates + 1`` numbers that add up to 1.
    """
    kept = [decay_at(update, decay=decay) for update in range(updates)]
    added = (1.0, *(1.0 - share for share in kept))
    return tuple(share * math.prod(kept[place:]) for place, share in enumerate(added))
