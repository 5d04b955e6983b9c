"""Pictures that are hard to make smaller without a trace: text, lines, patterns, noise; and some that are not."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Levels = NDArray[np.uint8]
Draw = Callable[[int, int], Levels]
WORDS: Final = "The quick brown fox jumps over the lazy dog 0123456789 WMWMWM iiiillll " * 20


def _rounded(values: NDArray[np.float64]) -> Levels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _gray(values: NDArray[np.float64]) -> Levels:
    return np.repeat(_rounded(values)[..., None], 3, axis=2)


def zone_plate(width: int, height: int, *, density: float = 1.0, colored: bool = False) -> Levels:
    """Rings that grow finer up to a pixel towards the edge."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    phase = math.pi * density * ((x - width / 2) ** 2 + (y - height / 2) ** 2) / max(width, height)
    if colored:
        return _rounded(127.5 + 127.5 * np.cos(phase[..., None] + np.array([0.0, 2.1, 4.2])))
    return _gray(127.5 + 127.5 * np.cos(phase))


def checkers(width: int, height: int, *, cell: int, colored: bool = False) -> Levels:
    """Black and white, or blue and red, cells of some pixels a side."""
    y, x = np.mgrid[0:height, 0:width]
    which = (x // cell + y // cell) % 2
    colors = np.array([[0, 0, 255], [255, 0, 0]] if colored else [[0, 0, 0], [255, 255, 255]], dtype=np.uint8)
    picked: Levels = colors[which]
    return picked


def stripes(width: int, height: int, *, period: int) -> Levels:
    """Upright black and white stripes."""
    across = (np.arange(width) * 2 // period % 2 * 255).astype(np.float64)
    return _gray(np.repeat(across[None], height, axis=0))


def noise(width: int, height: int, *, colored: bool = False) -> Levels:
    """Every pixel for itself."""
    generator = np.random.default_rng(0)
    values = generator.integers(0, 256, (height, width, 3 if colored else 1), dtype=np.uint8)
    return values if colored else np.repeat(values, 3, axis=2)


def lines(width: int, height: int, *, colored: bool = False) -> Levels:
    """Lines of one to three pixels on white, and a fine grating."""
    picture = Image.new("RGB", (width, height), "white")
    pen, generator = ImageDraw.Draw(picture), np.random.default_rng(1)
    for number in range((width + height) // 4):
        ends = [(int(generator.integers(width)), int(generator.integers(height))) for _ in range(2)]
        red, green, blue = (int(level) for level in generator.integers(0, 256, 3))
        pen.line(ends, fill=(red, green, blue) if colored else (0, 0, 0), width=1 + number % 3)
    for x in range(0, width, 17):
        pen.line([(x, 0), (x, height // 3)], fill=(0, 0, 0))
    return np.asarray(picture)


def text(width: int, height: int, *, size: int, dark: bool = False) -> Levels:
    """A page of text."""
    picture = Image.new("RGB", (width, height), "black" if dark else "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size)
    for number, y in enumerate(range(0, height, int(size * 1.3))):
        pen.text((0, y), WORDS[7 * number % 70 :][: 3 * width // size], fill="white" if dark else "black", font=font)
    return np.asarray(picture)


def gradient(width: int, height: int) -> Levels:
    """Red grows to the right, green downwards, blue with both."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    return _rounded(np.stack([x / width, y / height, (x + y) / (width + height)], axis=-1) * 255)


def scene(width: int, height: int) -> Levels:
    """Something of every size, as in a photograph, and discs with sharp edges."""
    generator = np.random.default_rng(3)
    total = np.full((height, width, 3), 128.0)
    for size in (2, 4, 8, 16, 32, 64, 128):
        shape = (height // size + 2, width // size + 2)
        bands = [Image.fromarray(generator.normal(size=shape).astype(np.float32)) for _ in range(3)]
        total += np.stack([np.asarray(band.resize((width, height), 3)) for band in bands], axis=-1) * size**0.5 * 2.4
    picture = Image.fromarray(_rounded(total))
    pen = ImageDraw.Draw(picture)
    for _ in range(20):
        x, y, reach = (int(generator.integers(1, most)) for most in (width, height, min(width, height) // 4))
        red, green, blue = (int(level) for level in generator.integers(0, 256, 3))
        pen.ellipse([x, y, x + reach, y + reach], fill=(red, green, blue))
    return np.asarray(picture)


def labelled_scene(width: int, height: int) -> Levels:
    """The same with small writing in red and white, as a camera or an apparatus puts it there."""
    picture = Image.fromarray(scene(width, height))
    pen = ImageDraw.Draw(picture)
    pen.text((width // 2, height // 2), "Sample 12:30", fill=(255, 0, 0), font=ImageFont.load_default(20))
    pen.text((width // 2, height // 3), "Sample 12:30", fill="white", font=ImageFont.load_default(14))
    return np.asarray(picture)


def inset(width: int, height: int, *, of: Draw) -> Levels:
    """A photograph with a diagram in one corner, a ninth of it."""
    whole = scene(width, height).copy()
    whole[-height // 3 :, -width // 3 :] = of(width, height)[-height // 3 :, -width // 3 :]
    return whole


HARD: Final[Mapping[str, Draw]] = {
    "zone plate": zone_plate,
    "coarse zone plate": partial(zone_plate, density=0.5),
    "colored zone plate": partial(zone_plate, colored=True),
    **{f"checkers of {cell}": partial(checkers, cell=cell) for cell in (1, 2, 3, 5, 8, 11, 16)},
    **{f"colored checkers of {cell}": partial(checkers, cell=cell, colored=True) for cell in (1, 2, 5)},
    **{f"stripes of {period}": partial(stripes, period=period) for period in (2, 3, 5)},
    "noise": noise,
    "colored noise": partial(noise, colored=True),
    "lines": lines,
    "colored lines": partial(lines, colored=True),
    **{f"text of {size}": partial(text, size=size) for size in (10, 14, 20, 32, 64)},
    "white text": partial(text, size=18, dark=True),
    "gradient": gradient,
    "scene": scene,
    "labelled scene": labelled_scene,
    "scene with colored lines": partial(inset, of=partial(lines, colored=True)),
    "scene with text": partial(inset, of=partial(text, size=20)),
    "scene with checkers": partial(inset, of=partial(checkers, cell=16)),
    "scene with noise": partial(inset, of=partial(noise, colored=True)),
}
