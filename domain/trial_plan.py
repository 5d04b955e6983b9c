"""How long a trial is, and what its course looks like: that of the configured run, in small."""

from attrs import evolve

from .run_plan import RunPlan


def own_steps(steps: int, *, own: RunPlan, configured: RunPlan) -> int:
    """
    The steps in which a trial is shown as much as the configured run in ``steps`` of its own.

    Trials are compared after equal shares of an epoch, as whole runs are after equal epochs: with batches twice as
    large that is half as many steps, which cost about as much. With equal batches it is the same number.

    Args:
        steps: Of the configured run.
        own: The whole run of the trial's configuration.
        configured: The whole configured run.
    """
    return max(1, steps * own.steps_per_epoch // configured.steps_per_epoch)


def trial_plan(own: RunPlan, *, total: int, until: int) -> RunPlan:
    """
    A whole run cut down to ``total`` steps, that is measured and kept after ``until`` of them and at no other.

    Schedules are stretched over ``total``, the length of a trial that goes through to the end, and warm-ups shrink
    with it. So a trial goes on in the next rung where it stopped, and one that goes through is a whole run in small:
    what is compared in the end has come down from its peak learning rate, as the real run will have.
    """
    return evolve(
        own,
        total_steps=total,
        warmup_steps=own.warmup_steps * total // own.total_steps,
        temperature_warmup_steps=own.temperature_warmup_steps * total // own.total_steps,
        eval_steps=until,
        save_steps=until,
        epoch_ends=False,
    )
