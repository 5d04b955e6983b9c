"""When rows that cannot be used are too many to go on without them."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from .errors import TooManyBadRows
from .pairs import Rejected
from .shown import MOST, shown

# A handful of bad rows never stops a run: in a small table each of them is a large share.
ALWAYS_TOLERATED: Final = 5
SHOWN: Final = 5
# Reasons also say what to do.
LONGEST_REASON: Final = 800


def check_quarantine(
    rejected: Sequence[Rejected], *, rows: int, max_bad_fraction: float, listed: str | None = None
) -> None:
    """
    Stop when more than ``max_bad_fraction`` of the rows, and more than five, cannot be used.

    Args:
        rejected: The rows that cannot be used.
        rows: How many rows there are, the rejected among them.
        max_bad_fraction: The share that is tolerated, between 0 and 1.
        listed: Where the whole list stands, if it was written.

    Raises:
        TooManyBadRows: With counts by reason, the first five, and where the list is.
    """
    if exceeds(len(rejected), rows=rows, max_bad_fraction=max_bad_fraction):
        raise TooManyBadRows("\n".join(_report(rejected, rows=rows, max_bad_fraction=max_bad_fraction, listed=listed)))


def check_undecodable(pictures_lost: Sequence[str], *, pictures: int, max_bad_fraction: float) -> None:
    """
    Stop when too many pictures turned out undecodable during training.

    Args:
        pictures_lost: Keys of the pictures that could not be decoded.
        pictures: How many pictures there are to train on.
        max_bad_fraction: The share that is tolerated, between 0 and 1.

    Raises:
        TooManyBadRows: With the first five.
    """
    if exceeds(len(pictures_lost), rows=pictures, max_bad_fraction=max_bad_fraction):
        named = ", ".join(shown(picture, most=MOST) for picture in pictures_lost[:SHOWN])
        raise TooManyBadRows(
            f"{len(pictures_lost)} of {pictures} pictures cannot be decoded, and max_bad_fraction is "
            f"{max_bad_fraction:.1%}; mend them or raise `max_bad_fraction`; the first: {named}"
        )


def exceeds(bad: int, *, rows: int, max_bad_fraction: float) -> bool:
    """Whether ``bad`` of ``rows`` rows are too many."""
    return bad > ALWAYS_TOLERATED and bad > max_bad_fraction * rows


def reasons(rejected: Sequence[Rejected]) -> dict[str, int]:
    """How many rows there are of each reason, the most frequent first."""
    return dict(Counter(row.reason for row in rejected).most_common())


def one_line(row: Rejected) -> str:
    """A row, its picture and the reason, as a person reads it."""
    parts = (shown(row.where, most=MOST), shown(row.image, most=MOST), shown(row.reason, most=LONGEST_REASON))
    return ": ".join(dict.fromkeys(part for part in parts if part))


def _report(rejected: Sequence[Rejected], *, rows: int, max_bad_fraction: float, listed: str | None) -> list[str]:
    counts = reasons(rejected)
    first = list(counts.items())[:SHOWN]
    others = sum(counts.values()) - sum(count for _, count in first)
    return [
        f"{len(rejected)} of {rows} rows cannot be used ({len(rejected) / rows:.1%}), and max_bad_fraction is "
        f"{max_bad_fraction:.1%}; mend them or raise `max_bad_fraction`",
        *(f"  {count} × {shown(reason, most=LONGEST_REASON)}" for reason, count in first),
        *([f"  {others} × other reasons"] if others else []),
        "the first:",
        *(f"  {one_line(row)}" for row in rejected[:SHOWN]),
        *([f"all of them: {listed}"] if listed else []),
    ]
