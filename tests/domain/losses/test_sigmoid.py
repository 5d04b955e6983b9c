"""Laws of the pairwise sigmoid objective."""

import math

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits, normalize

from cliptune.domain.losses import Objective, Sigmoid, starting_bias
from support.losses import Scene, gradients, scenes

sigmoid = Objective(Sigmoid())


@given(st.integers(2, 100_000))
def test_the_bias_starts_at_the_log_odds_of_a_positive_in_the_batch(pairs: int) -> None:
    p = 1 / pairs

    assert pytest.approx(math.log(p / (1 - p)), rel=1e-9, abs=1e-9) == starting_bias(pairs)


@pytest.mark.parametrize("pairs", [-1, 0, 1])
def test_a_batch_without_negatives_has_no_starting_bias(pairs: int) -> None:
    with pytest.raises(ValueError, match=f"at least 2 pairs, found {pairs}"):
        starting_bias(pairs)


@pytest.mark.parametrize(("bias", "costs"), [(starting_bias(64), 6.3), (-10.0, 10.0)])
def test_the_first_loss_of_64_pairs_is_lower_with_the_bias_of_their_number(bias: float, costs: float) -> None:
    """Random embeddings of width 64 at temperature 0.1."""
    generator = torch.Generator().manual_seed(0)
    losses = [
        sigmoid(
            *(torch.randn(64, 64, generator=generator) for _ in range(2)), temperature=0.1, bias=torch.tensor(bias)
        ).loss
        for _ in range(20)
    ]

    assert pytest.approx(costs, abs=0.15) == torch.stack(losses).mean().item()


@pytest.mark.parametrize("pairs", [2, 16, 300])
def test_the_starting_bias_is_the_best_one_where_nothing_is_known(pairs: int) -> None:
    """Where all scores are alike, the loss is flat in the bias."""
    bias = torch.tensor(starting_bias(pairs), dtype=torch.float64, requires_grad=True)
    orthogonal = torch.eye(2 * pairs, dtype=torch.float64)

    sigmoid(orthogonal[:pairs], orthogonal[pairs:], temperature=0.1, bias=bias).loss.backward()  # type: ignore[no-untyped-call]

    assert bias.grad is not None
    assert pytest.approx(0, abs=1e-12) == bias.grad.item()


@given(scenes(dtype=torch.float64))
def test_every_pair_is_a_question_of_its_own(scene: Scene) -> None:
    pairs = len(scene.images)
    logits = normalize(scene.images) @ normalize(scene.texts).T / scene.temperature + scene.bias

    expected = binary_cross_entropy_with_logits(logits, torch.eye(pairs, dtype=torch.float64), reduction="sum") / pairs

    torch.testing.assert_close(gradients(Sigmoid(), scene).loss, expected, rtol=1e-6, atol=1e-6)


@given(scenes(dtype=torch.float64))
def test_both_directions_have_one_value(scene: Scene) -> None:
    bias = torch.tensor(scene.bias)

    terms = sigmoid(scene.images, scene.texts, temperature=scene.temperature, positives=scene.positives, bias=bias)

    assert pytest.approx(terms.image_to_text_loss.item(), rel=1e-9) == terms.text_to_image_loss.item()


@given(scenes(least=2, dtype=torch.float64), st.floats(0.01, 3))
def test_a_higher_bias_says_yes_to_everything(scene: Scene, more: float) -> None:
    """So the derivative by it grows: the value is convex in it."""
    low, high = (gradients(Sigmoid(), evolve(scene, bias=bias)).bias for bias in (scene.bias, scene.bias + more))

    assert low is not None
    assert high is not None
    assert high.item() >= low.item() - 1e-12


def test_without_a_bias_it_is_refused() -> None:
    with pytest.raises(ValueError, match="the sigmoid objective needs a bias"):
        sigmoid(torch.ones(2, 3), torch.ones(2, 3), temperature=0.1)


def test_it_says_that_it_needs_a_bias() -> None:
    assert sigmoid.biased
