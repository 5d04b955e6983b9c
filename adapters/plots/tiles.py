"""Pictures inside figures: decoded, made square by white edges, and a word where there is none."""

import io
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from ...domain.errors import UsageError

Pixels = NDArray[np.uint8]
Pictures = Mapping[str, Any]
NO_PICTURES: Final[Pictures] = MappingProxyType({})


def pixels_of(picture: Any, *, side: int = 256) -> Pixels | None:
    """
    A picture as a white square with the picture in its middle.

    Args:
        picture: Encoded bytes, a path, a PIL image, or an array of shape ``(height, width)`` or ``(height, width, 3)``
            with values from 0 to 255, or from 0 to 1 where they are floating-point.
        side: Pixels of the square's edge at most.

    Returns:
        RGB, shape ``(edge, edge, 3)``; None if the picture is damaged or not there.

    Raises:
        UsageError: If it is none of these.
    """
    from PIL import Image

    found = _shown(picture) if isinstance(picture, Image.Image) else _opened(picture)
    if found is None:
        return None
    small = found.convert("RGB") if found.mode != "RGB" else found.copy()
    small.thumbnail((side, side))
    edge = max(small.size)
    square = Image.new("RGB", (edge, edge), "white")
    square.paste(small, ((edge - small.width) // 2, (edge - small.height) // 2))
    return np.asarray(square)


def _shown(picture: Any) -> Any:
    """Pillow's picture, its shades between the darkest and the brightest where it has more than 8 bits."""
    from PIL import Image

    from ...domain.config.fidelity import FidelityConfig
    from ...domain.gray_levels import Gray, gray_levels

    if not picture.mode.startswith(("I", "F")):
        return picture
    levels = gray_levels(Gray(np.asarray(picture)), FidelityConfig(gray_rule="picture_range"))
    return Image.fromarray(levels)


def _opened(picture: Any) -> Any:
    from PIL import Image

    if isinstance(picture, bytes | bytearray | memoryview):
        return _decoded(io.BytesIO(picture))
    if isinstance(picture, str | Path):
        path = Path(picture)
        return _decoded(path.open("rb")) if path.is_file() else None
    if isinstance(picture, np.ndarray) and (picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)):
        whole = picture * 255.0 if np.issubdtype(picture.dtype, np.floating) else picture
        return Image.fromarray(np.nan_to_num(whole).clip(0, 255).astype(np.uint8))
    raise UsageError(
        "a picture is encoded bytes, a path, a PIL image or an array (height, width, 3); "
        f"found {type(picture).__name__}"
    )


def _decoded(stream: BinaryIO) -> Any:
    from ..images.decoding import read_header

    with closing(stream):
        try:
            return read_header(stream).rgb()
        except Exception:  # noqa: BLE001 - a damaged picture trips decoders in many ways; the figure says so in its place
            return None


def has_pictures(keys: Any, pictures: Pictures) -> bool:
    """Whether there is a picture for any of the keys."""
    return any(key in pictures for key in keys)
