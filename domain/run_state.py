"""Where a run stands, as a frozen value with pure transitions."""

import math

from attrs import evolve, field, frozen
from attrs.validators import ge

from .adaptive_temperature import AdaptiveTemperature


@frozen
class RunState:
    """
    Everything needed to resume a run besides the learner's snapshot; the position in the data follows from ``step``.

    Attributes:
        step: Optimisation steps done.
        pairs_seen: Pairs the model has been shown.
        skipped: Steps that changed no weight, because a 16-bit gradient overflowed; schedules do not count them.
        best_score: Best mean recall on the validation split so far.
        best_step: The step at which it was measured.
        evaluations_without_gain: Evaluations since then.
        undecodable: Keys of pictures that could not be decoded, sorted; dropped on every run the same way.
        stopped_early: Whether patience ran out.
        adaptive_temperature: What an adaptive temperature knows; None under any other.
        pairs_related: Pairs that met another in their batch that says the same; None where nobody asks.
    """

    step: int = field(default=0, validator=ge(0))
    pairs_seen: int = field(default=0, validator=ge(0))
    skipped: int = field(default=0, validator=ge(0))
    best_score: float | None = None
    best_step: int | None = None
    evaluations_without_gain: int = field(default=0, validator=ge(0))
    undecodable: tuple[str, ...] = ()
    stopped_early: bool = False
    adaptive_temperature: AdaptiveTemperature | None = None
    pairs_related: int | None = None

    @property
    def false_negative_rate(self) -> float | None:
        """The share of pairs so far that met another in their batch that says the same; None where nobody asks."""
        return None if self.pairs_related is None else self.pairs_related / max(self.pairs_seen, 1)

    @property
    def taken(self) -> int:
        """Steps that changed the weights: where a schedule stands."""
        return self.step - self.skipped


def after_step(
    state: RunState,
    *,
    pairs: int,
    dropped: tuple[str, ...] = (),
    skipped: bool = False,
    adaptive_temperature: AdaptiveTemperature | None = None,
    related: int | None = None,
) -> RunState:
    """
    The state after one more step.

    Args:
        state: The state before it.
        pairs: Pairs it learned from.
        dropped: Keys of pictures that could not be decoded for it.
        skipped: Whether it changed no weight.
        adaptive_temperature: What an adaptive temperature knows now that the step's loss is known.
        related: How many of its pairs met another that says the same; None where nobody asks.
    """
    undecodable = state.undecodable if not dropped else tuple(sorted({*state.undecodable, *dropped}))
    return evolve(
        state,
        step=state.step + 1,
        pairs_seen=state.pairs_seen + pairs,
        skipped=state.skipped + skipped,
        undecodable=undecodable,
        adaptive_temperature=adaptive_temperature,
        pairs_related=None if related is None else (state.pairs_related or 0) + related,
    )


def after_evaluation(state: RunState, score: float, *, patience: int | None) -> RunState:
    """The state after an evaluation; a score that is not a number is never the best."""
    if not math.isnan(score) and (state.best_score is None or score > state.best_score):
        return evolve(state, best_score=score, best_step=state.step, evaluations_without_gain=0)
    waited = state.evaluations_without_gain + 1
    return evolve(state, evaluations_without_gain=waited, stopped_early=patience is not None and waited >= patience)


def is_best(state: RunState) -> bool:
    """Whether the step just evaluated is the best so far."""
    return state.best_step == state.step
