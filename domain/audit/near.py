"""Pictures that are nearly the same: re-encoded, resized, slightly cropped."""

from collections.abc import Iterator, Sequence
from typing import Final

from ..pairs import SPLITS
from .copies import captions_of, first_rows
from .findings import SHOWN, Finding, Part, Sighting, counted
from .pairings import Pairings
from .repeats import first_wording
from .table import Codes, Column, PairTable

Near = tuple[int, int, float]
ADVICE: Final = (
    "keep them together: `cliptune data split --near-duplicates` gives pictures that are nearly the same one split"
)


def near_part(
    table: PairTable,
    said: Pairings,
    pairs: Sequence[Near],
    *,
    split_of: Codes,
    content_of: Codes,
    classes: Sequence[str] = (),
    group: str | None = None,
    compared: int = 0,
) -> Part:
    """
    Pairs of pictures that are nearly the same, and what their differences mean.

    Args:
        table: The rows.
        said: Which picture says what.
        pairs: Numbers of two pictures, and how similar they are.
        split_of: The split of each picture, shape ``(images,)``; -1 where it is open.
        content_of: Which content each picture has; pictures with the same bytes are told of elsewhere.
        classes: Columns that are classes.
        group: The column of what must not be torn apart.
        compared: How many pictures were compared.
    """
    known = [(a, b, s) for a, b, s in pairs if content_of[a] < 0 or content_of[a] != content_of[b]]
    known.sort(key=lambda pair: (-pair[2], pair[0], pair[1]))
    torn = [pair for pair in known if -1 < split_of[pair[0]] != split_of[pair[1]] > -1]
    inside = sorted(set(known) - set(torn), key=lambda pair: (-pair[2], pair[0], pair[1]))
    findings = [*_torn(table, torn, split_of), *_near(table, said, inside)]
    facts: dict[str, object] = {
        "compared": compared,
        "pairs": len(known),
        "images": len({image for pair in known for image in pair[:2]}),
        "pairs_in_two_splits": len(torn),
    }
    for name in (*classes, *((group,) if group in table.columns and group is not None else ())):
        labels = _labels(table, table.columns[name])
        against = [pair for pair in known if -1 < labels[pair[0]] != labels[pair[1]] > -1]
        findings += _against(table, name, table.columns[name], labels, against, is_group=name == group)
        facts[f"differ_in_{name}"] = len(against)
    return Part(facts, tuple(findings))


def _labels(table: PairTable, column: Column) -> Codes:
    return column.codes[first_rows(table)] if len(table) else column.codes


def _torn(table: PairTable, torn: Sequence[Near], split_of: Codes) -> Iterator[Finding]:
    if torn:
        yield Finding(
            "near-duplicates-in-two-splits",
            "leak",
            f"{counted(len(torn), 'pair')} of nearly the same picture {'stands' if len(torn) == 1 else 'stand'} in two "
            "splits",
            f"a test that has seen nearly the same picture in training measures memory; {ADVICE}",
            len(torn),
            _sightings(
                table,
                torn,
                [f"{SPLITS[split_of[a]]} and {SPLITS[split_of[b]]}, similarity {s:.2f}" for a, b, s in torn[:SHOWN]],
            ),
        )


def _near(table: PairTable, said: Pairings, pairs: Sequence[Near]) -> Iterator[Finding]:
    if not pairs:
        return
    wording = first_wording(table)
    told = []
    for a, b, s in pairs[:SHOWN]:
        captions = dict.fromkeys(captions_of(table, said, image, wording=wording) for image in (a, b))
        told.append(f"similarity {s:.2f}: {' | '.join(captions)}")
    yield Finding(
        "near-duplicates",
        "note",
        f"{counted(len(pairs), 'pair')} of pictures {'is' if len(pairs) == 1 else 'are'} nearly the same picture",
        f"look at them: frames of one video, or exports of one picture? {ADVICE}",
        len(pairs),
        _sightings(table, pairs, told),
    )


def _against(
    table: PairTable, name: str, column: Column, labels: Codes, against: Sequence[Near], *, is_group: bool
) -> Iterator[Finding]:
    if not against:
        return
    if is_group:
        code, advice = "groups-differ-near", f"a split by `{name}` alone can tear them apart; {ADVICE}"
    else:
        code = "labels-contradict-near"
        advice = "look at them: one label is wrong, or what tells them apart is too small to be seen at this size"
    yield Finding(
        code,
        "warning",
        f"{counted(len(against), 'pair')} of nearly the same picture {'differs' if len(against) == 1 else 'differ'} "
        f"in `{name}`",
        advice,
        len(against),
        _sightings(
            table,
            against,
            [
                f"{column.values[labels[a]]} against {column.values[labels[b]]}, similarity {s:.2f}"
                for a, b, s in against[:SHOWN]
            ],
        ),
    )


def _sightings(table: PairTable, pairs: Sequence[Near], texts: Sequence[str]) -> tuple[Sighting, ...]:
    rows = first_rows(table)
    return tuple(
        Sighting(
            text,
            tuple(table.where[int(rows[image])] for image in pair[:2]),
            tuple(table.images[i].key for i in pair[:2]),
        )
        for text, pair in zip(texts, pairs, strict=False)
    )
