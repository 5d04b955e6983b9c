"""Comparing one forward and backward pass between two devices."""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import evolve, field, frozen
from torch import Tensor

KEY_BIAS: Final = "k_proj.bias"
KEY_BIAS_SHARE: Final = 0.01  # of the whole gradient's norm, against which a key bias is held


@frozen(eq=False)
class GradientReading:
    """
    What a probe saw on one device, in float32 on the CPU.

    Attributes:
        image_embeds: Shape ``(batch, width)``.
        text_embeds: Shape ``(batch, width)``.
        loss: Value of the objective.
        gradients: Gradient of each trained parameter, by name; a parameter that got none is missing.
        unmoved: Parameters that an optimizer step, taken on a throwaway copy, left as they were although they have a
            gradient.
    """

    image_embeds: Tensor
    text_embeds: Tensor
    loss: float
    gradients: Mapping[str, Tensor]
    unmoved: tuple[str, ...] = ()


@frozen
class Tolerances:
    """
    How far two correct devices may be apart in float32.

    Measured on random models from 2 layers at 32 px to ViT-B/32 at 224 px: another thread count moves embeddings by at
    most 2e-7 of their norm and the worst gradient by at most 4e-6 of its own; one operator that computes in float16, by
    at least 3e-5 and 2e-4; a fault in backward alone, by 0 and 0.2. The defaults stand between the first and the rest.

    Attributes:
        embeddings: Largest error of a side's embeddings, relative to their norm.
        loss: Largest error of the loss, relative where the loss is above 1.
        gradients: Largest error of a parameter's gradient, relative to its norm.
        floor: A gradient smaller than this share of the whole gradient's norm is held against that share instead: it
            is mostly rounding.
    """

    embeddings: float = 2e-5
    loss: float = 2e-5
    gradients: float = 1e-4
    floor: float = 1e-6


@frozen
class GradientError:
    """How far a parameter's gradient is off; relative to its norm, infinite where it is no number."""

    parameter: str
    error: float


@frozen
class Verdict:
    """
    Whether two devices compute the same.

    Attributes:
        embeddings: Relative error of the side that is further off.
        loss: Error of the loss.
        gradients: Every parameter's error, worst first.
        problems: What is wrong in words, empty where the devices agree.
    """

    embeddings: float
    loss: float
    gradients: tuple[GradientError, ...]
    problems: tuple[str, ...] = field(default=())

    @property
    def agrees(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def worst(self) -> GradientError | None:
        """The parameter whose gradient is furthest off."""
        return self.gradients[0] if self.gradients else None


def compare(reference: GradientReading, candidate: GradientReading, tolerances: Tolerances | None = None) -> Verdict:
    """
    Judge a device by its reading of a batch that a trusted device has read too.

    Gradients are judged one parameter at a time, since a fault often hits one operator's backward alone and drowns in
    the norm of the whole. A key bias shifts all scores of a query alike, so its true gradient is zero: it is judged
    absolutely, on the scale of the whole gradient.

    Args:
        reference: Reading of the trusted device.
        candidate: Reading of the device in question.
        tolerances: How far apart they may be; by default what was measured.
    """
    limits = tolerances or Tolerances()
    errors = tuple(
        sorted(_gradient_errors(reference, candidate, limits), key=lambda found: (-found.error, found.parameter))
    )
    embeddings = max(
        _relative(reference.image_embeds, candidate.image_embeds),
        _relative(reference.text_embeds, candidate.text_embeds),
    )
    loss = _finite(abs(candidate.loss - reference.loss) / max(1.0, abs(reference.loss)))
    verdict = Verdict(embeddings, loss, errors)
    return evolve(verdict, problems=tuple(_problems(verdict, reference, candidate, limits)))


def _gradient_errors(
    reference: GradientReading, candidate: GradientReading, limits: Tolerances
) -> Iterator[GradientError]:
    whole = math.sqrt(sum(gradient.norm().item() ** 2 for gradient in reference.gradients.values()))
    for name in reference.gradients.keys() & candidate.gradients.keys():
        scale = (KEY_BIAS_SHARE if name.endswith(KEY_BIAS) else limits.floor) * whole
        yield GradientError(name, _relative(reference.gradients[name], candidate.gradients[name], floor=scale))


def _relative(reference: Tensor, candidate: Tensor, *, floor: float = 0.0) -> float:
    """Norm of the difference over the norm of the reference; infinite where either is no number or shapes differ."""
    if reference.shape != candidate.shape:
        return math.inf
    difference = (candidate - reference).norm().item()
    scale = max(reference.norm().item(), floor)
    return 0.0 if difference == 0.0 else _finite(difference / scale if scale else math.inf)


def _finite(error: float) -> float:
    return math.inf if math.isnan(error) else error


def _problems(
    verdict: Verdict, reference: GradientReading, candidate: GradientReading, limits: Tolerances
) -> Iterator[str]:
    for who, reading in (("the reference", reference), ("the device", candidate)):
        yield from _named(f"results of {who} are not finite numbers", set(_not_finite(reading)))
    if verdict.embeddings > limits.embeddings:
        yield f"embeddings are off by {verdict.embeddings:.1e} of their norm (at most {limits.embeddings:.0e})"
    if verdict.loss > limits.loss:
        yield f"the loss is off by {verdict.loss:.1e} (at most {limits.loss:.0e})"
    off = [found for found in verdict.gradients if found.error > limits.gradients]
    if off:
        worst = ", ".join(f"{found.parameter} by {found.error:.1e} of its norm" for found in off[:3])
        yield f"gradients of {len(off)} parameters are off (at most {limits.gradients:.0e}), worst {worst}"
    if not reference.gradients:
        yield "there are no gradients to compare"
    yield from _named("parameters got no gradient", reference.gradients.keys() - candidate.gradients.keys())
    yield from _named(
        "parameters got a gradient that none should", candidate.gradients.keys() - reference.gradients.keys()
    )
    yield from _named("parameters stay as they are when the optimizer steps", set(candidate.unmoved))


def _not_finite(reading: GradientReading) -> Iterator[str]:
    results = {"image embeddings": reading.image_embeds, "text embeddings": reading.text_embeds, **reading.gradients}
    if not math.isfinite(reading.loss):
        yield "loss"
    yield from (name for name, tensor in results.items() if not tensor.isfinite().all())


def _named(what: str, parameters: set[str]) -> Iterator[str]:
    if parameters:
        yield f"{len(parameters)} {what}, such as {', '.join(sorted(parameters)[:3])}"
