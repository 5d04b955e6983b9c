"""Scenes drawn with Pillow: flat shapes, with jitter, uneven light and noise so that no two pictures are alike."""

import random
from collections.abc import Mapping
from typing import Final

import numpy as np
from PIL import Image
from PIL.ImageDraw import ImageDraw as Pen

from ...domain.worlds import PartScene, Scene, SingleScene, Thing, TwoScene
from .shapes import DEFECTS, PARTS, SHAPES, Color

SIDE: Final = 64
_FINE: Final = 4  # drawn this many times larger and reduced: smooth edges
_CANVAS: Final = SIDE * _FINE
_MIDDLE: Final = _CANVAS / 2


_PAINT: Final[Mapping[str, Color]] = {
    "red": (214, 40, 40),
    "green": (46, 160, 67),
    "blue": (38, 84, 214),
    "yellow": (245, 214, 30),
    "purple": (140, 50, 170),
    "orange": (245, 134, 20),
    "white": (244, 244, 244),
    "gray": (132, 132, 132),
    "black": (18, 18, 18),
    "steel": (156, 166, 182),
    "brass": (222, 184, 76),
    "blue painted": (52, 96, 190),
    "green painted": (58, 146, 84),
    "white tray": (242, 242, 238),
    "gray belt": (100, 100, 104),
    "black mat": (24, 24, 28),
}
_OFFSETS: Final[Mapping[str, tuple[float, float]]] = {
    "upper left": (-1, -1),
    "upper right": (1, -1),
    "lower left": (-1, 1),
    "lower right": (1, 1),
    "top": (0, -1),
    "bottom": (0, 1),
    "left side": (-1, 0),
    "right side": (1, 0),
    "center": (0, 0),
}
# How far a corner of the part lies from its middle, across and down.
_REACH: Final[Mapping[str, tuple[float, float]]] = {
    "gear": (52, 52),
    "washer": (52, 52),
    "plate": (66, 46),
    "pipe": (78, 28),
    "bolt": (34, 58),
}


def draw(scene: Scene, *, seed: int) -> Image.Image:
    """Draw a scene, RGB, 64 by 64; the same picture for the same scene and seed."""
    chance = random.Random(f"picture/{seed}/{scene}")
    ground = _PAINT[scene.surface if isinstance(scene, PartScene) else scene.background]
    canvas = Image.new("RGB", (_CANVAS, _CANVAS), ground)
    pen = Pen(canvas)
    match scene:
        case SingleScene():
            _draw_single(pen, scene, chance, ground)
        case TwoScene():
            _draw_two(pen, scene, chance, ground)
        case PartScene():
            _draw_part(pen, scene, chance, ground)
    return _photographed(canvas.reduce(_FINE), chance)


def _draw_single(pen: Pen, scene: SingleScene, chance: random.Random, ground: Color) -> None:
    across, down = _OFFSETS[scene.place]
    radius = (62 if scene.size == "large" else 32) * chance.uniform(0.92, 1.08)
    shift = _MIDDLE - 6 - radius
    _draw_thing(
        pen, scene.thing, _near(_MIDDLE + across * shift, chance), _near(_MIDDLE + down * shift, chance), radius, ground
    )


def _draw_two(pen: Pen, scene: TwoScene, chance: random.Random, ground: Color) -> None:
    across, down = (1, 0) if scene.relation == "left of" else (0, 1)
    for thing, side in ((scene.first, -1), (scene.second, 1)):
        x, y = _MIDDLE + side * across * 62, _MIDDLE + side * down * 62
        _draw_thing(pen, thing, _near(x, chance), _near(y, chance), 54 * chance.uniform(0.92, 1.08), ground)


def _draw_part(pen: Pen, scene: PartScene, chance: random.Random, ground: Color) -> None:
    x, y = _near(_MIDDLE, chance), _near(_MIDDLE, chance)
    PARTS[scene.part](pen, x, y, 112 * chance.uniform(0.94, 1.04), _PAINT[scene.finish], ground)
    if scene.defect is not None:
        reach_across, reach_down = _REACH[scene.part]
        across, down = _OFFSETS[scene.defect.place]
        spot = (_near(x + across * reach_across, chance), _near(y + down * reach_down, chance))
        radius = 46 if scene.defect.size == "large" else 27
        DEFECTS[scene.defect.kind](pen, *spot, radius, ground)


def _draw_thing(pen: Pen, thing: Thing, x: float, y: float, radius: float, ground: Color) -> None:
    SHAPES[thing.shape](pen, x, y, radius, _PAINT[thing.color], ground)


def _near(position: float, chance: random.Random) -> float:
    return position + chance.uniform(-6, 6)


def _photographed(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Light that falls off to one side, and the noise of a sensor."""
    pixels = np.asarray(picture, dtype=np.float32)
    ramp = np.linspace(-1, 1, SIDE, dtype=np.float32)
    light = (
        chance.uniform(0.93, 1.05) + chance.uniform(-0.08, 0.08) * ramp + chance.uniform(-0.08, 0.08) * ramp[:, None]
    )
    noise = np.frombuffer(chance.randbytes(pixels.size), dtype=np.uint8).reshape(pixels.shape)
    seen = pixels * light[..., None] + (noise.astype(np.float32) - 127.5) / 18
    return Image.fromarray(seen.clip(0, 255).astype(np.uint8))
