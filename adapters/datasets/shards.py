"""WebDataset shards: tar files of samples, read in any order."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from attrs import frozen

from ...domain.errors import UnreadableData, UnreadableImage
from ...domain.pairs import ImageRef, Rejected, Row
from ...domain.shards import Place, held_location, place_of
from ..shards.kept import members_of
from ..shards.listing import Member
from ..shards.members import open_member, read_at
from ..shards.samples import CLASS, RECORD, Sample, samples_of
from ..storage.regular import open_regular
from .held import checked_key, held_rows

# No caption is longer; what is, would be read for nothing.
LONGEST_TEXT: Final = 1_048_576


@frozen
class ShardSource:
    """
    A `PairSource` that reads WebDataset shards: ``a.jpg``, ``a.txt`` and ``a.json`` in a tar file are one sample.

    Every shard is gone through once; pictures are then read where they lie, in any order and by any number of threads,
    and nothing is unpacked. The caption is the entry ``caption`` of the JSON part, one or a list of them, or else the
    text part; the other entries and the class (``.cls``) are columns. A picture is called by its shard and its name
    there, or by the entry ``image_key``.

    Attributes:
        name: What a person calls the data set; locations begin with it.
        paths: The shards, in the order in which their rows come.
        root: The folder that keys are relative to.
        image_column: The kind of the part with the picture, such as ``png``; None takes the only one.
        caption_column: The entry with the caption.
    """

    name: str
    paths: tuple[Path, ...]
    root: Path
    image_column: str | None = None
    caption_column: str = "caption"

    def rows(self) -> Iterator[Row | Rejected]:
        """
        Yield every row, shard after shard; pictures are not read.

        Raises:
            UnreadableData: If a shard is compressed, damaged or cut short, or cannot be read.
        """
        keys: dict[str, str] = {}
        root = os.path.realpath(self.root)
        for number, path in enumerate(self.paths):
            prefix = os.path.relpath(os.path.realpath(path.with_suffix("")), root).replace(os.sep, "/")
            listing = members_of(path)
            for name, reason in listing.refused:
                yield Rejected(f"{path.name}:{name}", name, reason)
            with _opened(path) as file:
                for sample in samples_of(listing.members):
                    where = f"{path.name}:{sample.name}"
                    found = self._found(sample, file.fileno(), where=where, prefix=prefix, keys=keys)
                    if isinstance(found, Rejected):
                        yield found
                        continue
                    key, picture, record = found
                    place = Place(number, picture.offset, picture.size)
                    image = ImageRef(key, held_location(self.name, place))
                    yield from held_rows(where, image, record, caption_column=self.caption_column)

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture where it lies in its shard."""
        place = place_of(image)
        if place is None or place.container >= len(self.paths) or not image.location.startswith(f"{self.name}#"):
            raise UnreadableImage(f"{image.key}: no such picture in {self.name}")
        path = self.paths[place.container]
        try:
            return open_member(path, place.block, place.extent)
        except OSError as error:
            raise UnreadableImage(f"{image.key}: {path} cannot be read ({error.strerror or error})") from error

    def _found(
        self, sample: Sample, descriptor: int, *, where: str, prefix: str, keys: dict[str, str]
    ) -> tuple[str, Member, dict[str, Any]] | Rejected:
        """What a sample's picture is called, where it is, and the record beside it; or why it cannot be used."""
        picture = self._picture(sample)
        record = picture if isinstance(picture, str) else self._record(sample, descriptor, where)
        if isinstance(picture, str) or isinstance(record, str):
            return Rejected(where, sample.name, str(record))
        key = checked_key(record, f"{prefix}/{picture.name}")
        if isinstance(key, Rejected):
            return Rejected(where, sample.name, key.reason)
        first = keys.setdefault(key, where)
        if first != where:
            return Rejected(where, key, f"another picture has that name, see {first}")
        return key, picture, record

    def _picture(self, sample: Sample) -> Member | str:
        """The part that is the picture, or why there is none."""
        kinds = sample.pictures
        if self.image_column is not None:
            kinds = tuple(kind for kind in sample.parts if kind == self.image_column.lower())
        if len(kinds) == 1:
            member = sample.parts[kinds[0]]
            return member if member.size else "the picture is empty"
        if kinds:
            return f"has several pictures ({', '.join(kinds)}); name one, such as `image_column: {kinds[0]}`"
        return f"has no picture, only {', '.join(sample.parts)}"

    def _record(self, sample: Sample, descriptor: int, where: str) -> dict[str, Any] | str:
        """The sample's caption and columns, or why they cannot be read."""
        try:
            record = json.loads(_text(sample.parts[RECORD], descriptor, where)) if RECORD in sample.parts else {}
            if not isinstance(record, dict):
                return f"its JSON is {type(record).__name__}, not an object"
            if CLASS in sample.parts:
                record.setdefault(CLASS, _text(sample.parts[CLASS], descriptor, where).strip())
            if record.get(self.caption_column) is None and (text := sample.text) is not None:
                record[self.caption_column] = _text(text, descriptor, where).rstrip("\r\n")
        except RecursionError:
            return "its JSON is nested too deeply"
        except ValueError as error:
            return str(error)
        return record


def _text(member: Member, descriptor: int, where: str) -> str:
    if member.size > LONGEST_TEXT:
        raise ValueError(f"{member.name} has {member.size:,} bytes, and {LONGEST_TEXT:,} are allowed")
    try:
        return read_at(descriptor, member.offset, member.size, where=where).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{member.name} is not UTF-8: byte at offset {error.start}") from error


def _opened(path: Path) -> BinaryIO:
    try:
        return open_regular(path)
    except OSError as error:
        raise UnreadableData(f"{path}: cannot be read ({error.strerror or error})") from error
