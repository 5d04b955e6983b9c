"""The rule by which a picture becomes the model's input: arithmetic on sizes, shares and 256 levels of brightness."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from .config.data import Decode
from .config.fidelity import FidelityConfig
from .errors import UsageError

OPENAI_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD: Final = (0.26862954, 0.26130258, 0.27577711)
BICUBIC: Final = 3
RESCALE: Final = 1 / 255
CONFIG_NAME: Final = "preprocessor_config.json"
# Names under which this very rule has been saved over the years; another processor may mean another rule.
PROCESSORS: Final = frozenset(
    {"CLIPFeatureExtractor", "CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPImageProcessorPil"}
)

Triple = tuple[float, float, float]
Shape = tuple[int, int]
Box = tuple[float, float, float, float]


@frozen
class Preprocessing:
    """
    How a picture becomes the model's input: brought to 256 levels, resized, cropped around its center, normalized.

    Attributes:
        size: The length that the shorter edge gets, or a fixed ``(height, width)`` whatever the picture's shape.
        crop: Height and width of the center crop, and so of the model's input. Black is added where the resized
            picture is smaller; a rule without a crop is one whose crop is its fixed size.
        mean: Subtracted from each channel after rescaling.
        std: Each channel is divided by this after that.
        resample: Filter, by the numbers of ``PIL.Image.Resampling``.
        rescale_factor: What the levels 0 to 255 are multiplied by.
        fidelity: How stored values become levels, and what lies behind transparent pixels.
        decode: Whether large JPEGs are decoded whole, or smaller where the difference is within bounds.
    """

    size: int | Shape
    crop: Shape
    mean: Triple = OPENAI_MEAN
    std: Triple = OPENAI_STD
    resample: int = BICUBIC
    rescale_factor: float = RESCALE
    fidelity: FidelityConfig = field(factory=FidelityConfig)
    decode: Decode = "exact"

    def to_config(self) -> dict[str, Any]:
        """The rule for decoded pictures as the contents of a ``preprocessor_config.json``."""
        return {
            "crop_size": _sides(self.crop),
            "do_center_crop": True,
            "do_convert_rgb": True,
            "do_normalize": True,
            "do_rescale": True,
            "do_resize": True,
            "image_mean": list(self.mean),
            "image_processor_type": "CLIPImageProcessor",
            "image_std": list(self.std),
            "resample": self.resample,
            "rescale_factor": self.rescale_factor,
            "size": {"shortest_edge": self.size} if isinstance(self.size, int) else _sides(self.size),
        }

    def digest(self) -> str:
        """
        A name for the rule: equal rules have equal digests on every machine, different rules different ones.

        Of ``fidelity`` only what decides a pixel counts; nothing of it, or of ``decode``, where it is the default.
        """
        shown = self.fidelity.shown_by()
        decode = {} if self.decode == "exact" else {"decode": self.decode}
        known = {**self.to_config(), **({"fidelity": shown} if shown else {}), **decode}
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def default_preprocessing(pixels: int) -> Preprocessing:
    """The rule of OpenAI's models, for a square input of ``pixels`` a side."""
    return Preprocessing(size=pixels, crop=(pixels, pixels))


def with_resolution(preprocessing: Preprocessing, pixels: int) -> Preprocessing:
    """The same rule for a square input of ``pixels`` a side; the crop keeps the same share of the resized picture."""
    tall, wide = preprocessing.crop
    size: int | Shape
    if isinstance(preprocessing.size, int):
        size = round(preprocessing.size * pixels / min(tall, wide))
    else:
        size = (round(preprocessing.size[0] * pixels / tall), round(preprocessing.size[1] * pixels / wide))
    return evolve(preprocessing, size=size, crop=(pixels, pixels))


def resized(preprocessing: Preprocessing, *, height: int, width: int) -> Shape:
    """Height and width after resizing; the longer edge is cut to whole pixels as ``CLIPImageProcessor`` does it."""
    edge = preprocessing.size
    if not isinstance(edge, int):
        return edge
    longer = int(edge * max(height, width) / min(height, width))
    return (longer, edge) if width <= height else (edge, longer)


def crop_corner(crop: Shape, *, height: int, width: int) -> Shape:
    """Top and left of the center crop; negative by what is padded there when the picture is smaller than the crop."""
    return (height - crop[0]) // 2, (width - crop[1]) // 2


def shown(preprocessing: Preprocessing, *, height: int, width: int) -> tuple[float, float]:
    """Height and width of the part of a picture that evaluation shows, in the picture's own pixels."""
    tall, wide = resized(preprocessing, height=height, width=width)
    return min(height, preprocessing.crop[0] * height / tall), min(width, preprocessing.crop[1] * width / wide)


