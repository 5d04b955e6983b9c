"""Pictures to read: encoded in memory, of any size and mode, whole or damaged."""

import io
import os
import signal
import struct
import sys
import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from attrs import frozen
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from cliptune.domain.augmentation import Augmentation
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef

sizes = st.tuples(st.integers(1, 90), st.integers(1, 90))
"""Width and height of a small picture."""


@frozen(eq=False)
class Files:
    """Encoded pictures by key; picklable, as worker processes need it."""

    contents: Mapping[str, bytes]

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the encoded bytes of a picture."""
        if image.key not in self.contents:
            raise UnreadableImage(f"{image.key}: no such file")
        return io.BytesIO(self.contents[image.key])


@frozen
class ProcessWitness:
    """A reader whose picture tells about the process that reads it: (torch imported, interrupt ignored, process id)."""

    def array(
        self, image: ImageRef, augmentation: Augmentation | None = None, *, size: int | None = None
    ) -> NDArray[np.float32]:
        """Read what the process is like."""
        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        return np.array(["torch" in sys.modules, ignored, os.getpid()], dtype=np.float32)


@frozen
class Deadly:
    """A reader that one key kills."""

    def array(
        self, image: ImageRef, augmentation: Augmentation | None = None, *, size: int | None = None
    ) -> NDArray[np.float32]:
        """Die of the key ``poison``, read anything else."""
        if image.key == "poison":
            os._exit(9)
        return np.zeros((3, 1, 1), dtype=np.float32)


def ref(key: str = "a.png") -> ImageRef:
    """The picture of a key."""
    return ImageRef(key, key)


def noise(width: int, height: int, *, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """A picture of smooth random patches."""
    generator = np.random.default_rng(seed)
    bands = 4 if mode in {"RGBA", "CMYK"} else 3
    coarse = generator.integers(0, 256, (-(-height // 3), -(-width // 3), bands), dtype=np.uint8)
    levels = np.repeat(np.repeat(coarse, 3, axis=0), 3, axis=1)[:height, :width]
    rgb = Image.fromarray(np.ascontiguousarray(levels[..., :3]))
    if mode in {"RGBA", "CMYK"}:
        return Image.frombytes(mode, (width, height), levels.tobytes())
    if mode in {"LA", "PA"}:
        alpha = Image.fromarray(np.ascontiguousarray(levels[..., 0]))
        gray = rgb.convert(mode[0])
        return Image.merge("LA", (gray, alpha)) if mode == "LA" else _with_alpha(gray, alpha)
    return rgb.convert(mode)


def _with_alpha(palette: Image.Image, alpha: Image.Image) -> Image.Image:
    both = palette.convert("PA")
    both.putalpha(alpha)
    return both


def encoded(picture: Image.Image, format: str = "PNG", **options: Any) -> bytes:  # noqa: A002
    """The bytes of a picture file."""
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


def png(width: int, height: int, *, bits: int = 8, color: int = 2, data: bytes = b"") -> bytes:
    """A PNG file with any header, whether its data match or not."""
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b""))
    body = (struct.pack(">I", len(c)) + name + c + struct.pack(">I", zlib.crc32(name + c)) for name, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def upright_copy(data: bytes) -> Image.Image:
    """The picture of a file by Pillow's own means, turned as its EXIF orientation says."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(Image.open(io.BytesIO(data)))


def by_processor(config: Mapping[str, Any], picture: Image.Image) -> NDArray[np.float32]:
    """What transformers' picture processor makes of a picture."""
    from transformers import CLIPImageProcessorPil

    result: NDArray[np.float32] = CLIPImageProcessorPil(**config)(picture, return_tensors="np")["pixel_values"][0]
    return result
