"""Whether the towers compute in 16 bit: decided from what was measured on the model and the device themselves."""

import math
from collections.abc import Sequence
from typing import Final

from attrs import frozen

from .devices import Choice, DeviceFacts, DeviceType, Precision

# Gradients of a step in bfloat16 were 1 to 4 % off on random models from 2 layers at 32 px to ViT-B/32 at 224 px, at
# temperatures from 0.07 to 0.01, and embeddings 0.5 to 0.8 %. An error of 10 % turns the step by less than 6 degrees,
# far less than another draw of the batch does; a device that computes wrongly is off by more.
GRADIENTS: Final = 0.1
EMBEDDINGS: Final = 0.03
# A near tie would be decided by whatever else the machine does: the next best has to be faster by this factor.
FASTER: Final = 1.15


@frozen
class PrecisionTrial:
    """
    What a 16-bit precision did on one batch.

    Attributes:
        precision: Which.
        embeddings: Relative error of the side that is further off, against float32.
        gradients: Relative error of the gradient over all parameters, against float32.
        seconds: Time of a forward and backward pass.
        problem: Why it could not be tried; empty where it could.
    """

    precision: Precision
    embeddings: float = math.inf
    gradients: float = math.inf
    seconds: float = math.inf
    problem: str = ""

    @property
    def agrees(self) -> bool:
        """Whether it computes what float32 does; an error that is no number does not agree."""
        return not self.problem and self.embeddings <= EMBEDDINGS and self.gradients <= GRADIENTS


def candidates(facts: DeviceFacts, device: DeviceType) -> tuple[Precision, ...]:
    """
    The 16-bit precisions worth trying on a device, the safer first: float16 needs a scaler and can overflow.

    A processor without bfloat16 instructions emulates them, slower than float32.
    """
    if device == "mps":
        return ("bfloat16", "float16")
    if device == "cuda":
        return ("bfloat16",) if facts.cuda_bfloat16 else ("float16",)
    return ("bfloat16",) if facts.cpu_bfloat16 else ()


def choose(trials: Sequence[PrecisionTrial], *, seconds: float) -> Choice[Precision]:
    """
    The fastest precision that agrees with float32; each must be clearly faster than what comes before it.

    Args:
        trials: What was tried, the safer first.
        seconds: Time of the same pass in float32.

    Returns:
        The precision; the reason tells speed and error of what was chosen, or what speaks against each that was tried.
    """
    best, time = None, seconds
    for trial in trials:
        if trial.agrees and time >= FASTER * trial.seconds:
            best, time = trial, trial.seconds
    if best is not None:
        error = f"gradients differ by {100 * best.gradients:.1f} %"
        return Choice(best.precision, f"{seconds / best.seconds:.1f} x as fast as float32, {error}")
    if not trials:
        return Choice("float32", "no 16-bit arithmetic worth trying here")
    return Choice("float32", "; ".join(_against(trial, seconds=seconds) for trial in trials))


def _against(trial: PrecisionTrial, *, seconds: float) -> str:
    if trial.problem:
        return f"{trial.precision} cannot be used: {trial.problem}"
    if not trial.agrees:
        return (
            f"{trial.precision} is off: gradients differ by {100 * trial.gradients:.1f} %, "
            f"embeddings by {100 * trial.embeddings:.1f} %"
        )
    return f"{trial.precision} is {seconds / trial.seconds:.2f} x as fast, which is not clearly faster"
