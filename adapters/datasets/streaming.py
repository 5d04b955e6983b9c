"""Hugging Face data sets too large to download first: read once, into shards on this machine (extra ``hub``)."""

import functools
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from attrs import frozen

from ...domain.pairs import ImageRef, Rejected, Row
from ..system.cache_folder import cache_folder
from .intake import Intake
from .shards import ShardSource

PREFIX: Final = "stream:"
FOLDER: Final = "streams"
MEGABYTES: Final = 256


@frozen
class StreamSource:
    """
    A `PairSource` that reads a Hugging Face data set as a stream, once, into shards; from then on it reads those.

    Killed while it reads, it goes on behind the last whole shard. Pictures are called as `HubSource` calls them. The
    shards lie in the cache; deleted, they are read anew, as they are when the files of a local data set change.

    Attributes:
        path: A name on the hub, or a folder.
        prefix: What keys begin with.
        split: The only split to read; None reads all of them.
        image_column: Column with the picture.
        caption_column: Column with the caption, or with a list of captions.
        allow_outside: Whether pictures may be files outside the data set's folder.
        megabytes: Size of a shard.
    """

    path: str
    prefix: str = ""
    split: str | None = None
    image_column: str = "image"
    caption_column: str = "caption"
    allow_outside: bool = False
    megabytes: int = MEGABYTES

    @property
    def name(self) -> str:
        """The name, and the split where one was asked for."""
        return f"{PREFIX}{self.path}" if self.split is None else f"{PREFIX}{self.path}:{self.split}"

    @property
    def cache(self) -> Path:
        """The folder of the shards."""
        asked = [self.path, self.split, self.prefix, self.image_column, self.caption_column]
        known = [*asked, self.allow_outside, self.megabytes, _state_of(Path(self.path))]
        digest = hashlib.sha256(json.dumps(known).encode()).hexdigest()
        slug = re.sub(r"[^A-Za-z0-9]+", "-", Path(self.path).name)[:40].strip("-")
        return cache_folder(os.environ) / FOLDER / f"{slug}-{digest[:16]}"

    def rows(self) -> Iterator[Row | Rejected]:
        """
        Yield every row, split after split; the first time, the data set is read for that.

        Raises:
            UnreadableData: If it cannot be read; what has come so far is kept.
            RunFailed: If the shards cannot be written.
        """
        shards, rejected = self._taken_in
        yield from shards.rows()
        yield from rejected

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture where it lies in its shard."""
        return self._taken_in[0].open(image)

    @functools.cached_property
    def _taken_in(self) -> tuple[ShardSource, tuple[Rejected, ...]]:
        intake = Intake(
            path=self.path,
            prefix=self.prefix,
            split=self.split,
            image_column=self.image_column,
            caption_column=self.caption_column,
            allow_outside=self.allow_outside,
            folder=self.cache,
            megabytes=self.megabytes,
        )
        shards, rejected = intake.complete()
        return ShardSource(self.name, shards, self.cache, None, self.caption_column), rejected


def _state_of(folder: Path) -> list[list[object]]:
    """Names, sizes and times of a local data set's files: where they change, another cache is used."""
    if not folder.is_dir():
        return []
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [[path.relative_to(folder).as_posix(), (s := path.stat()).st_size, s.st_mtime_ns] for path in files]
