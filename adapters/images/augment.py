"""An augmentation applied to a picture: crop, flips, rotation and color, straight to the size the model takes."""

import math

import numpy as np
from PIL import Image, ImageEnhance

from ...domain.augmentation import Augmentation
from ...domain.preprocessing import Preprocessing, shown, training_box
from .picture import Picture


def draft(picture: Picture, preprocessing: Preprocessing, augmentation: Augmentation) -> None:
    """
    Let a large JPEG be decoded at 1/2, 1/4 or 1/8 of its size, never below twice what the model takes.

    A 12-megapixel photo is decoded about six times as fast; what changes (about 0.2 of 255 levels on average) is far
    below what color jitter changes. Evaluation never does this.
    """
    left, upper, right, lower = augmentation.crop
    width, height = picture.size
    tall, wide = shown(preprocessing, height=height, width=width)
    seen = min((lower - upper) * tall, (right - left) * wide)
    share = 2 * max(preprocessing.crop) / seen
    if share < 1:
        picture.draft((math.ceil(width * share), math.ceil(height * share)))


def augmented(picture: Image.Image, preprocessing: Preprocessing, augmentation: Augmentation) -> Image.Image:
    """Show an RGB picture as the augmentation says, in exactly the size of the model's input."""
    height, width = preprocessing.crop
    box = training_box(preprocessing, augmentation.crop, height=picture.height, width=picture.width)
    seen = picture.resize((width, height), resample=Image.Resampling(preprocessing.resample), box=box)
    if augmentation.mirror:
        seen = seen.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if augmentation.upend:
        seen = seen.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return _recolored(_rotated(seen, augmentation.degrees), augmentation)


def _rotated(picture: Image.Image, degrees: float) -> Image.Image:
    """
    Rotate about the center, in the same frame.

    The corners that turn into view show the picture mirrored at its edge. Black corners would tell the model the
    angle, and cropping to the inscribed rectangle would cut away a quarter of the picture at 10 degrees.
    """
    if degrees == 0.0:
        return picture
    width, height = picture.size
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    # How far the turned frame reaches beyond the upright one, and two pixels for the filter.
    beyond = (max(width, height) * (cosine + abs(sine)) - min(width, height)) / 2
    margin = max(0, math.ceil(beyond)) + 2
    mirrored = Image.fromarray(np.pad(np.asarray(picture), ((margin, margin), (margin, margin), (0, 0)), "symmetric"))
    # From a point of the result to the point that it shows; y runs downwards, so this turns counter-clockwise.
    across = margin + width / 2 - cosine * width / 2 + sine * height / 2
    down = margin + height / 2 - sine * width / 2 - cosine * height / 2
    matrix = (cosine, -sine, across, sine, cosine, down)
    return mirrored.transform((width, height), Image.Transform.AFFINE, matrix, resample=Image.Resampling.BICUBIC)


def _recolored(picture: Image.Image, augmentation: Augmentation) -> Image.Image:
    if augmentation.brightness != 1.0:
        picture = ImageEnhance.Brightness(picture).enhance(augmentation.brightness)
    if augmentation.contrast != 1.0:
        picture = ImageEnhance.Contrast(picture).enhance(augmentation.contrast)
    if augmentation.saturation != 1.0:
        picture = ImageEnhance.Color(picture).enhance(augmentation.saturation)
    return picture
