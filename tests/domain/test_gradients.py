"""Laws of the verdict on two readings of one batch."""

import math

import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.gradients import GradientReading, Tolerances, compare

NAMES = ("text.q_proj.weight", "text.k_proj.bias", "vision.fc1.weight")
LIMITS = Tolerances()


def reading(seed: int, *, scale: float = 1.0) -> GradientReading:
    """A reading of random numbers; the key bias has nothing but rounding for a gradient."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    gradients = {name: draw(8, 4) * scale * (1e-9 if "k_proj" in name else 1.0) for name in NAMES}
    return GradientReading(draw(5, 16), draw(5, 16), 1.5, gradients)


def with_gradient(found: GradientReading, name: str, gradient: Tensor) -> GradientReading:
    return evolve(found, gradients={**found.gradients, name: gradient})


def direction(like: Tensor) -> Tensor:
    """A tensor of norm 1."""
    return torch.ones_like(like) / math.sqrt(like.numel())


readings = st.builds(reading, st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3))
plain_names = st.sampled_from([name for name in NAMES if "k_proj" not in name])


@given(readings)
def test_a_device_agrees_with_itself_exactly(found: GradientReading) -> None:
    verdict = compare(found, found)

    assert verdict.agrees
    assert [0.0, 0.0, 0.0] == [verdict.embeddings, verdict.loss, verdict.worst.error if verdict.worst else None]


@given(readings, plain_names, st.floats(0.0, 0.9))
def test_rounding_below_the_tolerance_is_forgiven(found: GradientReading, name: str, share: float) -> None:
    exact = found.gradients[name]
    moved = exact + direction(exact) * exact.norm() * LIMITS.gradients * share

    assert compare(found, with_gradient(found, name, moved)).agrees


@given(readings, plain_names, st.floats(1.5, 1e4))
def test_one_gradient_beyond_the_tolerance_is_enough_and_is_named(
    found: GradientReading, name: str, share: float
) -> None:
    exact = found.gradients[name]
    moved = exact + direction(exact) * exact.norm() * LIMITS.gradients * share

    verdict = compare(found, with_gradient(found, name, moved))

    assert verdict.worst is not None
    assert name == verdict.worst.parameter
    assert any(name in problem for problem in verdict.problems)


@given(readings, st.floats(2.0, 100.0))
def test_a_key_bias_may_be_all_rounding_but_not_as_large_as_other_gradients(
    found: GradientReading, factor: float
) -> None:
    rounding = found.gradients["text.k_proj.bias"]
    large = direction(rounding) * found.gradients["vision.fc1.weight"].norm()

    assert compare(found, with_gradient(found, "text.k_proj.bias", -factor * rounding)).agrees
    assert not compare(found, with_gradient(found, "text.k_proj.bias", large * 0.01)).agrees


@given(readings, st.sampled_from(NAMES), st.sampled_from([math.nan, math.inf, -math.inf]))
def test_one_value_that_is_no_number_fails_wherever_it_stands(found: GradientReading, name: str, bad: float) -> None:
    spoiled = found.gradients[name].clone()
    spoiled[3, 1] = bad
    embeddings = found.text_embeds.clone()
    embeddings[2, 2] = bad

    for candidate in (
        with_gradient(found, name, spoiled),
        evolve(found, text_embeds=embeddings),
        evolve(found, loss=bad),
    ):
        assert not compare(found, candidate).agrees
        assert not compare(candidate, candidate).agrees


@given(readings, st.sampled_from(NAMES))
def test_a_missing_gradient_fails_on_either_side(found: GradientReading, name: str) -> None:
    lacking = evolve(found, gradients={key: value for key, value in found.gradients.items() if key != name})

    assert f"1 parameters got no gradient, such as {name}" in compare(found, lacking).problems
    assert f"1 parameters got a gradient that none should, such as {name}" in compare(lacking, found).problems


@given(readings)
def test_embeddings_beyond_the_tolerance_fail_on_either_side(found: GradientReading) -> None:
    factor = 1 + 2 * LIMITS.embeddings

    assert not compare(found, evolve(found, image_embeds=found.image_embeds * factor)).agrees
    assert not compare(found, evolve(found, text_embeds=found.text_embeds * factor)).agrees


@given(readings)
def test_a_loss_beyond_the_tolerance_fails(found: GradientReading) -> None:
    assert not compare(found, evolve(found, loss=found.loss * (1 + 2 * LIMITS.loss))).agrees
    assert compare(found, evolve(found, loss=found.loss * (1 + 0.5 * LIMITS.loss))).agrees


@given(readings)
def test_embeddings_of_another_shape_fail(found: GradientReading) -> None:
    assert not compare(found, evolve(found, image_embeds=found.image_embeds[:4])).agrees


@given(readings, st.floats(1e-3, 1e3))
def test_the_verdict_on_gradients_does_not_depend_on_the_scale_of_the_loss(
    found: GradientReading, scale: float
) -> None:
    def scaled(given: GradientReading) -> GradientReading:
        return evolve(given, gradients={name: gradient * scale for name, gradient in given.gradients.items()})

    off = with_gradient(found, NAMES[0], found.gradients[NAMES[0]] * 1.01)

    assert not compare(scaled(found), scaled(off)).agrees
    assert compare(scaled(found), scaled(found)).agrees


def test_parameters_that_the_optimizer_leaves_alone_are_named() -> None:
    found = reading(0)

    verdict = compare(found, evolve(found, unmoved=(NAMES[0],)))

    assert (f"1 parameters stay as they are when the optimizer steps, such as {NAMES[0]}",) == verdict.problems


def test_without_gradients_nothing_is_proved() -> None:
    empty = evolve(reading(0), gradients={})

    verdict = compare(empty, empty)

    assert verdict.worst is None
    assert ("there are no gradients to compare",) == verdict.problems
