"""What a sweep tries: the configured run, and others drawn around it."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeVar, get_args

from attrs import field, frozen

from .batch_sizes import pairs_in_a_step
from .config import FineTuneConfig, flat, from_flat, template_of
from .config.checks import SHARPEST
from .config.objective import LossType
from .config.templates import GENERAL
from .sampling import batch_count

DECADE: Final = 10.0
HIGHEST: Final = 1.0  # of a learning rate, and of a temperature
DEFAULT: Final = 0
BatchKey = Literal["batch_size", "effective_batch_size"]
Range = tuple[float, float]
Item = TypeVar("Item")


@frozen
class Space:
    """
    What a sweep varies, and how far; an empty or missing part is left as it is configured.

    Attributes:
        learning_rates: Lowest and highest, drawn log-uniformly.
        temperatures: Lowest and highest, drawn log-uniformly; None where the model keeps its own.
        losses: Objectives, tried in turn.
        batch_key: The key that decides how many pairs the loss sees.
        batches: Its values, tried in turn.
    """

    learning_rates: Range
    temperatures: Range | None
    losses: tuple[LossType, ...]
    batch_key: BatchKey
    batches: tuple[int, ...]


@frozen
class Trial:
    """
    One configuration of a sweep.

    Attributes:
        number: 0 is the configured run itself.
        changes: Keys with another value than the configured one.
    """

    number: int
    changes: Mapping[str, Any] = field(factory=dict, hash=False)

    def of(self, config: FineTuneConfig) -> FineTuneConfig:
        """The configuration that this trial trains under."""
        return from_flat({**flat(config), **self.changes})


def search_space(config: FineTuneConfig, *, examples: int, slice_pairs: int) -> Space:
    """
    What can be varied about a configuration without breaking one of its rules.

    The learning rate goes a decade either way. A temperature lies between ``temperature_min`` and ``temperature_max``
    (wider where the configured one lies outside), unless it is the model's own. Objectives are all that there are; a
    mixture is kept, and a domain whose template is plain has nothing of its own to try. Batches are halved and doubled
    where that changes how many steps an epoch has.

    Args:
        config: The configured run.
        examples: Training pictures.
        slice_pairs: Pairs in a slice, as stated or measured.
    """
    rate = config.training.learning_rate
    key: BatchKey = "batch_size" if config.training.effective_batch_size is None else "effective_batch_size"
    return Space(
        learning_rates=(rate / DECADE or rate, min(rate * DECADE, HIGHEST)),
        temperatures=_temperatures(config),
        losses=() if config.loss.loss_mix is not None else _losses(config),
        batch_key=key,
        batches=_batches(config, key, examples=examples, slice_pairs=slice_pairs),
    )


def draw_trials(space: Space, *, seed: int, challengers: int) -> tuple[Trial, ...]:
    """
    The configured run as trial 0, and as many challengers; a pure function of its arguments.

    A trial depends on the seed and its number alone, so that a longer sweep begins with the trials of a shorter one.
    """
    return (Trial(DEFAULT), *(_drawn(space, seed=seed, number=number) for number in range(1, challengers + 1)))


def _drawn(space: Space, *, seed: int, number: int) -> Trial:
    source = random.Random(f"trial/{seed}/{number}")
    changes: dict[str, Any] = {"learning_rate": _log_uniform(source, space.learning_rates)}
    if space.temperatures is not None:
        changes["temperature"] = _log_uniform(source, space.temperatures)
    if space.losses:
        changes["loss_type"] = _in_turn(space.losses, seed=seed, name="loss", turn=number - 1)
    changes[space.batch_key] = _in_turn(space.batches, seed=seed, name="batch", turn=number - 1)
    return Trial(number, changes)


def _log_uniform(source: random.Random, bounds: Range) -> float:
    """Between two bounds, each octave as likely as another; three digits, which a person can read."""
    low, high = bounds
    drawn = math.exp(source.uniform(math.log(low), math.log(high)))
    return min(max(float(f"{drawn:.3g}"), low), high)


def _in_turn(choices: Sequence[Item], *, seed: int, name: str, turn: int) -> Item:
    """Each choice once before any comes again: a few trials draw evenly."""
    turns, place = divmod(turn, len(choices))
    order = list(choices)
    random.Random(f"{name}/{seed}/{turns}").shuffle(order)
    return order[place]


def _temperatures(config: FineTuneConfig) -> Range | None:
    asked = config.loss.temperature
    if asked == "model":
        return None
    bounds = (config.loss.temperature_min, config.loss.temperature_max)
    usable = [asked, *(min(max(bound, SHARPEST), HIGHEST) for bound in bounds)]
    return min(usable), max(usable)


def _losses(config: FineTuneConfig) -> tuple[LossType, ...]:
    plain = template_of(config.model.domain, config.loss.domain_template) == GENERAL
    return tuple(loss for loss in get_args(LossType) if not (plain and loss == "domain_specific"))


def _batches(config: FineTuneConfig, key: BatchKey, *, examples: int, slice_pairs: int) -> tuple[int, ...]:
    configured = getattr(config.training, key) or slice_pairs

    def steps(value: int) -> int:
        tried = from_flat({**flat(config), key: value})
        return batch_count(examples, pairs_in_a_step(tried, slice_pairs=tried.training.batch_size or slice_pairs))

    others = (value for value in (configured // 2, configured * 2) if value >= 2)
    return tuple(sorted({configured, *(value for value in others if steps(value) != steps(configured))}))
