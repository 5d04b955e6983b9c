"""An augmentation applied to a picture: crop, flips, rotation and color, straight to the size the model takes."""

import math

import numpy as np
from PIL import Image, ImageEnhance

from ...domain.augmentation import Augmentation
from ...domain.preprocessing import Preprocessing, training_box
from .frame import Frame, whole_frame


def augmented(
    picture: Image.Image, preprocessing: Preprocessing, augmentation: Augmentation, *, frame: Frame | None = None
) -> Image.Image:
    """
    Show an RGB picture as the augmentation says, in exactly the size of the model's input.

    ``frame`` tells where the whole picture lies where it was decoded smaller.
    """
    height, width = preprocessing.crop
    frame = frame or whole_frame(picture.size)
    box = frame.place(training_box(preprocessing, augmentation.crop, height=frame.height, width=frame.width))
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
