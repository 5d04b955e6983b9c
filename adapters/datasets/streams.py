"""The streams of the Hugging Face library: splits, their files, and the rows of each."""

import functools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from ...domain.errors import UnreadableData, UnreadableImage
from ...domain.gathering import missing_column
from .hub import is_on_disk, library
from .pictures import OUTSIDE

# From where a picture that a row names by address may come: the place that the data set itself is from.
TRUSTED: Final = ("hf://", "https://")


@frozen
class Stream:
    """
    A data set of which nothing is downloaded ahead of need, pictures undecoded.

    Attributes:
        path: A name on the hub, or a folder.
        split: The only split to read; None reads all of them.
        image_column: Column with the picture.
        caption_column: Column with the caption.
        allow_outside: Whether pictures may be files outside the data set's folder.
    """

    path: str
    split: str | None
    image_column: str
    caption_column: str
    allow_outside: bool

    @functools.cached_property
    def splits(self) -> Mapping[str, Any]:
        """Each split's stream; the name of a data set without splits is empty."""
        with errors_told(self.path):
            loaded = _load(self.path)
        splits: dict[str, Any] = dict(loaded) if isinstance(loaded, dict) else {"": loaded}
        if self.split is not None:
            if self.split not in splits:
                known = ", ".join(filter(None, splits)) or "none"
                raise UnreadableData(f"{self.path}: no split {self.split!r}; its splits are {known}")
            splits = {self.split: splits[self.split]}
        return {name: self._undecoded(stream) for name, stream in splits.items()}

    @property
    def rows(self) -> int | None:
        """How many rows there are, where the data set tells."""
        told = [getattr(stream.info, "splits", None) or {} for stream in self.splits.values()]
        counts = [held[name].num_examples for name, held in zip(self.splits, told, strict=True) if name in held]
        return sum(counts) if len(counts) == len(self.splits) and all(counts) else None

    def files(self, split: str) -> int:
        """How many files a split has; each is a stream of its own."""
        return int(self.splits[split].num_shards)

    def records(self, split: str, file: int) -> Iterator[dict[str, Any]]:
        """
        The rows of one file in their order.

        Raises:
            UnreadableData: If they cannot be read.
        """
        stream = self.splits[split]
        with errors_told(self.path):
            yield from stream.shard(num_shards=stream.num_shards, index=file)

    def picture(self, record: Mapping[str, Any]) -> bytes:
        """
        The encoded bytes of a row's picture.

        Raises:
            UnreadableImage: If it has none, or they are where they may not be.
        """
        held = record.get(self.image_column)
        data, path = (held.get("bytes"), held.get("path")) if isinstance(held, dict) else (held, held)
        if isinstance(data, bytes) and data:
            return data
        if not isinstance(path, str) or not path:
            raise UnreadableImage("the row has no picture")
        try:
            if path.startswith(TRUSTED):
                with library().utils.file_utils.xopen(path, "rb") as file:
                    found: bytes = file.read()
                    return found
            return self._beside(path).read_bytes()
        except (OSError, ValueError) as error:
            raise UnreadableImage(f"{path} cannot be opened ({getattr(error, 'strerror', None) or error})") from error

    def _beside(self, path: str) -> Path:
        base = os.path.realpath(self.path)
        location = os.path.realpath(Path(base, path))
        if not self.allow_outside and (not Path(base).is_dir() or os.path.commonpath((base, location)) != base):
            raise UnreadableImage(f"{path} {OUTSIDE}")
        return Path(location)

    def _undecoded(self, stream: Any) -> Any:
        names = stream.column_names
        if names is None:
            return stream  # what it holds is known when it is read
        for key, column in (("image_column", self.image_column), ("caption_column", self.caption_column)):
            if column not in names:
                raise missing_column(column, key=key, available=names, where=self.path)
        if isinstance((stream.features or {}).get(self.image_column), library().Image):
            return stream.cast_column(self.image_column, library().Image(decode=False))
        return stream


@contextmanager
def errors_told(path: str) -> Iterator[None]:
    """
    Tell whatever the library, or the way to the data, trips over as data that cannot be read.

    Raises:
        UnreadableData: If it does.
    """
    expected = (OSError, ValueError, RuntimeError, LookupError, TypeError, NotImplementedError)
    try:
        yield
    except (*expected, library().exceptions.DatasetsError) as error:
        reason = str(error).partition("\n")[0]
        raise UnreadableData(
            f"{path}: the stream cannot be read ({reason}); what has come is kept, and the next attempt goes on"
        ) from error


def _load(path: str) -> Any:
    datasets = library()
    if not is_on_disk(Path(path)):
        return datasets.load_dataset(path, streaming=True)
    saved = datasets.load_from_disk(path)
    if isinstance(saved, dict):
        return {name: _as_stream(dataset) for name, dataset in saved.items()}
    return _as_stream(saved)


def _as_stream(dataset: Any) -> Any:
    return dataset.to_iterable_dataset()
