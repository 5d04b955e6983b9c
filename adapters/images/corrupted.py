"""Pictures damaged on their way in, for a model's robustness."""

import io
from collections.abc import Callable
from contextlib import closing
from typing import BinaryIO

from attrs import field, frozen
from PIL import Image, ImageEnhance, ImageFilter

from ...domain.config.fidelity import FidelityConfig
from ...domain.corruptions import Corruption
from ...domain.errors import UnreadableImage, UsageError
from ...domain.pairs import ImageRef
from .decoding import read_header
from .inspecting import reason


@frozen
class CorruptedOpener:
    """
    Opens pictures as another opener does, but damaged.

    A picture is decoded upright, damaged at its own size and encoded again without loss (but for the damage of JPEG),
    so that whatever reads pictures reads these by the same rule.

    Attributes:
        open: Opens the encoded bytes of a picture.
        corruption: What happens to it.
        pixels: The side that the model reads; a resolution is a share of it, for a large picture loses nothing that
            the model would see by being halved.
        rule: How stored values become levels; what is handed on has 8 bits and one page.
    """

    open: Callable[[ImageRef], BinaryIO]
    corruption: Corruption
    pixels: int
    rule: FidelityConfig = field(factory=FidelityConfig)

    def __call__(self, image: ImageRef) -> BinaryIO:
        """
        Open the encoded bytes of the damaged picture.

        Raises:
            UnreadableImage: If it cannot be decoded.
        """
        try:
            with closing(self.open(image)) as stream:
                picture = read_header(stream, self.rule, page=image.page).rgb()
        except (UnreadableImage, UsageError):
            raise
        except Exception as error:
            raise UnreadableImage(f"{image.key}: {reason(error)}") from error
        encoded = io.BytesIO()
        if self.corruption.kind == "jpeg":
            picture.save(encoded, "JPEG", quality=int(self.corruption.strength))
        else:
            damaged(picture, self.corruption, pixels=self.pixels).save(encoded, "PNG", compress_level=1)
        encoded.seek(0)
        return encoded


def damaged(picture: Image.Image, corruption: Corruption, *, pixels: int) -> Image.Image:
    """The same picture with one kind of damage other than that of JPEG; ``pixels`` is the side that a model reads."""
    strength, shorter = corruption.strength, min(picture.size)
    if corruption.kind == "blur":
        return picture.filter(ImageFilter.GaussianBlur(strength * shorter))
    if corruption.kind == "brightness":
        return ImageEnhance.Brightness(picture).enhance(strength)
    if corruption.kind == "rotation":
        return picture.rotate(strength, resample=Image.Resampling.BICUBIC)
    if corruption.kind == "crop":
        return _center(picture, strength)
    if corruption.kind == "gray":
        return picture.convert("L").convert("RGB")
    factor = min(1.0, strength * pixels / shorter)
    small = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(small, resample=Image.Resampling.BICUBIC)


def _center(picture: Image.Image, share: float) -> Image.Image:
    wide, tall = max(1, round(picture.width * share)), max(1, round(picture.height * share))
    left, top = (picture.width - wide) // 2, (picture.height - tall) // 2
    return picture.crop((left, top, left + wide, top + tall))
