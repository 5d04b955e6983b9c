"""A folder of pictures for each class, captioned by templates."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import BinaryIO, Final

from attrs import frozen

from ...domain.class_captions import class_captions, first_folders_are_splits, label_of
from ...domain.errors import UnreadableData
from ...domain.pairs import ImageRef, Rejected, Row
from .captions_folder import PICTURES, walk_folders
from .pictures import PictureFolder, open_file
from .rows import make_row

LABEL_COLUMN: Final = "label"
SPLIT_COLUMN: Final = "split"


@frozen
class ClassFoldersSource:
    """
    A `PairSource` that reads ``scratch/a.jpg`` or ``train/scratch/a.jpg``: a folder for each class, or splits of such.

    A picture has a caption for each template. The folder's name, ``_`` and ``-`` as spaces, is the column ``label``;
    where the folders of the first level are called train, val or test, that is the column ``split``. Folders inside a
    class belong to it.

    Attributes:
        path: The folder.
        root: The folder that keys are relative to.
        templates: Captions with ``{label}`` in them.
        allow_outside: Whether links may lead to pictures outside the folder.
    """

    path: Path
    root: Path
    templates: tuple[str, ...]
    allow_outside: bool = False

    @property
    def name(self) -> str:
        """The path of the folder."""
        return str(self.path)

    def rows(self) -> Iterator[Row | Rejected]:
        """
        Yield every row by path; a picture in no class, and a linked folder, comes as ``Rejected``.

        Raises:
            UnreadableData: If the folder cannot be read, or some folders of its first level are splits and others not.
        """
        found = [(PurePath(folder).parts, linked, names) for folder, linked, names in _pictures(self.path)]
        level = 1 if self._has_splits({parts[0] for parts, _, names in found if parts and names}) else 0
        pictures = PictureFolder(self.path, self.root, allow_outside=self.allow_outside)
        for parts, linked, names in found:
            for name in linked:
                yield Rejected(name, name, "is a linked folder, which is not followed; move its files here")
            for name in names:
                yield from self._rows("/".join((*parts, name)), parts, level, pictures)

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture's file."""
        return open_file(image)

    def _has_splits(self, folders: set[str]) -> bool:
        are = first_folders_are_splits(folders)
        if are is None:
            raise UnreadableData(
                f"{self.path}: some of its folders are named after splits and others are not "
                f"({', '.join(sorted(folders))}); name the folder that holds classes, or move what belongs to no split"
            )
        return are

    def _rows(
        self, where: str, parts: tuple[str, ...], level: int, pictures: PictureFolder
    ) -> Iterator[Row | Rejected]:
        if len(parts) <= level:
            yield Rejected(where, where, "lies in no folder of a class")
            return
        label = label_of(parts[level])
        if not label:
            yield Rejected(where, where, f"the folder {parts[level]!r} names no class")
            return
        columns = {LABEL_COLUMN: label, **({SPLIT_COLUMN: parts[0]} if level else {})}
        for caption in class_captions(label, self.templates):
            yield make_row(where, where, caption, columns, locate=pictures.locate)


def has_classes(folder: Path) -> bool:
    """Whether pictures lie in folders below a folder."""
    return any(inside and names for inside, _, names in _pictures(folder))


def _pictures(path: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    for folder, linked, files in walk_folders(path):
        yield folder, linked, [name for name in files if PurePath(name).suffix.lower() in PICTURES]
