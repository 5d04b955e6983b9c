"""A data set divided into splits that no patient, part or copy of a picture is torn apart by."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from ..domain.class_balance import class_balances, classes_in
from ..domain.config.data import DataConfig
from ..domain.contents import Content
from ..domain.data_manifest import manifest_of_splits
from ..domain.errors import UsageError
from ..domain.gathering import gather
from ..domain.pairs import Example, ImageRef, Rejected, Row, Split
from ..domain.perceptual import VERSION
from ..domain.quarantine import check_quarantine
from ..domain.split_links import Linked, Member, Pins, link
from ..domain.split_manifest import SplitManifest, SplitRules, assigned_splits, extended
from ..domain.split_report import Likeness, SplitFound, units_by_key
from ..domain.splits import SPLIT_SEED, assign, check_group_purity, shares_of, sort_into
from ..domain.stratifying import stratified
from .apply_decisions import PairWriter
from .near_duplicates import SignPictures, find_near_duplicates
from .picture_contents import PictureContents, contents_of
from .ports import Clock, PairSource, Progress

Examples = tuple[Example, ...]


@frozen
class SplitRequest:
    """
    What is asked of a split.

    Attributes:
        columns: How the table is read, and the shares that are wanted.
        stratify: Column of classes that every split gets its share of.
        near: Whether pictures that are nearly the same stay together.
        column: Column that the splits are written to.
        past: A manifest whose splits stay.
        past_name: What a person calls it.
    """

    columns: DataConfig
    stratify: str | None = None
    near: bool = field(default=False, kw_only=True)
    column: str = "split"
    past: SplitManifest | None = None
    past_name: str = ""

    @property
    def rules(self) -> SplitRules:
        """How the split is made."""
        return SplitRules(
            self.columns.group_column,
            self.stratify,
            VERSION if self.near else None,
            shares_of(self.columns),
            SPLIT_SEED,
        )

    def check(self) -> None:
        """
        Make sure that it can be followed.

        Raises:
            UsageError: If two things say what stays where it is, or the groups of the manifest are others.
        """
        if self.past is None:
            return
        self.past.check_rules(self.rules, name=self.past_name)
        if self.columns.split_column is not None:
            raise UsageError(
                f"{self.past_name} and `split_column: {self.columns.split_column}` both say what stays where it is; "
                "give one of them"
            )


@frozen
class SplitData:
    """
    Divide a data set.

    Attributes:
        source: The data set, with the columns that it is divided by.
        contents: Knows pictures by their bytes.
        sign: Looks at pictures.
        progress: A person watching.
        clock: Tells when.
    """

    source: PairSource
    contents: PictureContents
    sign: SignPictures
    progress: Progress
    clock: Clock

    def __call__(self, asked: SplitRequest) -> SplitFound:
        """
        Divide the data set; nothing is written.

        Raises:
            UsageError: If the request contradicts itself.
            DataError: If the table cannot be read or divided.
            SharedGroup: If splits that are given share a group or a picture.
            TooManyBadRows: If too many rows cannot be used.
        """
        asked.check()
        read, rejected = self._read(asked)
        known, unreadable = self._known(read)
        rejected = (*rejected, *unreadable)
        rows = len(rejected) + sum(len(example.captions) for example in read)
        check_quarantine(rejected, rows=rows, max_bad_fraction=asked.columns.max_bad_fraction)
        examples = tuple(one for one in read if one.image.key in known)
        contents = {one.image.key: one.image.content(known[one.image.key].sha256) for one in examples}
        pins = _pins(asked, examples, contents)
        likeness = self._likeness(examples, contents, pins) if asked.near else Likeness()
        members = [_member(one, contents[one.image.key], asked.stratify) for one in examples]
        linked = link(members, likeness.links, pins)
        assigned = assigned_splits(linked, _chosen(linked, asked))
        root = _root(examples, assigned, known, asked, name=self.source.name)
        return SplitFound(
            name=self.source.name,
            created=self.clock.now(),
            manifest=SplitManifest(asked.rules, extended(pins, assigned), likeness.clusters, root),
            linked=linked,
            assigned=assigned,
            likeness=likeness,
            rejected=rejected,
            where={example.image.key: example.where for example in examples},
            balances=class_balances(assigned, units_by_key(linked), shares=asked.rules.shares),
        )

    def _read(self, asked: SplitRequest) -> tuple[Examples, tuple[Rejected, ...]]:
        table = tuple(self.source.rows())
        rows = [row for row in table if isinstance(row, Row)]
        taken = next((row for row in rows if asked.column in row.columns), None)
        if taken is not None and asked.columns.split_column != asked.column:
            raise UsageError(
                f"{taken.where}: there is a column `{asked.column}` already; --set split_column={asked.column} holds "
                "its splits fast, --column NAME writes another column"
            )
        examples, ungrouped = gather(
            rows,
            group_column=asked.columns.group_column,
            split_column=asked.columns.split_column,
            attributes={asked.stratify: "--stratify"} if asked.stratify else {},
        )
        return examples, (*(row for row in table if isinstance(row, Rejected)), *ungrouped)

    def _known(self, examples: Examples) -> tuple[dict[str, Content], tuple[Rejected, ...]]:
        """The content of every picture by its key, and those that cannot be read."""
        images = [example.image for example in examples]
        looked = contents_of(images, self.contents, progress=self.progress)
        known: dict[str, Content] = {}
        unreadable = []
        for example in examples:
            content = looked[example.image.key]
            if isinstance(content, Content):
                known[example.image.key] = content
            else:
                reason = content.message.removeprefix(f"{example.image.key}: ")
                unreadable.append(Rejected(example.where, example.image.key, reason))
        return known, tuple(unreadable)

    def _likeness(self, examples: Examples, contents: Mapping[str, str], pins: Pins) -> Likeness:
        images: dict[str, ImageRef] = {}
        for one in examples:
            images.setdefault(contents[one.image.key], one.image)
        signed = self.sign(images, remembered=pins.contents)
        found = find_near_duplicates(signed.signatures, progress=self.progress)
        name = signed.contents
        return Likeness(
            tuple((name[pair.first], name[pair.second], pair.similarity) for pair in found.pairs),
            tuple(name[place] for place in found.flat),
            signed.unseen,
            found.suspects,
            len(pins.contents.keys() - images.keys() - set(name)),
        )


def write_split(found: SplitFound, *, table: PairSource, writer: PairWriter, column: str) -> dict[str, Any]:
    """
    Write the rows of a table with a column that names the split of each, and the manifest beside them.

    Rows of no split are left out; the manifest lists them.

    Args:
        found: The split.
        table: The data set as it is written, without columns that were joined to it.
        writer: Writes the new one.
        column: What the column is called.

    Returns:
        The report, with what the writer tells of the new data set.

    Raises:
        UsageError: If the new data set cannot be written as asked.
        RunFailed: If it cannot be written.
    """
    by_name = {one.key: split for split, members in found.assigned.items() for one in members}
    # A table that names a file has the split of its pages, which stay together.
    by_file = {ImageRef(key, "").file: split for key, split in by_name.items()} | by_name
    rows = [
        evolve(row, columns={**row.columns, column: split})
        for row in table.rows()
        if isinstance(row, Row) and (split := by_file.get(row.image.key))
    ]
    writer.check(rows)
    report = found.as_plain()
    written = writer.write(rows, manifest={**found.manifest.as_plain(), "report": report})
    return {**report, "rows": len(rows), "manifest": written["manifest"], "written": written["pictures"]}


def _pins(asked: SplitRequest, examples: Sequence[Example], contents: Mapping[str, str]) -> Pins:
    """What stays where it is: by the manifest, or by the splits that the rows name."""
    if asked.past is not None:
        return asked.past.pins
    if asked.columns.split_column is None:
        return Pins()
    given = sort_into(examples, lambda example: example.split or "train")
    check_group_purity(given, contents=contents)
    fixed: dict[Split, Sequence[Member]] = {
        split: [_member(one, contents[one.image.key], None) for one in those] for split, those in given.items()
    }
    return extended(Pins(), fixed)


def _member(example: Example, content: str, stratify: str | None) -> Member:
    classes = classes_in(example.attribute(stratify)) if stratify else ()
    return Member(example.image.key, example.group, content, classes)


def _chosen(linked: Linked, asked: SplitRequest) -> dict[str, Split]:
    shares = asked.rules.shares
    if asked.stratify is None:
        return {unit.name: assign(unit.name, shares=shares) for unit in linked.units}
    return stratified(linked.units, shares=shares, fixed=linked.fixed, seed=SPLIT_SEED)


def _root(
    examples: Sequence[Example],
    assigned: Mapping[Split, Sequence[Member]],
    known: Mapping[str, Content],
    asked: SplitRequest,
    *,
    name: str,
) -> str:
    of_key = {example.image.key: example for example in examples}
    splits: dict[Split, Examples] = {
        split: tuple(of_key[member.key] for member in members) for split, members in assigned.items()
    }
    return manifest_of_splits(splits, known, name=name, group_column=asked.columns.group_column).root
