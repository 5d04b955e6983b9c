"""How many pairs a step sees, and how many of them at once."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from .config import FineTuneConfig
from .devices import Choice

SMALLEST: Final = 8
LARGEST: Final = 4096
# Evaluations, pictures and whatever else the machine does need memory, too.
MEMORY_SHARE: Final = 0.6
NEAR: Final = 0.95  # of the best rate: more pairs at once cost memory and gain nothing
PATIENCE: Final = 2  # doublings without gain: one may be chance
STEPS: Final = 8  # an epoch, where the data have that many pairs: a handful of steps teaches little


@frozen
class SliceTrial:
    """
    A forward and backward pass over so many pairs.

    Attributes:
        pairs: How many.
        seconds: How long it took.
        bytes: Memory that it took.
    """

    pairs: int
    seconds: float
    bytes: int

    @property
    def rate(self) -> float:
        """Pairs a second."""
        return self.pairs / self.seconds


def pairs_in_a_step(config: FineTuneConfig, *, slice_pairs: int) -> int:
    """The batch that the loss sees: ``effective_batch_size``, or slices times ``gradient_accumulation_steps``."""
    return config.training.effective_batch_size or slice_pairs * config.hardware.gradient_accumulation_steps


def largest_slice(config: FineTuneConfig, *, examples: int) -> int:
    """
    The largest slice worth trying.

    Where the batch is left open, it leaves an epoch of ``examples`` pictures its ``STEPS`` steps, so that small data
    is not learned from in a handful of steps because memory would allow it.
    """
    if config.training.effective_batch_size is not None:
        return min(config.training.effective_batch_size, LARGEST)
    fits = examples // (STEPS * config.hardware.gradient_accumulation_steps)
    return max(SMALLEST, min(fits, LARGEST))


def next_slice(trials: Sequence[SliceTrial], *, largest: int, free_bytes: int, seconds_left: float) -> int | None:
    """
    The size to try next, each twice the one before; None where it would gain nothing or cost too much.

    Args:
        trials: What was tried, smallest first.
        largest: The largest size worth trying.
        free_bytes: Memory that was free before the first.
        seconds_left: Time that may still be spent.
    """
    if not trials:
        return min(SMALLEST, largest)
    last = trials[-1]
    doubled = 2 * last.pairs
    too_much = 2 * last.bytes >= MEMORY_SHARE * free_bytes or 2 * last.seconds > seconds_left
    return None if doubled > largest or too_much or _stalled(trials) else doubled


def choose_slice(trials: Sequence[SliceTrial], *, free_bytes: int) -> Choice[int]:
    """
    The smallest slice that is nearly as fast as the fastest and leaves memory to spare.

    Args:
        trials: What was tried, smallest first; at least one.
        free_bytes: Memory that was free before the first.
    """
    fitting = [trial for trial in trials if trial.bytes <= MEMORY_SHARE * free_bytes] or [trials[0]]
    best = max(trial.rate for trial in fitting)
    chosen = next(trial for trial in fitting if trial.rate >= NEAR * best)
    return Choice(
        chosen.pairs,
        f"the fewest pairs at once near the best rate ({chosen.rate:.0f} of {best:.0f} pairs/s), in "
        f"{chosen.bytes / 2**30:.1f} of {free_bytes / 2**30:.1f} GiB free",
    )


def _stalled(trials: Sequence[SliceTrial]) -> bool:
    """Whether the last doublings, each held against the best before them, gained nothing."""
    if len(trials) <= PATIENCE:
        return False
    before = max(trial.rate for trial in trials[:-PATIENCE])
    return all(NEAR * trial.rate <= before for trial in trials[-PATIENCE:])
