"""What a learner is told before a step, and what it tells after one."""

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class StepPlan:
    """
    What one step depends on besides the batch.

    Attributes:
        learning_rate: The rate of this step.
        seed: Seed of everything random inside the step, so that no random state has to be kept.
        temperature: The scheduled temperature of this step; None leaves the model's own in force.
    """

    learning_rate: float
    seed: int
    temperature: float | None = None


@frozen
class StepReport:
    """
    What one step did.

    Attributes:
        loss: Value of the objective over the whole batch.
        gradient_norm: Global norm before clipping.
        temperature: Temperature that was used.
        pairs: Pairs in the batch.
        terms: Named parts of the objective; a number, or one for each of its scales.
        skipped: Whether the optimiser was not stepped because a 16-bit gradient overflowed.
        notes: What a person should know of, such as memory that ran out.
    """

    loss: float
    gradient_norm: float
    temperature: float
    pairs: int
    terms: Mapping[str, float | list[float]] = field(factory=dict)
    skipped: bool = False
    notes: tuple[str, ...] = ()
