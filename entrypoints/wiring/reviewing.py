"""What a review and its consequences work with: embeddings, decisions, the page, the new data set."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .basics import clock

if TYPE_CHECKING:
    from ...adapters.review.server import Desk, ReviewServer
    from ...application.apply_decisions import ApplyDecisions
    from ...application.ports import PairSource
    from ...application.review_desk import DecisionLog
    from ...domain.config import FidelityConfig, FineTuneConfig
    from ...domain.embedded import EmbeddingsFolder

PREVIEW: Final = 900


def embeddings_in(folder: Path) -> "EmbeddingsFolder":
    """What ``cliptune embed`` left in a folder."""
    from ...adapters.storage.embeddings import read_embeddings

    return read_embeddings(folder)


def shown_as_learned(folder: "EmbeddingsFolder", configured: "FidelityConfig") -> "FidelityConfig":
    """The rule that a person is shown pictures by: that of the model behind embeddings, where its folder is there."""
    from ...adapters.models.loading import kept_rule
    from ...domain.input_rule import rule_in_force

    learned = kept_rule(Path(folder.model.name))
    return configured if learned is None else rule_in_force(learned, configured)


def holds_embeddings(folder: Path) -> bool:
    """Whether a folder holds what ``cliptune embed`` leaves."""
    from ...adapters.storage.embeddings import has_embeddings

    return has_embeddings(folder)


def source_of(path: str, config: "FineTuneConfig") -> "PairSource":
    """The data set at a path, as it is written: without columns joined from elsewhere."""
    from attrs import evolve

    from ...adapters.datasets.detect import open_source

    return open_source(path, evolve(config.data, metadata_path=None))


def previews(
    folder: "EmbeddingsFolder", source: "PairSource | None", *, rule: "FidelityConfig"
) -> Callable[[int], bytes]:
    """The pictures of embeddings by row, small enough for a page; ``source`` opens those that are no files."""
    from ...adapters.datasets.pictures import open_file
    from ...adapters.images.thumbnails import thumbnail
    from ...domain.errors import UnreadableImage
    from ...domain.pairs import Row, page_ref, ref_of

    held = {row.image.key: row.image for row in source.rows() if isinstance(row, Row)} if source else {}

    def picture(number: int) -> bytes:
        row = folder.image_rows[number]
        image = ref_of(row.image, row.location)
        if source is not None and row.image in held:
            return thumbnail(source.open, held[row.image], pixels=PREVIEW, rule=rule)
        if source is not None and image.file in held:
            return thumbnail(source.open, page_ref(held[image.file], image.page), pixels=PREVIEW, rule=rule)
        if not row.location:
            raise UnreadableImage(f"{row.image}: is no file of its own; name its data set with --data")
        return thumbnail(open_file, image, pixels=PREVIEW, rule=rule)

    return picture


def decision_log(path: Path) -> "DecisionLog":
    """The file that decisions are kept in."""
    from ...adapters.review.decision_file import DecisionFile

    return DecisionFile(path)


def review_server(desk: "Desk", picture: Callable[[int], bytes], *, port: int) -> "ReviewServer":
    """The page of a review, on this machine alone."""
    from ...adapters.review.server import ReviewServer

    return ReviewServer(desk, picture, port)


def decisions_applied(source: "PairSource", out: Path, config: "FineTuneConfig") -> "ApplyDecisions":
    """What writes a new version of a data set; columns keep their names."""
    from ...adapters.datasets.json_rows import IMAGE_COLUMN as JSON_IMAGE
    from ...adapters.datasets.table import IMAGE_COLUMN as TABLE_IMAGE
    from ...adapters.datasets.written import WrittenPairs
    from ...application.apply_decisions import ApplyDecisions

    usual = JSON_IMAGE if out.suffix.lower() in (".json", ".jsonl", ".ndjson") else TABLE_IMAGE
    writer = WrittenPairs(out, config.data.image_column or usual, config.data.caption_column)
    return ApplyDecisions(source, writer, clock())
