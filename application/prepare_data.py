"""From tables of pairs to splits that can be learned from."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen

from ..domain.captions.control_characters import without_odd_characters
from ..domain.captions.notes import Written, caption_notes
from ..domain.config.data import DataConfig
from ..domain.contents import Content
from ..domain.data_manifest import DataManifest, manifest_of_splits, short_name
from ..domain.errors import UnreadableImage
from ..domain.fingerprints import data_fingerprint
from ..domain.gathering import NOTHING, SPLIT_WORDS, gather
from ..domain.pairs import Example, ImageRef, Rejected, Row
from ..domain.prepared import PreparedData
from ..domain.quarantine import check_quarantine, exceeds
from ..domain.relation import IMAGE, key_columns
from ..domain.split_copies import copies_note
from ..domain.splits import Splits, check_group_purity, check_sizes, split_examples
from .each_picture import each_picture
from .packed_manifest import packed
from .picture_contents import PictureContents, contents_of
from .ports import ImageReader, PairSource, Progress
from .same_pictures import SamePictures

SPLIT_COLUMN: Final = "split"

Gathered = tuple[tuple[Example, ...], tuple[Rejected, ...]]


def load_pairs(source: PairSource, columns: DataConfig, *, attributes: Mapping[str, str] = NOTHING) -> Gathered:
    """
    Every example of a table, whatever its split, and the rows that cannot be used.

    Pictures are not looked at; ``attributes`` are the columns that an evaluation looks at, as ``gather`` takes them.

    Raises:
        UnreadableData: If the table cannot be read.
        DataError: If a picture has two groups.
    """
    return _gathered(read_rows(source, columns), columns, split_column=None, attributes=attributes)


def read_rows(source: PairSource, columns: DataConfig) -> tuple[Row | Rejected, ...]:
    """The rows of a table, without characters that nobody sees in their captions where the configuration says so."""
    return tuple(map(_cleaned, source.rows())) if columns.clean_captions else tuple(source.rows())


def with_contents(examples: Sequence[Example], same: SamePictures, *, sizes: Mapping[str, int]) -> tuple[Example, ...]:
    """The same examples, with the content of those pictures whose bytes another one has as well."""
    contents = same([example.image for example in examples], sizes=sizes)
    return tuple(
        evolve(example, content=contents[example.image.key]) if example.image.key in contents else example
        for example in examples
    )


def with_known_contents(examples: Sequence[Example], known: Mapping[str, Content]) -> tuple[Example, ...]:
    """The same where the contents of pictures are known already; one whose content is not stays as it is."""
    contents = [_content_of(example.image, known) for example in examples]
    counts = Counter(contents)
    return tuple(
        evolve(example, content=content) if content and counts[content] > 1 else example
        for example, content in zip(examples, contents, strict=True)
    )


def _content_of(image: ImageRef, known: Mapping[str, Content]) -> str:
    """Two pages of one file are two pictures; of one that nobody could read there is none."""
    content = known.get(image.key)
    return "" if content is None else image.content(content.sha256)


@frozen
class PrepareData:
    """
    Read, check, split and identify the pairs of a run.

    Attributes:
        reader: Looks at the header of every picture.
        progress: A person watching.
        workers: Pictures looked at at the same time.
        keep_list: Keeps the list of unusable rows when there are too many, and says where it is.
        positive_keys: What makes training pairs say the same: ``caption``, ``image``, and columns that are to be kept.
        same: Finds pictures with equal bytes, for the key ``image`` and for evaluations; None compares none.
        attributes: Columns that an evaluation looks at, each with the configuration's key that asks for it.
        contents: Knows the checksums of pictures; None knows pictures by their sizes alone.
    """

    reader: ImageReader
    progress: Progress
    workers: int = field(default=8, kw_only=True)
    keep_list: Callable[[Sequence[Rejected]], str] | None = field(default=None, kw_only=True)
    positive_keys: tuple[str, ...] = field(default=(), kw_only=True)
    same: SamePictures | None = field(default=None, kw_only=True)
    attributes: Mapping[str, str] = field(default=NOTHING, kw_only=True)
    contents: PictureContents | None = field(default=None, kw_only=True)

    def __call__(
        self, columns: DataConfig, data: PairSource, *, val: PairSource | None = None, test: PairSource | None = None
    ) -> PreparedData:
        """
        Prepare the data of a run.

        Args:
            columns: How the tables are to be read and split.
            data: The pairs of ``data_path``.
            val: The pairs of ``val_path``; all of them validate.
            test: The pairs of ``test_path``; all of them test.

        Raises:
            UnreadableData: If a table cannot be read.
            TooManyBadRows: If too many rows cannot be used.
            EmptySplit: If a split has fewer than two pictures.
            SharedGroup: If a group or a picture stands in two splits.
        """
        tables = [() if source is None else tuple(source.rows()) for source in (data, val, test)]
        count, written = sum(map(len, tables)), _written_notes(tables, columns)
        if columns.clean_captions:
            tables = [tuple(map(_cleaned, table)) for table in tables]
        images = {row.image.key: row.image for table in tables for row in table if isinstance(row, Row)}
        sizes, problems = self._check_pictures(images)
        known = self._read_contents([images[key] for key in sizes], problems)
        tables = [tuple(_checked(table, problems)) for table in tables]

        kept = key_columns(self.positive_keys)
        told = self.attributes
        examples, rejected = _gathered(
            tables[0], columns, split_column=columns.split_column, kept=kept, attributes=told
        )
        val_examples, val_rejected = _gathered(tables[1], columns, split_column=None, attributes=told)
        test_examples, test_rejected = _gathered(tables[2], columns, split_column=None, attributes=told)
        quarantine = (*rejected, *val_rejected, *test_rejected)
        self._check_quarantine(quarantine, rows=count, columns=columns)

        cut, notes = split_examples(examples, columns)
        splits: Splits = {"train": cut["train"], "val": cut["val"] + val_examples, "test": cut["test"] + test_examples}
        check_sizes(splits, columns, rejected=quarantine)
        check_group_purity(splits)
        if quarantine:
            notes = (f"{len(quarantine)} of {count} rows cannot be used and are left out", *notes)
        copies = copies_note(splits, {key: images[key].content(content.sha256) for key, content in known.items()})
        manifest = self._manifest(splits, known, columns, name=data.name, unusable=len(quarantine))
        train = self._compared(splits["train"], sizes, known) if IMAGE in self.positive_keys else splits["train"]
        return PreparedData(
            train=_canonical(train) if columns.shuffle else train,
            val=splits["val"],
            test=self._compared(splits["test"], sizes, known),
            quarantine=quarantine,
            rows=count,
            fingerprint=data_fingerprint(splits, sizes=sizes),
            root=manifest.root if manifest else "",
            manifest=packed(manifest) if manifest else b"",
            notes=(*notes, *copies, *written, *_unused_split_column(tables[0], columns)),
        )

    def _check_pictures(self, images: Mapping[str, ImageRef]) -> tuple[dict[str, int], dict[str, str]]:
        """The size in bytes of every picture that can be used, and the reason for every other, by key."""
        found = each_picture(
            list(images.values()), self._check, title="checking pictures", progress=self.progress, workers=self.workers
        )
        sizes = {key: result for key, result in found.items() if isinstance(result, int)}
        return sizes, {key: result for key, result in found.items() if isinstance(result, str)}

    def _check(self, image: ImageRef) -> int | str:
        try:
            return self.reader.check(image)
        except UnreadableImage as error:
            # The reason alone, so that equal reasons are counted together; the row says which picture.
            return error.message.removeprefix(f"{image.key}: ")

    def _read_contents(self, images: Sequence[ImageRef], problems: dict[str, str]) -> dict[str, Content]:
        """The content of every picture by key; the reason for each that cannot be read becomes one of ``problems``."""
        if self.contents is None:
            return {}
        found = contents_of(images, self.contents, progress=self.progress, workers=self.workers)
        unreadable = {key: one for key, one in found.items() if isinstance(one, UnreadableImage)}
        problems.update((key, one.message.removeprefix(f"{key}: ")) for key, one in unreadable.items())
        return {key: one for key, one in found.items() if isinstance(one, Content)}

    def _manifest(
        self, splits: Splits, known: Mapping[str, Content], columns: DataConfig, *, name: str, unusable: int
    ) -> DataManifest | None:
        if self.contents is None:
            return None
        return manifest_of_splits(
            splits, known, name=short_name(name), group_column=columns.group_column, unusable=unusable
        )

    def _compared(
        self, examples: tuple[Example, ...], sizes: Mapping[str, int], known: Mapping[str, Content]
    ) -> tuple[Example, ...]:
        if self.same is None:
            return examples
        return with_known_contents(examples, known) if known else with_contents(examples, self.same, sizes=sizes)

    def _check_quarantine(self, rejected: Sequence[Rejected], *, rows: int, columns: DataConfig) -> None:
        too_many = exceeds(len(rejected), rows=rows, max_bad_fraction=columns.max_bad_fraction)
        listed = self.keep_list(rejected) if too_many and self.keep_list is not None else None
        check_quarantine(rejected, rows=rows, max_bad_fraction=columns.max_bad_fraction, listed=listed)


def _gathered(
    table: Sequence[Row | Rejected],
    columns: DataConfig,
    *,
    split_column: str | None,
    kept: Sequence[str] = (),
    attributes: Mapping[str, str] = NOTHING,
) -> Gathered:
    rows = [row for row in table if isinstance(row, Row)]
    examples, ungrouped = gather(
        rows,
        group_column=columns.group_column,
        split_column=split_column,
        key_columns=kept,
        attributes=attributes,
    )
    return examples, (*(row for row in table if isinstance(row, Rejected)), *ungrouped)


def _cleaned(row: Row | Rejected) -> Row | Rejected:
    if isinstance(row, Rejected):
        return row
    caption = without_odd_characters(row.caption)
    if not caption.strip():
        return Rejected(row.where, row.image.key, "the caption holds nothing but characters that nobody sees")
    return row if caption == row.caption else evolve(row, caption=caption)


def _written_notes(tables: Sequence[Sequence[Row | Rejected]], columns: DataConfig) -> tuple[str, ...]:
    captions = (Written(row.where, row.caption) for table in tables for row in table if isinstance(row, Row))
    return caption_notes(captions, cleaned=columns.clean_captions)


def _checked(table: Iterable[Row | Rejected], problems: dict[str, str]) -> Iterator[Row | Rejected]:
    for row in table:
        if isinstance(row, Row) and row.image.key in problems:
            yield Rejected(row.where, row.image.key, problems[row.image.key])
        else:
            yield row


def _canonical(examples: tuple[Example, ...]) -> tuple[Example, ...]:
    """In an order of the pictures' own: a run resumes on a table whose rows were sorted anew as if nothing had been."""
    return tuple(sorted((example.in_caption_order for example in examples), key=lambda example: example.image.key))


def _unused_split_column(table: Iterable[Row | Rejected], columns: DataConfig) -> tuple[str, ...]:
    if columns.split_column:
        return ()
    words = {row.columns.get(SPLIT_COLUMN, "").strip().lower() for row in table if isinstance(row, Row)}
    if len(words) > 1 and words <= SPLIT_WORDS.keys():
        return (f"the rows name splits in `{SPLIT_COLUMN}`, which is unused; `split_column: {SPLIT_COLUMN}` uses it",)
    return ()
