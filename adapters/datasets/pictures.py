"""Pictures that a table names by path: where they are, and whether they may be used."""

import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from attrs import define, field

from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef
from ..storage.regular import open_regular

OUTSIDE: Final = "lies outside the table's folder; set `allow_outside_paths: true` to accept it"

# No system has longer paths; resolving one takes a look at the disk for each of its folders.
LONGEST_NAME: Final = 4_096


def open_file(image: ImageRef) -> BinaryIO:
    """
    Open a picture that is a file.

    Raises:
        UnreadableImage: If it cannot be opened, or is a pipe, a device or a folder.
    """
    try:
        return open_regular(image.location)
    except (OSError, ValueError) as error:
        raise UnreadableImage(f"{image.key}: cannot be opened ({_why(error)})") from error


def _resolved(folder: Path) -> str:
    return os.path.realpath(folder)


@define(eq=False)
class PictureFolder:
    """
    Turns a picture's path in a table into a reference.

    Folders are resolved once each, a picture costs one look at the disk, and repeats cost none.

    Attributes:
        folder: The table's folder, resolved; paths are relative to it and may not leave it.
        root: The folder, resolved, that keys are relative to.
        allow_outside: Whether pictures may lie elsewhere.
    """

    folder: str = field(converter=_resolved)
    root: str = field(converter=_resolved)
    allow_outside: bool = field(default=False, kw_only=True)
    _known: dict[str, ImageRef | str] = field(factory=dict, init=False, repr=False)
    _parents: dict[str, tuple[str, str, bool]] = field(factory=dict, init=False, repr=False)

    def locate(self, name: str) -> ImageRef | str:
        """The reference of the picture called ``name`` in the table, or the reason why it cannot be used."""
        if len(name) > LONGEST_NAME:
            return f"is {len(name):,} characters long, and no path is longer than {LONGEST_NAME:,}"
        if "\0" in name:
            return "its path holds a NUL character"
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._look(name)
        return found

    def refusal(self, name: str) -> str | None:
        """Why the file called ``name``, such as the captions of a picture, cannot be used; None where it can."""
        found = self._look(name)
        return found if isinstance(found, str) else None

    def key(self, name: str) -> str:
        """What the picture is called in its data set, whether it is there or not."""
        if len(name) > LONGEST_NAME:
            return name
        cut = name.rfind("/") + 1
        _, prefix, _ = self._parent(name[:cut])
        return prefix + name[cut:]

    def _look(self, name: str) -> ImageRef | str:
        cut = name.rfind("/") + 1
        base = name[cut:]
        if base in ("", ".", ".."):
            return "is a folder, not a picture"
        parent, prefix, inside = self._parent(name[:cut])
        if not (inside or self.allow_outside):
            return OUTSIDE
        location = f"{parent.rstrip('/')}/{base}"
        return self._problem(location, name) or ImageRef(prefix + base, location)

    def _parent(self, written: str) -> tuple[str, str, bool]:
        known = self._parents.get(written)
        if known is None:
            # The resolved folder, and not ``..`` taken out of the text: that is wrong behind a link.
            parent = os.path.realpath(Path(self.folder, written))
            prefix = os.path.relpath(parent, self.root).replace(os.sep, "/")
            known = parent, "" if prefix == "." else f"{prefix}/", self._inside(parent)
            self._parents[written] = known
        return known

    def _inside(self, path: str) -> bool:
        return os.path.commonpath((self.folder, path)) == self.folder

    def _problem(self, location: str, name: str) -> str | None:
        try:
            kind = os.lstat(location).st_mode
            if stat.S_ISLNK(kind):
                if not (self.allow_outside or self._inside(os.path.realpath(location))):
                    return f"is a link that {OUTSIDE.replace('lies', 'leads')}"
                kind = Path(location).stat().st_mode
        except FileNotFoundError:
            return "no such file" + ("; write the path with / instead of \\" if "\\" in name else "")
        except OSError as error:
            return f"cannot be opened ({_why(error)})"
        if stat.S_ISDIR(kind):
            return "is a folder, not a picture"
        return None if stat.S_ISREG(kind) else "is not a regular file"


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
