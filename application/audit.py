"""An audit: what a person should know of a data set before training on it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from ..domain.audit.document import audit_document
from ..domain.audit.findings import Finding, Part, worst_first
from ..domain.audit.table import PairTable, pair_table
from ..domain.audit.tokens import tokens_part
from ..domain.audit.whole import Subject, caption_parts, picture_parts, seen, subject_of, thumbnails_wanted
from ..domain.captions.truncation import Truncation
from ..domain.config import FineTuneConfig
from ..domain.errors import UnreadableData, UnreadableImage
from ..domain.gathering import missing_column
from ..domain.pairs import ImageRef, Split
from ..domain.perceptual import of_table
from .look_at_pictures import LookAtPictures, Looked
from .near_duplicates import find_near_duplicates
from .ports import Clock, PairSource, Progress

if TYPE_CHECKING:
    from ..domain.audit.near import Near

# Pictures on the page: more would make it too heavy for a browser, and nobody looks at them.
PICTURES: Final = 200
# More are compared only when somebody asks: each is held against each.
COMPARED: Final = 200_000
# What most checkpoints take, where the configuration leaves it to the model.
RESOLUTION: Final = 224
ASKED: Final[Mapping[str, str]] = {
    "data": "group_column split_column metadata_path val_path test_path train_split val_split test_split",
    "evaluation": "label_column",
    "augmentation": "augment_images horizontal_flip",
    "input": "max_sequence_length image_resolution",
}


@frozen
class CountTokens:
    """
    Counts tokens of captions.

    Attributes:
        name: Which tokenizer.
        cut: What is left of each caption under a limit.
    """

    name: str
    cut: Callable[[Sequence[str], int], Iterator[Truncation]]


@frozen(eq=False)
class Audited:
    """
    What an audit found.

    Attributes:
        document: Everything as plain values.
        findings: The findings, worst first.
        thumbnails: Small pictures of those that findings show, JPEG, by key.
        looked: The looks at all pictures.
    """

    document: Mapping[str, Any]
    findings: tuple[Finding, ...]
    thumbnails: Mapping[str, bytes] = field(repr=False)
    looked: Looked = field(repr=False)


@frozen
class Audit:
    """
    Look at everything that can be wrong with a data set, each file once.

    Attributes:
        look: Looks at pictures.
        progress: A person watching.
        clock: Tells when.
        thumbnail: Makes a small picture for the page.
        tokens: Counts tokens; None where no tokenizer is at hand.
        near: Whether to compare pictures with one another; None does up to 200,000 pictures.
    """

    look: LookAtPictures
    progress: Progress
    clock: Clock
    thumbnail: Callable[[ImageRef], bytes]
    tokens: CountTokens | None = None
    near: bool | None = None

    def __call__(self, tables: Sequence[tuple[PairSource, Split | None]], config: FineTuneConfig) -> Audited:
        """
        Audit tables.

        Args:
            tables: Where the rows come from, and the split of those that are a file of a split.
            config: How the data would be used: columns, splits, augmentation, limits.

        Raises:
            UnreadableData: If a table cannot be read, has no usable row, or lacks a column that was named.
        """
        began = self.clock.seconds()
        self.progress.say("reading the table")
        table = pair_table((source.rows(), split) for source, split in tables)
        name = " + ".join(source.name for source, _ in tables)
        _check_table(table, config, name=name)
        subject = subject_of(table, config)
        parts = dict(self._caption_parts(subject))
        looked = self.look(table.images)
        subject = seen(subject, looked.looks)
        parts |= self._picture_parts(subject, looked)
        findings = worst_first(finding for part in parts.values() for finding in part.findings)
        document = audit_document(parts, source=name, created=self.clock.now(), asked=_asked(config))
        seconds = self.clock.seconds() - began
        document["effort"] = {
            "pictures_looked_at": looked.fresh,
            "pictures_known": looked.kept,
            "seconds": round(seconds, 1),
        }
        return Audited(document, findings, self._thumbnails(table, findings), looked)

    def _caption_parts(self, subject: Subject) -> Iterator[tuple[str, Part]]:
        with self.progress.track("looking at captions", total=10) as ticker:
            for name, part in caption_parts(subject):
                yield name, part
                ticker.advance(note=name)
            if self.tokens is not None:
                limit = subject.config.input.max_sequence_length
                cut = tuple(self.tokens.cut(subject.table.captions, limit))
                yield "tokens", tokens_part(subject.table, cut, limit=limit, tokenizer=self.tokens.name)
                ticker.advance(note="tokens")

    def _picture_parts(self, subject: Subject, looked: Looked) -> dict[str, Part]:
        usable = [at for at, record in enumerate(looked.records.tolist()) if record >= 0]
        near: Sequence[Near] | None = None
        if self.near or (self.near is None and len(usable) <= COMPARED):
            near = self._near(looked, usable)
        resolution = subject.config.input.image_resolution or RESOLUTION
        found = dict(
            picture_parts(
                subject, looked.looks, near, resolution=resolution, compared=0 if near is None else len(usable)
            )
        )
        return found if near is not None else {**found, "near": _not_compared(len(usable))}

    def _near(self, looked: Looked, pictures: Sequence[int]) -> "tuple[Near, ...]":
        kept = self.look.store.signatures([int(looked.records[picture]) for picture in pictures])
        found = find_near_duplicates(of_table(kept), progress=self.progress, workers=self.look.workers)
        return tuple((pictures[pair.first], pictures[pair.second], pair.similarity) for pair in found.pairs)

    def _thumbnails(self, table: PairTable, findings: Sequence[Finding]) -> dict[str, bytes]:
        keys = dict.fromkeys(thumbnails_wanted(findings, most=PICTURES))
        # Rows that cannot be used name pictures that are not there.
        images = {image.key: image for image in table.images if image.key in keys}
        wanted = [key for key in keys if key in images]
        made: dict[str, bytes] = {}
        with self.progress.track("small pictures for the page", total=len(wanted)) as ticker:
            for key in wanted:
                try:
                    made[key] = self.thumbnail(images[key])
                except UnreadableImage:
                    # Broken pictures are told of; there is just nothing to show.
                    continue
                finally:
                    ticker.advance()
        return made


def _check_table(table: PairTable, config: FineTuneConfig, *, name: str) -> None:
    if not len(table):
        first = f"; the first is {table.left_out.first[0].reason}" if table.left_out.first else ""
        raise UnreadableData(f"{name}: there is no usable row ({table.left_out.count:,} cannot be used{first})")
    asked = {
        "group_column": config.data.group_column,
        "split_column": config.data.split_column,
        "label_column": config.evaluation.label_column,
    }
    for key, column in asked.items():
        if column is not None and column not in table.columns:
            raise missing_column(column, key=key, available=table.columns, where=name)


def _asked(config: FineTuneConfig) -> dict[str, Any]:
    return {key: getattr(getattr(config, group), key) for group, keys in ASKED.items() for key in keys.split()}


def _not_compared(pictures: int) -> Part:
    return Part(
        {"compared": 0},
        (
            Finding(
                "near-duplicates-not-compared",
                "note",
                f"{pictures:,} pictures were not compared with one another",
                "`--near-duplicates` compares them; it takes time that grows with the square of their number",
                pictures,
            ),
        ),
    )
