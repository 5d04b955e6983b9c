"""What a limit on tokens cuts off captions."""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

# The begin and the end token, which every caption has besides its own.
MARKS: Final = 2

Span = tuple[int, int]


@frozen
class Truncation:
    """
    How much of a caption is read.

    Attributes:
        caption: As written.
        tokens: How many it makes, the begin and end tokens included.
        limit: How many are read, likewise.
        kept: Characters that are read whole.
    """

    caption: str
    tokens: int
    limit: int
    kept: int

    @property
    def over(self) -> int:
        """Tokens that are lost."""
        return max(0, self.tokens - self.limit)

    @property
    def lost(self) -> str:
        """The end of the caption that is not read, from the first character of which a token is lost."""
        return self.caption[self.kept :] if self.over else ""


@frozen
class TruncationCount:
    """
    How many captions a limit cuts.

    Attributes:
        captions: All of them.
        limit: Tokens that are read.
        longest: Tokens of the longest.
        cut: Those that are over the limit, the longest loss first; equal ones in their order.
    """

    captions: int
    limit: int
    longest: int
    cut: tuple[Truncation, ...]

    @property
    def share(self) -> float:
        """Captions over the limit among all; 0 of none."""
        return len(self.cut) / self.captions if self.captions else 0.0


def truncation_of(caption: str, spans: Sequence[Span], *, limit: int) -> Truncation:
    """
    What a limit leaves of a caption.

    Args:
        caption: As written.
        spans: Start and end of the characters behind each of its own tokens, as a tokenizer gives them; without those
            of the begin and the end token.
        limit: Tokens that are read, begin and end included; at least 2.

    Raises:
        ValueError: If the limit has no room for begin and end.
    """
    if limit < MARKS:
        raise ValueError(f"a limit needs room for the begin and the end token, found {limit}")
    own = limit - MARKS
    kept = len(caption) if len(spans) <= own else spans[own][0]
    return Truncation(caption, len(spans) + MARKS, limit, kept)


def count_truncations(each: Iterable[Truncation], *, limit: int) -> TruncationCount:
    """Captions over a limit among all."""
    captions, longest = 0, 0
    cut: list[Truncation] = []
    for one in each:
        captions, longest = captions + 1, max(longest, one.tokens)
        if one.over:
            cut.append(one)
    return TruncationCount(captions, limit, longest, tuple(sorted(cut, key=lambda one: -one.over)))
