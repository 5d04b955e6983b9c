"""The whole course of a run, known before its first step."""

from attrs import field, frozen

from .config import TrainingConfig
from .errors import EmptySplit
from .run_state import RunState
from .sampling import batch_count


@frozen
class RunPlan:
    """
    How many steps there will be, and what is due after which.

    Attributes:
        batch_size: Pairs in a step.
        steps_per_epoch: Steps in which every example is shown once.
        total_steps: Steps of the whole run.
        warmup_steps: Steps of linear warm-up.
        eval_steps: Steps between evaluations; also one at each epoch's end.
        save_steps: Steps between checkpoints; also one at each epoch's end.
        temperature_warmup_steps: Steps of a scheduled temperature's warm-up.
        epoch_ends: Whether evaluations and checkpoints are also due where an epoch ends.
        notes: What differs from the configuration, and why.
    """

    batch_size: int
    steps_per_epoch: int
    total_steps: int
    warmup_steps: int
    eval_steps: int
    save_steps: int
    temperature_warmup_steps: int = 0
    epoch_ends: bool = True
    notes: tuple[str, ...] = field(default=())

    def epoch(self, step: int) -> int:
        """The epoch that step ``step`` (the number of steps done before it) belongs to."""
        return step // self.steps_per_epoch


@frozen
class Due:
    """What has to happen now that a step is done."""

    evaluate: bool
    save: bool
    finished: bool


def plan_run(training: TrainingConfig, *, examples: int, batch_size: int, temperature_warmup_steps: int = 0) -> RunPlan:
    """
    Plan a run over ``examples`` training pictures in steps of ``batch_size`` pairs.

    The warm-ups of the learning rate and of a scheduled temperature take at most a tenth of the steps each.

    Raises:
        EmptySplit: If there are fewer than two examples: nothing to tell apart.
    """
    if examples < 2:
        raise EmptySplit(f"training needs at least 2 pictures, found {examples}")
    steps_per_epoch = batch_count(examples, batch_size)
    total = steps_per_epoch * training.num_epochs
    warmup = min(training.warmup_steps, total // 10)
    notes = []
    if warmup < training.warmup_steps:
        notes.append(f"warm-up cut from {training.warmup_steps} to {warmup} steps, a tenth of the {total} planned")
    temperature_warmup = min(temperature_warmup_steps, total // 10)
    if temperature_warmup < temperature_warmup_steps:
        notes.append(
            f"warm-up of the temperature cut from {temperature_warmup_steps} to {temperature_warmup} steps, "
            f"a tenth of the {total} planned"
        )
    if examples < batch_size:
        notes.append(f"{examples} training pictures are fewer than a batch of {batch_size}: each epoch is one batch")
    return RunPlan(
        batch_size=batch_size,
        steps_per_epoch=steps_per_epoch,
        total_steps=total,
        warmup_steps=warmup,
        eval_steps=training.eval_steps,
        save_steps=training.save_steps,
        temperature_warmup_steps=temperature_warmup,
        notes=tuple(notes),
    )


def what_is_due(state: RunState, plan: RunPlan) -> Due:
    """What is due after ``state.step`` steps: a function of the step, so that a resume neither skips nor repeats."""
    step = state.step
    epoch_end = plan.epoch_ends and step % plan.steps_per_epoch == 0
    turn = step > 0 and (epoch_end or step >= plan.total_steps)
    evaluate = turn or (step > 0 and step % plan.eval_steps == 0)
    return Due(
        evaluate=evaluate,
        save=turn or (step > 0 and step % plan.save_steps == 0),
        finished=step >= plan.total_steps or state.stopped_early,
    )
