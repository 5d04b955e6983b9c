"""Order is derived, never stored: which pairs a step sees is a pure function of (seed, epoch)."""

import hashlib
import random
from collections.abc import Sequence
from itertools import pairwise


def epoch_order(count: int, *, seed: int, epoch: int, shuffle: bool = True) -> tuple[int, ...]:
    """The order in which epoch ``epoch`` shows ``count`` examples; the same on every machine."""
    order = list(range(count))
    if shuffle:
        random.Random(f"order/{seed}/{epoch}").shuffle(order)
    return tuple(order)


def batch_count(count: int, batch_size: int) -> int:
    """Batches in an epoch: ``⌈count / batch_size⌉``."""
    return -(-count // batch_size)


def epoch_batches(order: Sequence[int], *, batch_size: int) -> tuple[tuple[int, ...], ...]:
    """
    Cut an order into ``⌈n / batch_size⌉`` batches whose sizes differ by at most one.

    A small last batch would be a different objective (fewer negatives), and dropping it would hide examples.

    Raises:
        ValueError: If the batch size is not positive.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, found {batch_size}")
    count = batch_count(len(order), batch_size)
    if not count:
        return ()
    small, larger = divmod(len(order), count)
    edges = [index * small + min(index, larger) for index in range(count + 1)]
    return tuple(tuple(order[start:end]) for start, end in pairwise(edges))


def caption_index(count: int, *, seed: int, epoch: int, image: str) -> int:
    """
    Which of an image's ``count`` captions epoch ``epoch`` shows.

    Within every ``count`` epochs in a row, counted from epoch 0, each caption is shown exactly once.
    """
    if count == 1:
        return 0
    turn, place = divmod(epoch, count)
    order = list(range(count))
    random.Random(f"caption/{seed}/{turn}/{image}").shuffle(order)
    return order[place]


def step_seed(seed: int, step: int) -> int:
    """Seed of everything random inside step ``step`` (dropout), 63 bits, so that no random state has to be kept."""
    digest = hashlib.sha256(f"step/{seed}/{step}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
