"""Folders of pictures with a text file beside each."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import BinaryIO, Final

from attrs import frozen

from ...domain.captions.encodings import UTF8
from ...domain.errors import UnreadableData
from ...domain.pairs import ImageRef, Rejected, Row
from ..storage.regular import read_regular
from .pictures import PictureFolder, open_file
from .rows import make_row
from .text_files import decoded, encoding_problem

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".dcm", ".dicom"})
TEXT: Final = ".txt"
MOST_BYTES: Final = 1_048_576


@frozen
class CaptionsFolderSource:
    """
    A `PairSource` that pairs ``a.jpg`` with the lines of ``a.txt``, in a folder and all folders below it.

    Attributes:
        path: The folder.
        root: The folder that keys are relative to.
        allow_outside: Whether links may lead to pictures outside the folder.
        encoding: Encoding of the text files where they do not tell themselves.
    """

    path: Path
    root: Path
    allow_outside: bool = False
    encoding: str = UTF8

    @property
    def name(self) -> str:
        """The path of the folder."""
        return str(self.path)

    def rows(self) -> Iterator[Row | Rejected]:
        """Yield every row by path; a picture without text, and a text without picture, comes as ``Rejected``."""
        pictures = PictureFolder(self.path, self.root, allow_outside=self.allow_outside)
        for folder, linked, files in walk_folders(self.path):
            for name in linked:
                yield Rejected(name, name, "is a linked folder, which is not followed; move its files here")
            for members in _by_stem(files):
                yield from self._rows_of([f"{folder}{member}" for member in members], pictures)

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture's file."""
        return open_file(image)

    def _rows_of(self, members: list[str], pictures: PictureFolder) -> Iterator[Row | Rejected]:
        texts = [name for name in members if name.lower().endswith(TEXT)]
        images = [name for name in members if name not in texts]
        if len(images) == 1 and len(texts) == 1:
            yield from self._captions(images[0], texts[0], pictures)
            return
        if not images:
            reason = "there is no picture of that name beside it"
        elif not texts:
            reason = "there is no text file of that name beside it"
        else:
            reason = f"{' and '.join(members)} share a name, so that it is open what belongs together"
        for name in images or texts:
            yield Rejected(name, name, reason)

    def _captions(self, image: str, text: str, pictures: PictureFolder) -> Iterator[Row | Rejected]:
        path = self.path / text
        refused = pictures.refusal(text)
        if refused is not None:
            yield Rejected(text, image, f"{text} {refused}")
            return
        try:
            lines = decoded(read_regular(path, most=MOST_BYTES), encoding=self.encoding).split("\n")
        except UnicodeError:
            yield Rejected(text, image, f"{text} {encoding_problem(path, encoding=self.encoding)}")
            return
        except OSError as error:
            yield Rejected(text, image, f"{text} cannot be read ({error.strerror})")
            return
        written = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
        for number, caption in written or [(1, "")]:
            yield make_row(f"{text}:{number}", image, caption, {}, locate=pictures.locate)


def has_pairs(folder: Path) -> bool:
    """Whether a picture with a text file beside it is in a folder or below it."""
    return any(len(members) > 1 for _, _, files in walk_folders(folder) for members in _by_stem(files))


def walk_folders(path: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each folder's path with a slash, the links to folders in it and its files, sorted, hidden ones left out."""

    def stop(error: OSError) -> None:
        raise UnreadableData(f"{error.filename}: cannot be read ({error.strerror})") from error

    for folder, below, files in os.walk(path, onerror=stop):
        relative = os.path.relpath(folder, path).replace(os.sep, "/")
        prefix = "" if relative == "." else f"{relative}/"
        below[:] = sorted(name for name in below if not name.startswith((".", "__MACOSX")))
        linked = [f"{prefix}{name}" for name in below if Path(folder, name).is_symlink()]
        yield prefix, linked, sorted(name for name in files if not name.startswith("."))


def _by_stem(files: list[str]) -> Iterable[list[str]]:
    """Pictures and text files by their name without extension."""
    groups: dict[str, list[str]] = {}
    for name in files:
        path = PurePath(name)
        if path.suffix.lower() in PICTURES or path.suffix.lower() == TEXT:
            groups.setdefault(path.stem, []).append(name)
    return groups.values()