def training_box(preprocessing: Preprocessing, crop: Box, *, height: int, width: int) -> Box:
    """
    The part of a picture that training shows: left, upper, right and lower edge in the picture's own pixels.

    Its sides are those of ``crop`` as shares of what evaluation shows, so that things have the same size and shape in
    both, and it lies as far along the whole picture as ``crop`` lies along its frame, so that the ends of long
    pictures are seen too. The crop that keeps everything is what evaluation shows.
    """
    tall, wide = shown(preprocessing, height=height, width=width)
    left, right = _span(crop[0], crop[2], view=wide, edge=width)
    upper, lower = _span(crop[1], crop[3], view=tall, edge=height)
    return left, upper, right, lower


def _span(start: float, end: float, *, view: float, edge: int) -> tuple[float, float]:
    length = min(edge, (end - start) * view)
    slack = 1.0 - (end - start)
    place = min(1.0, start / slack) if slack > 0 else 0.5
    first = place * (edge - length)
    return first, min(edge, first + length)


def channel_tables(preprocessing: Preprocessing) -> NDArray[np.float32]:
    """
    The model's input for every level of every channel, float32, shape ``(3, 256)``.

    Computed in the steps and precisions of transformers' ``CLIPImageProcessorPil`` (rescaled in float64, rounded to
    float32, normalized in float32), so that a look-up gives the bits of its arithmetic on whole pictures.
    """
    levels = (np.arange(256, dtype=np.float64) * preprocessing.rescale_factor).astype(np.float32)
    mean, std = (np.array(values, dtype=np.float32)[:, None] for values in (preprocessing.mean, preprocessing.std))
    tables: NDArray[np.float32] = (levels[None, :] - mean) / std
    return tables


def preprocessing_from_config(config: Mapping[str, Any]) -> Preprocessing:
    """
    Read the contents of a ``preprocessor_config.json``; a key that is missing has ``CLIPImageProcessor``'s default.

    Raises:
        UsageError: If the rule is not one that can be followed exactly.
    """
    kind = config.get("image_processor_type", config.get("feature_extractor_type", "CLIPImageProcessor"))
    if kind not in PROCESSORS:
        raise _unusable("image_processor_type", kind, f"one of {', '.join(sorted(PROCESSORS))}")
    for flag, needed in (("do_resize", True), ("do_convert_rgb", True), ("do_pad", False), ("use_square_size", False)):
        if bool(config.get(flag, needed)) is not needed:
            raise _unusable(flag, config[flag], "true" if needed else "false")
    size = _size(config.get("size", 224))
    normalize, rescale = config.get("do_normalize", True), config.get("do_rescale", True)
    return Preprocessing(
        size=size,
        crop=_crop(config, size),
        mean=_triple("image_mean", config.get("image_mean", OPENAI_MEAN)) if normalize else (0.0, 0.0, 0.0),
        std=_triple("image_std", config.get("image_std", OPENAI_STD)) if normalize else (1.0, 1.0, 1.0),
        resample=_filter(config.get("resample", BICUBIC)),
        rescale_factor=_number("rescale_factor", config.get("rescale_factor", RESCALE)) if rescale else 1.0,
    )


def _size(value: object) -> int | Shape:
    edge = value["shortest_edge"] if isinstance(value, Mapping) and value.keys() == {"shortest_edge"} else value
    if _is_length(edge):
        return edge
    return _shape("size", value, 'a number, {"shortest_edge"} or {"height", "width"}')


def _crop(config: Mapping[str, Any], size: int | Shape) -> Shape:
    if config.get("do_center_crop", True):
        value = config.get("crop_size", 224)
        return (value, value) if _is_length(value) else _shape("crop_size", value, 'a number or {"height", "width"}')
    if isinstance(size, int):
        raise _unusable("do_center_crop", config["do_center_crop"], "true where only the shortest edge is given")
    return size


def _shape(key: str, value: object, needed: str) -> Shape:
    if isinstance(value, Mapping) and value.keys() == {"height", "width"}:
        height, width = value["height"], value["width"]
        if _is_length(height) and _is_length(width):
            return height, width
    raise _unusable(key, value, f"{needed}, in whole pixels")


def _triple(key: str, value: object) -> Triple:
    numbers = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value] * 3
    if len(numbers) != 3:
        raise _unusable(key, value, "three numbers")
    red, green, blue = (_number(key, number) for number in numbers)
    if key == "image_std" and 0.0 in (red, green, blue):
        raise _unusable(key, value, "three numbers other than 0")
    return red, green, blue


def _filter(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in range(6):
        raise _unusable("resample", value, "a filter from 0 (nearest) to 5 (hamming); 3 is bicubic")
    return value


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _unusable(key, value, "a finite number")
    return float(value)


def _is_length(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _sides(shape: Shape) -> Mapping[str, int]:
    return {"height": shape[0], "width": shape[1]}


def _unusable(key: str, value: object, needed: str) -> UsageError:
    return UsageError(f"{CONFIG_NAME}: {key}: {value!r} cannot be followed exactly; expected {needed}")
