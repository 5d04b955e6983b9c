"""What is known before the first step of how often pairs will meet others that say the same."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .batch_plan import TooCommon, too_common
from .false_negatives import expected_meetings, expected_rate, others_alike, others_met
from .relation import ExampleKeys

Plan = Literal["shuffle", "in order", "avoid"]

NAMED: Final = 3
LONGEST: Final = 60


@frozen
class Outlook:
    """
    How often a pair of the first epoch meets others in its batch that say the same.

    Attributes:
        expected: The share of pairs that meet any, under the run's own plan of batches.
        expected_each: How many of them a pair meets on average.
        shuffled: The share that is expected of batches drawn at random.
        shuffled_each: And how many.
        notes: All this, and the keys that no plan can keep apart, for a person.
    """

    expected: float
    expected_each: float
    shuffled: float
    shuffled_each: float
    notes: tuple[str, ...]

    def values(self) -> Mapping[str, float]:
        """The numbers by name."""
        return {
            "expected_false_negative_rate": self.expected,
            "expected_false_negatives_each": self.expected_each,
            "shuffled_false_negative_rate": self.shuffled,
            "shuffled_false_negatives_each": self.shuffled_each,
        }


def outlook(keys: ExampleKeys, shown: NDArray[np.int64], batches: Sequence[Sequence[int]], *, plan: Plan) -> Outlook:
    """
    Foretell a run from its first epoch.

    Args:
        keys: The keys of every caption, for the texts behind them.
        shown: Keys of the captions that the epoch shows, ``(kinds, examples)``; at least one example.
        batches: The examples of each batch.
        plan: Where the batches come from: chance, the order of the table, or a plan that keeps pairs apart. Only of
            chance the rate is an expectation; the others are counted as they are.
    """
    others, sizes = others_alike(shown), [len(batch) for batch in batches]
    chance = expected_rate(others, sizes=sizes), expected_meetings(others, sizes=sizes)
    told = (
        f"others of the same {' or '.join(keys.kinds)} in shuffled batches of {max(sizes)}, {chance[1]:.2f} on average"
    )
    notes = [f"expected false negatives: {chance[0]:.1%} of pairs meet {told}"]
    if plan == "shuffle":
        return Outlook(*chance, *chance, tuple(notes))
    met = others_met(shown, batches)
    there = float((met > 0).mean()), float(met.mean())
    if plan == "in order":
        notes.append(f"in the order of the table {there[0]:.1%} do, {there[1]:.2f} on average")
    else:
        notes.append(f"batch_plan: avoid leaves {there[0]:.1%}, {there[1]:.2f} on average")
        notes += _unavoidable(keys, shown, batches=len(batches))
    return Outlook(*there, *chance, tuple(notes))


def _unavoidable(keys: ExampleKeys, shown: NDArray[np.int64], *, batches: int) -> Iterator[str]:
    pairs, common = shown.shape[1], too_common(shown, batches=batches)
    for one in common[:NAMED]:
        yield _too_common(keys, one, pairs=pairs, batches=batches)
    if len(common) > NAMED:
        yield f"{len(common) - NAMED} keys more have more pairs than the epoch has batches"
    # ⌈pairs / size⌉ batches are enough for a key of c pairs up to this size.
    if common and (enough := (pairs - 1) // (common[0].rows - 1)) > 1:
        yield f"there is room for every key in batches of at most {enough}"


def _too_common(keys: ExampleKeys, one: TooCommon, *, pairs: int, batches: int) -> str:
    text = keys.texts[one.kind][one.key]
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return (
        f"{keys.kinds[one.kind]} {short!r} has {one.rows} of {pairs} pairs, more than the {batches} batches of an "
        "epoch: they cannot avoid each other, are spread evenly, and are left to `positives`"
    )
