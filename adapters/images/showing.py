"""A picture as evaluation or training shows it: what is made of it once, and what is made anew every time."""

import json
from collections.abc import Callable
from functools import cache
from typing import Final

import PIL
from attrs import frozen
from PIL import Image, features

from ...domain.augmentation import Augmentation
from ...domain.preprocessing import Preprocessing, crop_corner, resized, shown
from ...domain.reduction import reduced
from .augment import augmented
from .drafting import decoded, shrinkage
from .frame import Frame, whole_frame
from .picture import Picture

# Counted up where another version of this package makes other pixels of the same file.
MAKING: Final = 2
# Decoders and filters whose next version may give other bits.
MADE_BY: Final = ("jpg", "zlib", "webp", "libtiff")


@frozen
class Showing:
    """
    How one picture is shown.

    Attributes:
        rule: How a picture becomes the model's input.
        augmentation: How it is varied; None shows it as evaluation does.
        least: Share of a side that the smallest crop keeps, where crops are taken from a picture that was reduced to
            just what they need; None takes them from the picture itself.
    """

    rule: Preprocessing
    augmentation: Augmentation | None
    least: float | None = None

    @property
    def once(self) -> str | None:
        """A name for what is made of a picture once, whatever comes after; None where that is the picture itself."""
        if self.augmentation is not None and self.least is None:
            return None
        rule = self.rule
        # What is refused must not be shown because another run let it pass.
        read = [rule.fidelity.shown_by(), rule.fidelity.max_clipped]
        parts = [MAKING, rule.size, rule.crop, rule.resample, rule.decode, *read]
        return json.dumps([*parts, None if self.augmentation is None else self.least, _libraries()])

    def first(self, picture: Picture, *, again: Callable[[], Picture]) -> tuple[Image.Image, Frame]:
        """
        Decode a picture, and do to it what is done once.

        Args:
            picture: Its header, parsed.
            again: Parses it once more.

        Raises:
            Exception: Whatever the decoder trips over.
        """
        seen, frame = self._decoded(picture, again)
        if self.augmentation is None:
            shown_part = _as_processor(seen, frame, self.rule)
            return shown_part, whole_frame(shown_part.size)
        if self.least is None:
            return seen, frame
        height, width = reduced(self.rule, least=self.least, height=frame.height, width=frame.width)
        small = seen.resize((width, height), resample=Image.Resampling(self.rule.resample), box=frame.box)
        return small, whole_frame(small.size)

    def then(self, made: Image.Image, frame: Frame) -> Image.Image:
        """Do to what was made once what is done every time: the size of the model's input, RGB."""
        return made if self.augmentation is None else augmented(made, self.rule, self.augmentation, frame=frame)

    def _decoded(self, picture: Picture, again: Callable[[], Picture]) -> tuple[Image.Image, Frame]:
        if self.rule.decode == "fast":
            return decoded(picture, again=again, enough=self._shrinkage)
        whole = picture.rgb()
        return whole, whole_frame(whole.size)

    def _shrinkage(self, height: int, width: int) -> float:
        if self.augmentation is not None and self.least is not None:
            wanted = reduced(self.rule, least=self.least, height=height, width=width)
            return shrinkage(seen=(height, width), wanted=wanted)
        left, upper, right, lower = (0.0, 0.0, 1.0, 1.0) if self.augmentation is None else self.augmentation.crop
        tall, wide = shown(self.rule, height=height, width=width)
        return shrinkage(seen=((lower - upper) * tall, (right - left) * wide), wanted=self.rule.crop)


@cache
def _libraries() -> tuple[str, ...]:
    return (PIL.__version__, *(str(features.version(library)) for library in MADE_BY))


def _as_processor(picture: Image.Image, frame: Frame, rule: Preprocessing) -> Image.Image:
    """What ``CLIPImageProcessorPil`` shows, bit for bit where the picture was decoded whole."""
    height, width = resized(rule, height=frame.height, width=frame.width)
    top, left = crop_corner(rule.crop, height=height, width=width)
    filter_ = Image.Resampling(rule.resample)
    bottom, right = top + rule.crop[0], left + rule.crop[1]
    if frame == whole_frame(picture.size) or min(top, left) < 0:
        return picture.resize((width, height), resample=filter_, box=frame.box).crop((left, top, right, bottom))
    # Of a picture that was decoded smaller, only what is shown is resized: quicker, and off by one level at most.
    down, across = frame.height / height, frame.width / width
    part = frame.place((left * across, top * down, right * across, bottom * down))
    return picture.resize((rule.crop[1], rule.crop[0]), resample=filter_, box=part)
