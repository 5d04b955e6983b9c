"""What stands in two splits at once, so that a score on one of them would be too good."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

import numpy as np
from attrs import frozen

from ..pairs import SPLITS
from .findings import SHOWN, Finding, Part, Sighting, counted, share
from .pairings import pairings
from .repeats import PICTURES, places
from .table import Codes, PairTable

Name = Callable[[int], str]


@frozen
class Kind:
    """
    Something that may not stand in two splits.

    Attributes:
        code: Of its finding.
        one: What it is called.
        many: Several of them.
        advice: What to do.
        is_leak: Whether it makes a score too good by itself.
    """

    code: str
    one: str
    many: str
    advice: str
    is_leak: bool = True


SPLIT: Final = "`cliptune data split` cuts so that nothing is torn"
GROUP: Final = Kind("group-in-two-splits", "group", "groups", f"give each group one split; {SPLIT} (--group-by)")
PICTURE: Final = Kind("image-in-two-splits", "picture", "pictures", "give each picture one split")
FILE: Final = Kind(
    "file-in-two-splits",
    "file",
    "files",
    "give the pages of a file one split, as training demands it; `cliptune data split` keeps them together",
)
CONTENT: Final = Kind(
    "content-in-two-splits",
    "content under several names",
    "contents under several names",
    "remove the copies, or keep them in one split: name a column that joins them with --group-by, or let "
    "`cliptune data split --near-duplicates` join them",
)
CAPTION: Final = Kind(
    "caption-in-two-splits",
    "caption",
    "captions",
    "this is no leak by itself, captions of domains repeat; but retrieval counts every picture with the caption as "
    "right, and a test of unseen wording needs captions that training does not have",
    is_leak=False,
)


def shared_part(
    table: PairTable, items: Codes, splits: Codes, *, kind: Kind, name: Name, of_several_images: bool = False
) -> Part:
    """
    Items that stand in more than one split.

    Args:
        table: The rows.
        items: Which item each row has, shape ``(rows,)``; negative where it has none.
        splits: Which split each row has; negative where that is open.
        kind: What the items are.
        name: What a person calls an item.
        of_several_images: Whether an item counts only where more than one picture has it.
    """
    torn = list(pairings(items, splits).several())
    if of_several_images:
        torn = [one for one in torn if len({int(table.image_of[row]) for row in one[2]}) > 1]
    count = int(items.max(initial=-1)) + 1
    facts = {"code": kind.code, "shared": len(torn), "of": count}
    return Part(facts, tuple(_finding(table, torn, kind=kind, name=name, count=count)))


def _finding(
    table: PairTable, torn: Sequence[tuple[int, list[int], list[int]]], *, kind: Kind, name: Name, count: int
) -> Iterator[Finding]:
    if not torn:
        return
    verb = "stands" if len(torn) == 1 else "stand"
    part = f" ({share(len(torn), count)})" if count else ""
    yield Finding(
        kind.code,
        "leak" if kind.is_leak else "note",
        f"{len(torn):,} {kind.one if len(torn) == 1 else kind.many}{part} {verb} in more than one split",
        kind.advice,
        len(torn),
        tuple(
            Sighting(
                f"{name(item)}: {' and '.join(SPLITS[split] for split in splits)}",
                places(table, rows),
                tuple(dict.fromkeys(table.images[table.image_of[row]].key for row in rows))[:PICTURES],
            )
            for item, splits, rows in torn[:SHOWN]
        ),
    )


def split_of_images(table: PairTable, splits: Codes) -> Codes:
    """The split of each picture's first row, shape ``(images,)``; -1 where that is open."""
    _, first = np.unique(table.image_of, return_index=True)
    return splits[first]


def counts_part(table: PairTable, splits: Codes, *, groups: Codes, how: str, wanted: Collection[str]) -> Part:
    """Rows, pictures and groups of each split; one that is wanted and has fewer than two pictures is told."""
    facts: dict[str, dict[str, int]] = {
        name: {
            "rows": int((splits == number).sum()),
            "images": len(np.unique(table.image_of[splits == number])),
            "groups": len(np.unique(groups[(splits == number) & (groups >= 0)])),
        }
        for number, name in enumerate(SPLITS)
    }
    return Part({"how": how, "splits": facts, "unassigned_rows": int((splits < 0).sum())}, tuple(_empty(facts, wanted)))


def _empty(facts: dict[str, dict[str, int]], wanted: Collection[str]) -> Iterator[Finding]:
    short = [name for name, known in facts.items() if known["images"] < 2 and name in wanted]
    if short:
        yield Finding(
            "split-empty",
            "warning",
            f"fewer than two pictures are in {' and '.join(short)}",
            "a run needs two in every split that is asked for: add pairs, raise the split's share, or set it to 0",
            len(short),
            tuple(Sighting(f"{name}: {counted(facts[name]['images'], 'picture')}") for name in short),
        )
