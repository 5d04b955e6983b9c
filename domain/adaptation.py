"""What of a model learns, how fast, and what decays: one plan that names every parameter once."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import asdict, frozen

from .config import AdaptationConfig, TowerMode
from .decay import is_decayed
from .errors import UsageError
from .places import HEADS, TowerName, depth_of, is_linear_of_block, is_lora, is_projection, level_of, tower_of

TEMPERATURE: Final = "logit_scale"
FROZEN: Final = "frozen"


@frozen
class Treatment:
    """
    What happens to one parameter.

    Attributes:
        trained: Whether it learns.
        factor: Its learning rate over the base's.
        decays: Whether weight decay touches it.
        group: The group of parameters that are treated alike; ``frozen`` for those that do not learn.
    """

    trained: bool
    factor: float
    decays: bool
    group: str


STILL: Final = Treatment(trained=False, factor=0.0, decays=False, group=FROZEN)


@frozen
class AdaptationPlan:
    """
    What happens to every parameter of a model, by name.

    Attributes:
        treatments: One for each parameter.
    """

    treatments: Mapping[str, Treatment]

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Group → names of its parameters; every parameter stands in exactly one, in the order of the model."""
        names = dict.fromkeys(treatment.group for treatment in self.treatments.values())
        return {
            group: tuple(name for name, treatment in self.treatments.items() if treatment.group == group)
            for group in names
        }

    @property
    def frozen_towers(self) -> frozenset[TowerName]:
        """The towers of which nothing learns, their projection neither."""
        learning = {tower_of(name) for name, treatment in self.treatments.items() if treatment.trained}
        return frozenset(tower for tower in HEADS.values() if tower not in learning)

    def trained_numbers(self, shapes: Mapping[str, Sequence[int]]) -> dict[str, int]:
        """How many numbers learn in each tower, and outside both: ``{"image": …, "text": …, "shared": …}``."""
        counts = {"image": 0, "text": 0, "shared": 0}
        for name, treatment in self.treatments.items():
            counts[tower_of(name) or "shared"] += math.prod(shapes[name]) if treatment.trained else 0
        return counts

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Plain values, from which ``from_dict`` makes an equal plan."""
        return {name: asdict(treatment) for name, treatment in self.treatments.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Mapping[str, Any]]) -> "AdaptationPlan":
        """The plan that ``as_dict`` described."""
        return cls({name: Treatment(**value) for name, value in values.items()})


def adaptation_plan(
    config: AdaptationConfig, shapes: Mapping[str, Sequence[int]], *, learning_rate: float, learn_temperature: bool
) -> AdaptationPlan:
    """
    Plan what happens to every parameter of a CLIP model.

    A tower's own peak rate replaces ``learning_rate``. With ``layer_decay`` d, block k of L (counted from 0) learns
    d^(L − k) times as fast as the final norm and the projection, and the embeddings d^(L + 1) times as fast. What
    belongs to no tower learns at the base rate: the temperature when it is learned, a bias of the logits always.

    Args:
        config: What is asked for.
        shapes: The shape of every parameter by name, those of LoRA included.
        learning_rate: The base's peak.
        learn_temperature: Whether the temperature is learned.

    Raises:
        UsageError: If nothing is left to train.

    References:
        Zhai et al., *LiT: Zero-Shot Transfer with Locked-image text Tuning*, 2022, for frozen towers;
        Bao et al., *BEiT*, 2022, for layer decay; Hu et al., *LoRA*, 2022.
    """
    depths = {tower: depth_of(tower, shapes) for tower in HEADS.values()}
    treatments = {}
    for name, shape in shapes.items():
        tower = tower_of(name)
        depth = depths[tower] if tower else 0
        if _learns(name, config, depth=depth, learn_temperature=learn_temperature):
            factor = 1.0 if tower is None else _peak(config, tower, learning_rate=learning_rate) / learning_rate
            factor *= config.layer_decay ** (depth + 1 - level_of(name, depth=depth)) if tower else 1.0
            treatments[name] = _learning(factor, decays=is_decayed(name, dimensions=len(shape)))
        else:
            treatments[name] = STILL
    if not any(treatment.trained for treatment in treatments.values()):
        raise UsageError(
            "nothing is left to train: set image_tower or text_tower to something other than frozen, "
            "or learnable_temp: true"
        )
    return AdaptationPlan(treatments)


def lora_targets(config: AdaptationConfig, modules: Iterable[str]) -> tuple[str, ...]:
    """Which linear layers get LoRA: every one of attention and MLP, in the towers that ask for it."""
    return tuple(
        name
        for name in modules
        if (tower := tower_of(name)) and _mode(config, tower) == "lora" and is_linear_of_block(name)
    )


def what_learns(config: AdaptationConfig) -> str:
    """What learns of each tower, for a person; empty where all of both does."""
    if (config.image_tower, config.text_tower) == ("full", "full"):
        return ""
    said = {
        "full": "all of it",
        "frozen": "nothing",
        "last_blocks": f"its last {config.last_blocks} blocks, norm and projection",
        "head": "its projection",
        "lora": f"LoRA of rank {config.lora_rank} and its projection",
    }
    return f"of the image tower {said[config.image_tower]}, of the text tower {said[config.text_tower]}"


def _learns(name: str, config: AdaptationConfig, *, depth: int, learn_temperature: bool) -> bool:
    tower = tower_of(name)
    if tower is None:
        return name != TEMPERATURE or learn_temperature
    mode = _mode(config, tower)
    if mode == "last_blocks":
        return level_of(name, depth=depth) > max(depth - config.last_blocks, 0)
    if mode == "lora":
        return is_projection(name) or is_lora(name)
    return mode == "full" or (mode == "head" and is_projection(name))


def _learning(factor: float, *, decays: bool) -> Treatment:
    return Treatment(
        trained=True, factor=factor, decays=decays, group=f"{'decayed' if decays else 'kept'} × {factor!r}"
    )


def _mode(config: AdaptationConfig, tower: TowerName) -> TowerMode:
    return config.image_tower if tower == "image" else config.text_tower


def _peak(config: AdaptationConfig, tower: TowerName, *, learning_rate: float) -> float:
    return (config.image_learning_rate if tower == "image" else config.text_learning_rate) or learning_rate
