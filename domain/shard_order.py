"""A random order in which few shards are read at a time: a pure function of (seed, epoch), like any other order."""

import random
from collections.abc import Iterable, Sequence

from .pairs import Example
from .sampling import epoch_order
from .shards import place_of

ELSEWHERE = -1


def shards_of(examples: Iterable[Example]) -> tuple[int, ...] | None:
    """The shard that each picture lies in; −1 for one that is a file of its own, None where all of them are."""
    places = [place_of(example.image) for example in examples]
    if not any(places):
        return None
    return tuple(ELSEWHERE if place is None else place.container for place in places)


def sharded_order(shards: Sequence[int], *, seed: int, epoch: int, most_open: int) -> tuple[int, ...]:
    """
    The order in which an epoch shows examples that lie in shards.

    The shards are shuffled and taken ``most_open`` at a time, or fewer so that the groups are about equal; the examples
    of each group are shuffled together. Where all shards are one group this is ``epoch_order``.

    Args:
        shards: The shard of each example.
        seed: Seed of the run.
        epoch: With the seed it decides the order.
        most_open: Shards of which examples may be mixed. With one, the examples of a shard follow one another.

    Returns:
        Each number of an example once. From the first example of a shard to its last, examples of no more than
        ``most_open`` shards are shown.

    Raises:
        ValueError: If ``most_open`` is not positive.
    """
    if most_open < 1:
        raise ValueError(f"most_open must be at least 1, found {most_open}")
    members: dict[int, list[int]] = {}
    for example, shard in enumerate(shards):
        members.setdefault(shard, []).append(example)
    if len(members) <= most_open:
        return epoch_order(len(shards), seed=seed, epoch=epoch)
    order = sorted(members)
    random.Random(f"shards/{seed}/{epoch}").shuffle(order)
    count = -(-len(order) // most_open)
    shown: list[int] = []
    for group in range(count):
        together = order[group * len(order) // count : (group + 1) * len(order) // count]
        mixed = sorted(example for shard in together for example in members[shard])
        random.Random(f"shards/{seed}/{epoch}/{group}").shuffle(mixed)
        shown += mixed
    return tuple(shown)


def shard_notes(shards: Sequence[int] | None, *, most_open: int) -> tuple[str, ...]:
    """What to say where pairs are kept apart over a whole epoch, which then reads from every shard all the time."""
    count = len(set(shards or ()))
    if count <= most_open:
        return ()
    return (f"batch_plan: avoid reads all {count} shards at once; batch_plan: shuffle reads {most_open} at a time",)
