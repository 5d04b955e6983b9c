"""Data sets of large files, each holding many pictures: the files that are finished stay."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from attrs import define, field, frozen

from ...domain.captioned import Captioned
from ...domain.pairs import Row
from ..storage.durable import sync
from .workplace import Workplace, check_free, workplace

MEGABYTE: Final = 1_000_000


class Part(Protocol):
    """One file that is being written."""

    @property
    def size(self) -> int:
        """How many bytes it has so far, about."""
        ...

    def add(self, number: int, picture: Captioned, data: bytes) -> None:
        """Write a picture with its rows."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


class Format(Protocol):
    """How the files of a data set are written."""

    @property
    def suffix(self) -> str:
        """What their names end with."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """What decides how they are written."""
        ...

    def check(self, pictures: Sequence[Captioned], *, target: str) -> None:
        """
        Make sure that the rows can be written without loss.

        Raises:
            UsageError: If they cannot.
        """
        ...

    def begin(self, path: Path, pictures: Sequence[Captioned]) -> Part:
        """Begin a file of a data set of these pictures."""
        ...


@frozen
class PartsTarget:
    """
    A `ConversionTarget` that is a folder of files of limited size, or a single file.

    Attributes:
        path: The new folder or file.
        format: How files are written.
        megabytes: After how many a new file begins; None writes a single file.
    """

    path: Path
    format: Format
    megabytes: int | None

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def check(self, pictures: Sequence[Captioned]) -> None:
        """
        Make sure that the rows can be written without loss.

        Raises:
            UsageError: If the format cannot hold them, or there is something at the path already.
        """
        check_free(self.path)
        self.format.check(pictures, target=self.name)

    @contextmanager
    def begin(self, pictures: Sequence[Captioned], *, fingerprint: str) -> "Iterator[PartsConversion]":
        """Begin, or go on with what was interrupted."""
        options = {"format": self.format.options, "suffix": self.format.suffix, "megabytes": self.megabytes}
        with workplace(self.path, pictures, fingerprint=fingerprint, options=options) as place:
            conversion = PartsConversion(self, place, pictures)
            try:
                yield conversion
            finally:
                conversion.abandon()


@define
class PartsConversion:
    """A `Conversion` whose parts are files of many pictures; a file that is not finished is written anew."""

    target: PartsTarget
    place: Workplace
    pictures: Sequence[Captioned]
    _part: Part | None = field(default=None, init=False)
    _lost: dict[int, str] = field(factory=dict, init=False)
    _taken: int = field(default=0, init=False)
    _half: Path = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._half = self.place.half("part")

    @property
    def done(self) -> int:
        """How many pictures the finished files account for."""
        return self.place.entries[-1]["next"] if self.place.entries else 0

    @property
    def lost(self) -> Mapping[int, str]:
        """Of those, the pictures that could not be read."""
        return {int(number): reason for entry in self.place.entries for number, reason in entry["lost"].items()}

    def take(self, number: int, picture: Captioned, data: bytes) -> None:
        """Write a picture with its rows; a file that is full is finished first."""
        limit = self.target.megabytes
        if self._part is not None and limit is not None and self._part.size + len(data) > limit * MEGABYTE:
            self._finish_part(number)
        if self._part is None:
            self._part = self.target.format.begin(self._half, self.pictures)
        self._part.add(number, picture, data)
        self._taken += 1

    def leave_out(self, number: int, reason: str) -> None:
        """Go on without a picture."""
        self._lost[number] = reason

    def finish(self, rows: Sequence[Row], *, manifest: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Finish the last file, and let the data set appear."""
        if self._part is None and not self.place.entries:
            self._part = self.target.format.begin(self._half, self.pictures)
        if self._part is not None:
            self._finish_part(len(self.pictures))
        files = [{name: entry[name] for name in ("file", "size", "sha256", "pictures")} for entry in self.place.entries]
        only = None if self.target.megabytes is not None else self.place.entries[0]["file"]
        return self.place.publish({**manifest, "files": files}, only=only)

    def abandon(self) -> None:
        """Let go of a file that was not finished."""
        if self._part is not None:
            self._part.close()
            self._part = None

    def _finish_part(self, following: int) -> None:
        part, self._part = self._part, None
        if part is not None:
            part.close()
        name = f"{len(self.place.entries):06}{self.target.format.suffix}"
        sync(self._half)
        with self._half.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = self._half.stat().st_size
        self._half.rename(self.place.folder / name)
        sync(self.place.folder)
        lost = {str(number): reason for number, reason in self._lost.items()}
        self.place.note(
            {"file": name, "size": size, "sha256": digest, "pictures": self._taken, "next": following, "lost": lost}
        )
        self._taken, self._lost = 0, {}
