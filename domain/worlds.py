"""Two small worlds of drawn scenes: simple shapes, and the inspection of machine parts; scenes, not pixels."""

import itertools
import random
from collections.abc import Sequence
from typing import Final, TypeVar

from attrs import frozen

from .errors import UsageError

COLORS: Final = ("red", "green", "blue", "yellow", "purple", "orange")
SHAPES: Final = ("circle", "square", "triangle", "star", "ring", "cross")
BACKGROUNDS: Final = ("white", "gray", "black")
SIZES: Final = ("small", "large")
CORNERS: Final = ("upper left", "upper right", "lower left", "lower right")
PLACES: Final = (*CORNERS, "top", "bottom", "left side", "right side", "center")
RELATIONS: Final = ("left of", "above")

PARTS: Final = ("gear", "washer", "plate", "pipe", "bolt")
FINISHES: Final = ("steel", "brass", "blue painted", "green painted")
SURFACES: Final = ("white tray", "gray belt", "black mat")
DEFECTS: Final = ("scratch", "dent", "crack", "rust spot", "stain", "hole")

_SINGLE: Final = (
    "{thing} at the {place} of a {background} background",
    "a {background} picture with {thing} at its {place}",
    "there is {thing} on {background}, at the {place}",
    "{place}: {thing} drawn over a {background} background",
)
_TWO: Final = {
    "left of": (
        "{first} to the left of {second} on a {background} background",
        "{second} to the right of {first} on {background}",
        "a {background} picture: {first}, and on its right {second}",
    ),
    "above": (
        "{first} above {second} on a {background} background",
        "{second} below {first} on {background}",
        "a {background} picture: {first}, and underneath it {second}",
    ),
}
_FAULTY: Final = (
    "a {finish} {part} on a {surface} with a {size} {defect} in the {place}",
    "inspection of a {part} with {finish} finish: {size} {defect}, {place}, seen on a {surface}",
    "{size} {defect} at the {place} of the {finish} {part}, photographed on a {surface}",
    "the {place} of this {finish} {part} shows a {size} {defect}; it lies on a {surface}",
)
_SOUND: Final = (
    "a {finish} {part} on a {surface} with no defect",
    "inspection of a {part} with {finish} finish: no defect, seen on a {surface}",
    "no defect on the {finish} {part}, photographed on a {surface}",
    "this {finish} {part} shows no defect; it lies on a {surface}",
)


@frozen
class Thing:
    """A colored shape."""

    color: str
    shape: str


@frozen
class SingleScene:
    """One thing, small or large, somewhere in the picture."""

    thing: Thing
    size: str
    place: str
    background: str


@frozen
class TwoScene:
    """Two things that differ in color and shape; ``relation`` says how the first stands to the second."""

    first: Thing
    second: Thing
    relation: str
    background: str


@frozen
class Defect:
    """What is wrong with a part, how large it is and where on the part it sits."""

    kind: str
    size: str
    place: str


@frozen
class PartScene:
    """A machine part on a surface; ``defect`` is None where the part is sound."""

    part: str
    finish: str
    surface: str
    defect: Defect | None


Scene = SingleScene | TwoScene | PartScene
_Some = TypeVar("_Some", SingleScene | TwoScene, PartScene)


def general_scenes(count: int, *, seed: int) -> tuple[SingleScene | TwoScene, ...]:
    """
    Draw ``count`` distinct scenes of the general world, one and two things in turn.

    Fewer scenes of the same seed are a beginning of more.

    Raises:
        UsageError: If the world has fewer scenes than that.
    """
    things = tuple(itertools.starmap(Thing, itertools.product(COLORS, SHAPES)))
    singles = [SingleScene(*choice) for choice in itertools.product(things, SIZES, PLACES, BACKGROUNDS)]
    twos = [
        TwoScene(*choice)
        for choice in itertools.product(things, things, RELATIONS, BACKGROUNDS)
        if choice[0].color != choice[1].color and choice[0].shape != choice[1].shape
    ]
    chance = random.Random(f"general world/{seed}")
    chance.shuffle(singles)
    chance.shuffle(twos)
    return _first(count, [scene for both in zip(singles, twos, strict=False) for scene in both], world="general")


def inspection_scenes(count: int, *, seed: int) -> tuple[PartScene, ...]:
    """
    Draw ``count`` distinct scenes of the inspection world.

    Fewer scenes of the same seed are a beginning of more.

    Raises:
        UsageError: If the world has fewer scenes than that.
    """
    defects = (None, *itertools.starmap(Defect, itertools.product(DEFECTS, SIZES, CORNERS)))
    scenes = [PartScene(*choice) for choice in itertools.product(PARTS, FINISHES, SURFACES, defects)]
    random.Random(f"inspection world/{seed}").shuffle(scenes)
    return _first(count, scenes, world="inspection")


def captions(scene: Scene, *, seed: int) -> tuple[str, str]:
    """Two captions in different words; each names every attribute of the scene."""
    phrasings = random.Random(f"captions/{seed}/{scene}")
    first, second = phrasings.sample(_phrasings(scene), 2)
    return first, second


def _first(count: int, scenes: Sequence[_Some], *, world: str) -> tuple[_Some, ...]:
    if not 0 <= count <= len(scenes):
        raise UsageError(
            f"the {world} world has {len(scenes):,} distinct scenes: ask for 0 to {len(scenes):,}, not {count:,}"
        )
    return tuple(scenes[:count])


def _phrasings(scene: Scene) -> list[str]:
    match scene:
        case SingleScene(thing, size, place, background):
            named = _named(f"{size} {thing.color} {thing.shape}")
            return [phrasing.format(thing=named, place=place, background=background) for phrasing in _SINGLE]
        case TwoScene(first, second, relation, background):
            names = {
                "first": _named(f"{first.color} {first.shape}"),
                "second": _named(f"{second.color} {second.shape}"),
            }
            return [phrasing.format(**names, background=background) for phrasing in _TWO[relation]]
        case PartScene(part, finish, surface, defect):
            seen = {"part": part, "finish": finish, "surface": surface}
            if defect is None:
                return [phrasing.format(**seen) for phrasing in _SOUND]
            seen |= {"defect": defect.kind, "size": defect.size, "place": defect.place}
            return [phrasing.format(**seen) for phrasing in _FAULTY]


def _named(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
