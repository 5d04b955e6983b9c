"""Pictures drawn for tests of what looks alike: each with a texture of its own, and copies of them."""

import io

import numpy as np
from PIL import Image


def textured(seed: int, *, width: int = 240, height: int = 200) -> Image.Image:
    """A picture of soft blobs in all sizes and colors; another seed gives another one."""
    chance = np.random.default_rng(seed)
    pixels = np.zeros((height, width, 3))
    for side, weight in ((4, 60), (9, 45), (20, 40), (45, 30)):
        coarse = Image.fromarray((255 * chance.random((side, side, 3))).astype(np.uint8))
        blown_up = coarse.resize((width, height), Image.Resampling.BICUBIC)
        pixels += weight * (np.asarray(blown_up) / 255 - 0.5)
    return Image.fromarray(np.clip(pixels + 128, 0, 255).astype(np.uint8))


def encoded(picture: Image.Image, kind: str, quality: int) -> bytes:
    """A picture as a file."""
    stream = io.BytesIO()
    picture.save(stream, kind, quality=quality)
    return stream.getvalue()


def reencoded(picture: Image.Image, kind: str, quality: int) -> Image.Image:
    """A picture after a lossy codec."""
    return Image.open(io.BytesIO(encoded(picture, kind, quality))).convert("RGB")


def resized(picture: Image.Image, times: float) -> Image.Image:
    """A picture of another size."""
    return picture.resize((round(picture.width * times), round(picture.height * times)), Image.Resampling.BICUBIC)


def cropped(picture: Image.Image, *, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """A picture without some shares of its width and height."""
    width, height = picture.size
    box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
    return picture.crop((round(box[0]), round(box[1]), round(box[2]), round(box[3])))
