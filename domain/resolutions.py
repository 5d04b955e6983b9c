"""Progressive training: which size the pictures of each step have."""

from collections.abc import Sequence


def resolution_at(step: int, *, total_steps: int, resolutions: Sequence[int]) -> int:
    """
    The side in pixels of the pictures of a step: equal shares of the steps, in the order of the sizes.

    Shares differ by at most one step. The last step always has the last size, whatever else there is no time for.

    Args:
        step: Steps done before it.
        total_steps: Steps of the whole run.
        resolutions: At least one size.

    Raises:
        ValueError: If the step is not one of the run.

    References:
        Touvron et al., *Fixing the train-test resolution discrepancy*, 2019, for ending at the size that is used.
    """
    if not 0 <= step < total_steps:
        raise ValueError(f"step {step} is not one of {total_steps}")
    from_the_end = (total_steps - 1 - step) * len(resolutions) // total_steps
    return resolutions[-1 - from_the_end]


def stages(total_steps: int, resolutions: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    """Each size that has steps: the size, its first step, and how many there are."""
    count = len(resolutions)
    # Place p from the end begins with the first step s whose (total − 1 − s) · count is below (p + 1) · total.
    starts = [max(0, total_steps + (-(place + 1) * total_steps) // count) for place in reversed(range(count))]
    ends = [*starts[1:], total_steps]
    return tuple(
        (size, start, end - start) for size, start, end in zip(resolutions, starts, ends, strict=True) if end > start
    )


def course_notes(resolutions: Sequence[int]) -> tuple[str, ...]:
    """What a model card says of the sizes; nothing of a run that has one."""
    if len(resolutions) < 2:
        return ()
    *smaller, last = map(str, resolutions)
    return (f"They were trained on pictures of {', '.join(smaller)} and {last} pixels a side, one after the other.",)
