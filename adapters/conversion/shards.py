"""WebDataset shards as a format of files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from attrs import define, field, frozen

from ...domain.captioned import Captioned, names_of, record_of
from ..datasets.held import KEY
from ..shards.kinds import suffix_of
from ..shards.paths import SUFFIX
from ..shards.writing import ShardWriter, sample_parts
from .tables import refuse_reserved


@frozen
class ShardFormat:
    """
    A `Format` of WebDataset shards: the picture, its first caption as text, and all captions and columns as JSON.

    Attributes:
        caption_column: The entry of the JSON part with the caption.
    """

    caption_column: str

    @property
    def suffix(self) -> str:
        """The end of a shard's name."""
        return SUFFIX

    @property
    def options(self) -> Mapping[str, Any]:
        """What decides how a shard is written."""
        return {"caption_column": self.caption_column}

    def check(self, pictures: Sequence[Captioned], *, target: str) -> None:
        """Make sure that no column has a name that samples need themselves."""
        rows = [row for picture in pictures for row in picture.rows]
        refuse_reserved(names_of(rows), (KEY, self.caption_column), target=target)

    def begin(self, path: Path, pictures: Sequence[Captioned]) -> "ShardPart":  # noqa: ARG002 - all shards are alike
        """Begin a shard."""
        return ShardPart(self, path.open("wb"))


@define
class ShardPart:
    """A `Part` that is a shard."""

    format: ShardFormat
    _file: IO[bytes]
    _shard: ShardWriter = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._shard = ShardWriter(self._file)

    @property
    def size(self) -> int:
        """How many bytes its samples have."""
        return self._shard.size

    def add(self, number: int, picture: Captioned, data: bytes) -> None:
        """Write a sample."""
        record = record_of(picture, caption_column=self.format.caption_column)
        parts = sample_parts(
            f"{number:09}",
            suffix=suffix_of(picture.image.key, data),
            picture=data,
            caption=picture.rows[0].caption,
            record={**record, KEY: picture.image.key},
        )
        self._shard.add(parts)

    def close(self) -> None:
        """Write the end mark."""
        self._shard.close()
        self._file.close()
