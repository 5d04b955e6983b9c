"""How shapes, machine parts and their defects look: one small function each, on a canvas of any size."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PIL.ImageDraw import ImageDraw as Pen

Color = tuple[int, int, int]
Draw = Callable[[Pen, float, float, float, Color, Color], None]
"""Pen, middle across and down, radius, color of the thing, color of the ground that shows through."""
Mark = Callable[[Pen, float, float, float, Color], None]
"""Pen, middle across and down, radius, color of the ground that shows through."""


def _box(x: float, y: float, across: float, down: float) -> tuple[float, float, float, float]:
    return x - across, y - down, x + across, y + down


def _turned(x: float, y: float, radii: Sequence[float], *, start: float = -90) -> list[tuple[float, float]]:
    """Corners around a middle, one for each radius, clockwise from ``start`` degrees."""
    angles = (math.radians(start + 360 * corner / len(radii)) for corner in range(len(radii)))
    return [(x + r * math.cos(angle), y + r * math.sin(angle)) for r, angle in zip(radii, angles, strict=True)]


def _disc(pen: Pen, x: float, y: float, r: float, fill: Color, _ground: Color) -> None:
    pen.ellipse(_box(x, y, r, r), fill)


def _square(pen: Pen, x: float, y: float, r: float, fill: Color, _ground: Color) -> None:
    pen.rectangle(_box(x, y, 0.85 * r, 0.85 * r), fill)


def _triangle(pen: Pen, x: float, y: float, r: float, fill: Color, _ground: Color) -> None:
    pen.polygon([(x, y - r), (x + r, y + 0.85 * r), (x - r, y + 0.85 * r)], fill)


def _star(pen: Pen, x: float, y: float, r: float, fill: Color, _ground: Color) -> None:
    pen.polygon(_turned(x, y, (1.1 * r, 0.42 * r) * 5), fill)


def _ring(pen: Pen, x: float, y: float, r: float, fill: Color, ground: Color) -> None:
    _disc(pen, x, y, r, fill, ground)
    _disc(pen, x, y, 0.52 * r, ground, ground)


def _cross(pen: Pen, x: float, y: float, r: float, fill: Color, _ground: Color) -> None:
    pen.rectangle(_box(x, y, r, 0.34 * r), fill)
    pen.rectangle(_box(x, y, 0.34 * r, r), fill)


def _gear(pen: Pen, x: float, y: float, r: float, fill: Color, ground: Color) -> None:
    pen.polygon(_turned(x, y, (r, r, 0.76 * r, 0.76 * r) * 8, start=-95), fill)
    _disc(pen, x, y, 0.18 * r, ground, ground)


def _washer(pen: Pen, x: float, y: float, r: float, fill: Color, ground: Color) -> None:
    _disc(pen, x, y, 0.92 * r, fill, ground)
    _disc(pen, x, y, 0.36 * r, ground, ground)


def _plate(pen: Pen, x: float, y: float, r: float, fill: Color, ground: Color) -> None:
    pen.rectangle(_box(x, y, r, 0.8 * r), fill)
    for across, down in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        _disc(pen, x + across * 0.84 * r, y + down * 0.64 * r, 0.09 * r, ground, ground)


def _pipe(pen: Pen, x: float, y: float, r: float, fill: Color, _ground: Color) -> None:
    pen.rectangle(_box(x, y, 1.2 * r, 0.5 * r), fill)
    light, dark = (tuple(int(part * share) for part in fill) for share in (0.82, 0.6))
    pen.rectangle((x - 1.2 * r, y + 0.3 * r, x + 1.2 * r, y + 0.5 * r), light)
    pen.ellipse((x + 1.0 * r, y - 0.5 * r, x + 1.3 * r, y + 0.5 * r), dark)


def _bolt(pen: Pen, x: float, y: float, r: float, fill: Color, _ground: Color) -> None:
    pen.rectangle((x - 0.5 * r, y - 0.3 * r, x + 0.5 * r, y + r), fill)
    rim = [(x + across * r, y + down * r) for across, down in ((0.8, -1), (1, -0.6), (0.8, -0.2))]
    pen.polygon([*rim, *((2 * x - across, down) for across, down in reversed(rim))], fill)


def _scratch(pen: Pen, x: float, y: float, r: float, _ground: Color) -> None:
    for shift in (-0.3, 0.3):
        ends = [(x - r + shift * r, y + r), (x + r + shift * r, y - r)]
        pen.line(ends, (255, 255, 255), width=int(0.34 * r))


def _crack(pen: Pen, x: float, y: float, r: float, _ground: Color) -> None:
    steps = [(-1.2, -0.3), (-0.6, 0.5), (-0.1, -0.5), (0.4, 0.5), (0.8, -0.4), (1.2, 0.2)]
    pen.line([(x + across * r, y + down * r) for across, down in steps], (8, 8, 8), width=int(0.34 * r), joint="curve")


def _dent(pen: Pen, x: float, y: float, r: float, _ground: Color) -> None:
    pen.ellipse(_box(x, y, r, r), (236, 236, 236))
    pen.ellipse(_box(x - 0.2 * r, y - 0.2 * r, 0.75 * r, 0.75 * r), (86, 86, 92))


def _rust(pen: Pen, x: float, y: float, r: float, _ground: Color) -> None:
    for across, down, share in ((-0.4, -0.2, 0.7), (0.4, 0.1, 0.7), (0.0, 0.5, 0.6), (0.1, -0.6, 0.5)):
        pen.ellipse(_box(x + across * r, y + down * r, share * r, share * r), (176, 72, 22))


def _stain(pen: Pen, x: float, y: float, r: float, _ground: Color) -> None:
    pen.ellipse(_box(x, y, 1.15 * r, 0.75 * r), (104, 30, 120))


def _hole(pen: Pen, x: float, y: float, r: float, ground: Color) -> None:
    pen.ellipse(_box(x, y, r, r), (60, 44, 44))
    pen.ellipse(_box(x, y, 0.8 * r, 0.8 * r), ground)


SHAPES: Final[Mapping[str, Draw]] = {
    "circle": _disc,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "ring": _ring,
    "cross": _cross,
}
PARTS: Final[Mapping[str, Draw]] = {"gear": _gear, "washer": _washer, "plate": _plate, "pipe": _pipe, "bolt": _bolt}
DEFECTS: Final[Mapping[str, Mark]] = {
    "scratch": _scratch,
    "dent": _dent,
    "crack": _crack,
    "rust spot": _rust,
    "stain": _stain,
    "hole": _hole,
}
