"""What became of a data set between two of its versions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from attrs import asdict, frozen

from .data_manifest import COLUMNS, GROUP, SPLIT, DataManifest, ManifestRow
from .relation import normalised_caption

# Above this many captions of one picture they are matched in their order: the best match would take too long.
MATCHED: Final = 16


@frozen
class Change:
    """
    One thing that differs.

    Attributes:
        image: The picture it is about, by its newer name.
        before: What there was; empty where there was nothing.
        after: What there is; empty where there is nothing any more.
    """

    image: str
    before: str
    after: str


@frozen
class DataDiff:
    """
    Everything that differs between two versions of a data set, each tuple in the order of the pictures' names.

    Attributes:
        removed_pictures: Their names before, with how many captions went with them.
        added_pictures: Their names, with how many captions came with them.
        renamed_pictures: The same bytes under another name: name before and after.
        changed_pictures: Other bytes under the same name: checksum before and after.
        removed_captions: Of pictures that are in both.
        added_captions: Of pictures that are in both.
        changed_captions: Of pictures that are in both: text before and after.
        moved_splits: Pictures whose split is another: before and after.
        moved_groups: Pictures whose group is another: before and after.
        changed_columns: Pairs that are in both, of which another column differs.
        same_rows: Rows in which nothing differs.
        not_compared: Which of split, group and columns only one of the two can tell.
    """

    removed_pictures: tuple[Change, ...] = ()
    added_pictures: tuple[Change, ...] = ()
    renamed_pictures: tuple[Change, ...] = ()
    changed_pictures: tuple[Change, ...] = ()
    removed_captions: tuple[Change, ...] = ()
    added_captions: tuple[Change, ...] = ()
    changed_captions: tuple[Change, ...] = ()
    moved_splits: tuple[Change, ...] = ()
    moved_groups: tuple[Change, ...] = ()
    changed_columns: tuple[Change, ...] = ()
    same_rows: int = 0
    not_compared: tuple[str, ...] = ()

    @property
    def kinds(self) -> Mapping[str, tuple[Change, ...]]:
        """Every kind of change under its name, whether there is any or not."""
        found = asdict(self, recurse=False)
        return {name: changes for name, changes in found.items() if name not in ("same_rows", "not_compared")}

    @property
    def equal(self) -> bool:
        """Whether nothing that was compared differs."""
        return not any(self.kinds.values())

    @property
    def rewordings(self) -> int:
        """How many of the changed captions say something else, besides case, spacing and final punctuation."""
        return sum(normalised_caption(one.before) != normalised_caption(one.after) for one in self.changed_captions)

    def as_plain(self, *, limit: int) -> dict[str, Any]:
        """Counts, and the first ``limit`` of every kind of change."""
        moves = Counter(f"{one.before or 'none'} -> {one.after or 'none'}" for one in self.moved_splits)
        return {
            "equal": self.equal,
            "same_rows": self.same_rows,
            "counts": {name: len(changes) for name, changes in self.kinds.items()},
            "rewordings": self.rewordings,
            "split_moves": dict(moves.most_common()),
            "not_compared": list(self.not_compared),
            "examples": {
                name: [asdict(one) for one in changes[:limit]] for name, changes in self.kinds.items() if changes
            },
        }


@frozen
class _Picture:
    """A picture and everything said of it."""

    name: str
    sha256: str
    rows: tuple[ManifestRow, ...]

    def captions(self) -> Counter[str]:
        """Its captions, each as often as it has it."""
        return Counter(row.caption for row in self.rows)

    def told(self, kind: str) -> str:
        """Its split or group; should its rows disagree, all of them."""
        return " + ".join(sorted({getattr(row, kind) for row in self.rows}))


def diff(before: DataManifest, after: DataManifest) -> DataDiff:
    """
    Compare two versions of a data set, or a data set with what a run was made from.

    Pictures belong together by name, and where a name is gone by their bytes; captions by their picture. What only one
    of the two can tell is not compared.
    """
    old, new = _pictures(before.rows), _pictures(after.rows)
    gone = [old[name] for name in old.keys() - new.keys()]
    come = [new[name] for name in new.keys() - old.keys()]
    renamed = tuple(_renamed(gone, come))
    lost = {one.name for one, _ in renamed}
    found = {other.name for _, other in renamed}
    both = [(old[name], new[name]) for name in old.keys() & new.keys()] + list(renamed)
    both.sort(key=lambda pair: pair[1].name)
    told = before.tells & after.tells
    said = [_captions(*pair) for pair in both]
    columns = (_otherwise(*pair, COLUMNS) for pair in both if COLUMNS in told)
    return DataDiff(
        removed_pictures=_counted((one for one in gone if one.name not in lost), came=False),
        added_pictures=_counted((one for one in come if one.name not in found), came=True),
        renamed_pictures=_by_name(Change(other.name, one.name, other.name) for one, other in renamed),
        changed_pictures=tuple(
            Change(other.name, one.sha256, other.sha256) for one, other in both if one.sha256 != other.sha256
        ),
        removed_captions=tuple(one for changes in said for one in changes if not one.after),
        added_captions=tuple(one for changes in said for one in changes if not one.before),
        changed_captions=tuple(one for changes in said for one in changes if one.before and one.after),
        moved_splits=_moved(both, SPLIT) if SPLIT in told else (),
        moved_groups=_moved(both, GROUP) if GROUP in told else (),
        changed_columns=tuple(change for changes in columns for change in changes),
        same_rows=_same_rows(before, after, told=told),
        not_compared=tuple(sorted(before.tells ^ after.tells)),
    )


def _pictures(rows: Iterable[ManifestRow]) -> dict[str, _Picture]:
    by_name: dict[str, list[ManifestRow]] = defaultdict(list)
    for row in rows:
        by_name[row.image].append(row)
    return {name: _Picture(name, members[0].sha256, tuple(members)) for name, members in by_name.items()}


def _renamed(gone: Sequence[_Picture], come: Sequence[_Picture]) -> Iterator[tuple[_Picture, _Picture]]:
    """Pictures with equal bytes, one to one: those that are called alike in another folder first."""
    left = {one.name: one for one in sorted(gone, key=lambda one: one.name)}
    taken: set[str] = set()
    for alike in (_base_name, lambda _: ""):
        wanted: dict[tuple[str, str], list[_Picture]] = defaultdict(list)
        for one in left.values():
            wanted[one.sha256, alike(one.name)].append(one)
        for other in sorted(come, key=lambda one: one.name):
            fitting = wanted.get((other.sha256, alike(other.name)))
            if fitting and other.name not in taken:
                one = fitting.pop(0)
                taken.add(other.name)
                del left[one.name]
                yield one, other


def _base_name(name: str) -> str:
    return name.rpartition("/")[2]


def _captions(old: _Picture, new: _Picture) -> list[Change]:
    """What is said of a picture no more, or anew; the most similar of both are one change."""
    before, after = old.captions(), new.captions()
    gone, come = list((before - after).elements()), list((after - before).elements())
    changes = []
    while gone and come:
        one, other = _most_similar(gone, come)
        gone.remove(one)
        come.remove(other)
        changes.append(Change(new.name, one, other))
    return changes + [Change(new.name, one, "") for one in gone] + [Change(new.name, "", one) for one in come]


def _most_similar(gone: Sequence[str], come: Sequence[str]) -> tuple[str, str]:
    if len(gone) == len(come) == 1 or max(len(gone), len(come)) > MATCHED:
        return gone[0], come[0]
    return max(
        ((one, other) for one in gone for other in come),
        key=lambda pair: SequenceMatcher(None, pair[0], pair[1], autojunk=False).ratio(),
    )


def _otherwise(old: _Picture, new: _Picture, kind: str) -> list[Change]:
    """The captions that are in both, with which something else is told."""
    before, after = (Counter((row.caption, getattr(row, kind)) for row in one.rows) for one in (old, new))
    gone = {caption for caption, _ in before - after}
    return [Change(new.name, caption, caption) for caption in sorted(gone & {caption for caption, _ in after - before})]


def _moved(pairs: Iterable[tuple[_Picture, _Picture]], kind: str) -> tuple[Change, ...]:
    return tuple(
        Change(new.name, old.told(kind), new.told(kind))
        for old, new in pairs
        if old.told(kind) != new.told(kind) or _otherwise(old, new, kind)
    )


def _counted(pictures: Iterable[_Picture], *, came: bool) -> tuple[Change, ...]:
    def change(one: _Picture) -> Change:
        count = f"{len(one.rows)} caption{'s' if len(one.rows) > 1 else ''}"
        return Change(one.name, "" if came else count, count if came else "")

    return _by_name(map(change, pictures))


def _by_name(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda one: one.image))


def _same_rows(before: DataManifest, after: DataManifest, *, told: frozenset[str]) -> int:
    kinds = sorted(told)

    def counted(manifest: DataManifest) -> Counter[tuple[str, ...]]:
        return Counter(
            (row.image, row.caption, row.sha256, *(getattr(row, kind) for kind in kinds)) for row in manifest.rows
        )

    return (counted(before) & counted(after)).total()
