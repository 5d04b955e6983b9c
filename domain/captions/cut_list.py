"""Which captions of a data set a token limit cuts, as it is told and kept."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import frozen

from .truncation import Truncation

COLUMNS: Final = ("split", "image", "tokens", "limit", "lost", "caption")
LONGEST_SHOWN: Final = 60


@frozen
class CutCaption:
    """A caption that is cut, and whose it is."""

    split: str
    image: str
    cut: Truncation

    @property
    def row(self) -> tuple[str, ...]:
        """It as a row of the list; see ``COLUMNS``."""
        return (self.split, self.image, str(self.cut.tokens), str(self.cut.limit), self.cut.lost, self.cut.caption)


@frozen
class CutList:
    """
    The captions of a data set that are cut.

    Attributes:
        captions: Captions of all splits, one for every picture that has it.
        limit: Tokens that are read, begin and end included.
        cut: Those that lose something, in the order of the splits.
    """

    captions: int
    limit: int
    cut: tuple[CutCaption, ...]

    @property
    def note(self) -> str | None:
        """One sentence with an example; None where nothing is lost."""
        if not self.cut:
            return None
        worst = max(self.cut, key=lambda one: one.cut.over)
        lost = worst.cut.lost if len(worst.cut.lost) <= LONGEST_SHOWN else f"{worst.cut.lost[:LONGEST_SHOWN]}…"
        return (
            f"{len(self.cut):,} of {self.captions:,} captions ({len(self.cut) / self.captions:.1%}) have more than the "
            f"{self.limit} tokens that are read; {worst.image} has {worst.cut.tokens} and loses {lost!r}"
        )

    def card(self) -> dict[str, Any]:
        """As plain values."""
        by_split: dict[str, int] = {}
        for one in self.cut:
            by_split[one.split] = by_split.get(one.split, 0) + 1
        return {"captions": self.captions, "limit": self.limit, "cut": len(self.cut), "cut_by_split": by_split}


def cut_list(captions: Iterable[tuple[str, str, str]], cuts: Mapping[str, Truncation], *, limit: int) -> CutList:
    """
    The list for a data set.

    Args:
        captions: Split, picture and caption of every pair.
        cuts: What is lost, by caption; captions that are read whole may be missing.
        limit: Tokens that are read.
    """
    count, found = 0, []
    for split, image, caption in captions:
        count += 1
        cut = cuts.get(caption)
        if cut is not None and cut.over:
            found.append(CutCaption(split, image, cut))
    return CutList(count, limit, tuple(found))
