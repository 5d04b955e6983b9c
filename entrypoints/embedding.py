"""Embed a data set into a folder: what the command and Python share."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from ..domain.embedding_table import Taken
from ..domain.errors import DataError
from ..domain.pairs import Rejected
from ..domain.quarantine import check_quarantine, one_line
from . import wiring

if TYPE_CHECKING:
    from ..adapters.storage.embeddings_place import EmbeddingsPlace
    from ..application.ports import PairSource, Progress
    from ..domain.config import FineTuneConfig
    from ..domain.model_identity import ModelIdentity
    from ..domain.pairs import Row


@frozen
class Embedded:
    """
    A data set that was embedded.

    Attributes:
        folder: Where the embeddings are.
        data: What a person calls the data set.
        fingerprint: Equal where pictures, their bytes and their captions are the same.
        model: Which model made the embeddings.
        images: How many pictures were encoded, kept and removed.
        captions: How many captions were.
        again: What is different about the model, where that is why something was encoded again.
        rejected: Rows that cannot be used, and why.
        undecodable: Pictures that cannot be decoded, and why; they are left out with their captions.
    """

    folder: Path
    data: str
    fingerprint: str
    model: "ModelIdentity"
    images: Taken
    captions: Taken
    again: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = field(default=(), repr=False)
    undecodable: tuple[Rejected, ...] = field(default=(), repr=False)


def embed_dataset(
    data: str | Path,
    *,
    model: str | Path,
    out: str | Path,
    config: "FineTuneConfig | None" = None,
    watcher: "Progress | None" = None,
) -> Embedded:
    """
    Embed every picture and caption of a table into a folder, and encode again only what changed since the last time.

    The folder is replaced whole; what was encoded before an interruption is kept beside it for the next run.

    Args:
        data: A table, a captions file, a folder or ``hub:NAME``.
        model: A run's folder, a model's folder or a hub name.
        out: The folder of the embeddings; one that an earlier run wrote, or a new one.
        config: Names of columns and limits; None is the run's own, or the defaults.
        watcher: Is told what is going on; None is nobody.

    Raises:
        UsageError: If the folder holds something else, or there is no such model.
        DataError: If the data cannot be read, or too much of it cannot be used.
        RunFailed: If the folder cannot be written, or an embedding is not finite.
    """
    from .wiring.embedding import place_of, rows_of

    watcher = watcher or wiring.silence()
    wiring.prepare_process()
    target = wiring.target_of(str(model), config=None, overrides=())
    given = config or target.config
    with place_of(Path(out)) as place:
        rows, rejected, source = rows_of(str(data), given)
        _check_rows(rows, rejected, name=source.name, max_bad_fraction=given.data.max_bad_fraction)
        _tell(rejected, watcher)
        with _progress_told(place, watcher):
            made = _embed(rows, source, place, model=target.model, config=given, watcher=watcher)
    return evolve(made, rejected=rejected)


def _embed(
    rows: "Sequence[Row]",
    source: "PairSource",
    place: "EmbeddingsPlace",
    *,
    model: str,
    config: "FineTuneConfig",
    watcher: "Progress",
) -> Embedded:
    from .wiring.embedding import embedder, file_location, previous_in, write_folder

    previous = previous_in(place, watcher=watcher)
    with embedder(model, source, place, config=config, watcher=watcher) as (embed, identity):
        again = () if previous is None else previous.model.differences(identity)
        if previous is not None and again:
            watcher.say(f"note: the model is another, in {_encoded_again(previous.model, identity)}")
        made = embed(
            rows,
            model=identity,
            previous=previous,
            max_bad_fraction=config.data.max_bad_fraction,
            locations=file_location,
        )
    _tell(made.undecodable, watcher)
    write_folder(place, made, model=identity, name=source.name)
    return Embedded(
        folder=place.folder,
        data=source.name,
        fingerprint=made.fingerprint,
        model=identity,
        images=made.image_counts,
        captions=made.caption_counts,
        again=again,
        undecodable=made.undecodable,
    )


def _encoded_again(before: "ModelIdentity", now: "ModelIdentity") -> str:
    """What of the model is not the same, and what follows."""
    sides = (("picture", before.image_key != now.image_key), ("caption", before.text_key != now.text_key))
    again = " and ".join(f"every {side}" for side, changed in sides if changed)
    return f"{', '.join(before.differences(now))}: {again} is encoded again"


def _check_rows(rows: "Sequence[Row]", rejected: "Sequence[Rejected]", *, name: str, max_bad_fraction: float) -> None:
    check_quarantine(rejected, rows=len(rows) + len(rejected), max_bad_fraction=max_bad_fraction)
    if not rows:
        example = f"; the first: {one_line(rejected[0])}" if rejected else ""
        raise DataError(f"{name}: no row can be used{example}")


def _tell(left_out: "Sequence[Rejected]", watcher: "Progress") -> None:
    for row in left_out:
        watcher.say(f"left out: {one_line(row)}")


@contextmanager
def _progress_told(place: "EmbeddingsPlace", watcher: "Progress") -> "Iterator[None]":
    try:
        yield
    except BaseException:
        if place.has_progress:
            watcher.say("what was encoded so far is kept; the same command goes on from there")
        raise
