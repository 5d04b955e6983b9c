"""What one look at a picture's file tells, and the looks at all pictures in little memory."""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from attrs import astuple, fields, frozen
from numpy.typing import NDArray

from .table import EMPTY, Codes

# Goes up when the same file would give another look: what was kept of earlier ones is then not used.
RULE: Final = 2


@frozen
class Look:
    """
    One look at a picture's file.

    Attributes:
        content: What the picture is known by, from the SHA-256 of its encoded bytes (`ImageRef.content`); empty where
            they cannot be read.
        size: Encoded bytes.
        format: What the file is, such as ``JPEG``; empty where that is not known.
        mode: How pixels are stored, as Pillow calls it.
        bits: Bits a channel.
        width: Pixels, as stored.
        height: Pixels, as stored.
        pages: Pages or frames.
        animated: Whether the pages are frames of an animation.
        orientation: How it is to be turned, as EXIF has it; 1 is upright.
        alpha: Whether it can be seen through.
        clipped: Share of the pixels that a plain conversion to 8 bits would clip.
        warnings: What is odd about it.
        refused: Why it cannot be used; empty where it can.
        brightness: Mean gray level, 0 to 255.
        contrast: Standard deviation of the gray levels.
    """

    content: str = ""
    size: int = 0
    format: str = ""
    mode: str = ""
    bits: int = 0
    width: int = 0
    height: int = 0
    pages: int = 1
    animated: bool = False
    orientation: int = 1
    alpha: bool = False
    clipped: float = 0.0
    warnings: tuple[str, ...] = ()
    refused: str = ""
    brightness: float = 0.0
    contrast: float = 0.0


@frozen
class KeptLook:
    """
    A look that an earlier audit left.

    Attributes:
        state: The state of the file then; empty where the file alone does not tell whether it changed.
        record: Where the picture's signature is kept; -1 where it has none.
        look: What was seen.
    """

    state: str
    record: int
    look: Look


WHOLE: Final = ("size", "bits", "width", "height", "pages", "orientation")
TRUTH: Final = ("animated", "alpha")
REAL: Final = ("clipped", "brightness", "contrast")
NAMES: Final = ("content", "format", "mode", "warnings", "refused")


def plain_look(look: Look) -> list[Any]:
    """A look as a plain list, for a line of a file."""
    return [list(value) if isinstance(value, tuple) else value for value in astuple(look, recurse=False)]


def look_from(values: object) -> Look:
    """
    The look that a plain list describes.

    Raises:
        ValueError: If it describes none.
    """
    known: dict[str, Any] = {attribute.name: attribute.default for attribute in fields(Look)}
    if not isinstance(values, list) or len(values) != len(known):
        raise ValueError("not a look at a picture")
    made: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in zip(known, values, strict=True)
    }
    if any(not _fits(value, known[name]) for name, value in made.items()):
        raise ValueError("not a look at a picture")
    return Look(**made)


def _fits(value: object, default: object) -> bool:
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(default, tuple):
        return isinstance(value, tuple) and all(isinstance(one, str) for one in value)
    return type(value) is type(default)


@frozen(eq=False)
class Looks:
    """
    Looks at all pictures of a data set, one number or truth value of each in an array.

    Attributes:
        seen: Which pictures were looked at, bool, shape ``(images,)``.
        numbers: Whole and real numbers and truth values by name, each of shape ``(images,)``.
        codes: For each of ``content``, ``format``, ``mode``, ``warnings`` and ``refused``, which value
            each picture has; -1 where it has none.
        values: These values.
    """

    seen: NDArray[np.bool_]
    numbers: dict[str, NDArray[Any]]
    codes: dict[str, Codes]
    values: dict[str, tuple[Any, ...]]

    def of(self, name: str, picture: int) -> Any:
        """One value of a picture by its name."""
        if name in self.numbers:
            return self.numbers[name][picture].item()
        code = int(self.codes[name][picture])
        return ("" if name != "warnings" else ()) if code < 0 else self.values[name][code]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which pictures were looked at and can be used."""
        return self.seen & (self.codes["refused"] < 0)


def gather_looks(images: int, each: Iterable[tuple[int, Look]]) -> Looks:
    """
    Take in looks as they come.

    Args:
        images: How many pictures there are.
        each: The number of a picture, and the look at it.
    """
    seen = np.zeros(images, dtype=np.bool_)
    numbers: dict[str, NDArray[Any]] = {name: np.zeros(images, dtype=np.int64) for name in WHOLE}
    numbers |= {name: np.zeros(images, dtype=np.bool_) for name in TRUTH}
    numbers |= {name: np.zeros(images, dtype=np.float32) for name in REAL}
    codes = {name: np.full(images, EMPTY, dtype=np.int64) for name in NAMES}
    known: dict[str, dict[Any, int]] = {name: {} for name in NAMES}
    for at, look in each:
        seen[at] = True
        for name, array in numbers.items():
            array[at] = getattr(look, name)
        for name in NAMES:
            value = getattr(look, name)
            codes[name][at] = known[name].setdefault(value, len(known[name])) if value else EMPTY
    return Looks(seen, numbers, codes, {name: tuple(values) for name, values in known.items()})
