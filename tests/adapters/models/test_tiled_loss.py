"""Laws of the loss that is worked off in blocks: it is the loss of the whole."""

import pytest
import torch
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from cliptune.adapters.models.tiled_loss import loss_backward
from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.errors import NonFiniteLoss
from cliptune.domain.losses import Family, LossTerms, Objective, Sides
from cliptune.domain.positives import Positives
from support.losses import FAMILIES, POLICIES, Scene, gradients, numbers

WHOLE = 10**9
every_family = pytest.mark.parametrize("family", [pytest.param(family, id=name) for name, family in FAMILIES.items()])
every_policy = pytest.mark.parametrize("policy", POLICIES)


@frozen(eq=False)
class Worked:
    """What went backward: leaves with their gradients, and the terms."""

    leaves: tuple[Tensor, ...]
    terms: LossTerms

    @property
    def gradients(self) -> list[Tensor]:
        return [leaf.grad for leaf in self.leaves if leaf.grad is not None]


def batch(*, pairs: int, seed: int, dtype: torch.dtype = torch.float64, related: bool = True) -> Sides:
    """Leaves: embeddings, not normalised, a learned temperature and a learned bias."""
    generator = torch.Generator().manual_seed(seed)
    images, texts = (torch.randn(pairs, 12, generator=generator, dtype=torch.float64).to(dtype) for _ in range(2))
    keys = torch.randint(-1, pairs // 2, (2, pairs), generator=generator)
    return Sides(
        images.requires_grad_(),
        texts.requires_grad_(),
        torch.tensor(0.07, dtype=dtype, requires_grad=True),
        torch.tensor(-3.0, dtype=dtype, requires_grad=True),
        Positives(keys) if related else None,
    )


def worked(
    family: Family, sides: Sides, *, policy: PositivesPolicy = "mask", whole: int = 0, block: int = 1, scale: float = 1
) -> Worked:
    """Work a batch off; with ``whole`` 0 it is cut, into the smallest blocks if nothing else is said."""
    terms = loss_backward(
        Objective(family, policy), sides, scale_loss=lambda loss: loss * scale, whole=whole, block=block
    )
    tensors = (sides.images, sides.texts, sides.temperature, sides.bias)
    return Worked(tuple(tensor for tensor in tensors if isinstance(tensor, Tensor)), terms)


def assert_equal(expected: Worked, actual: Worked, *, within: float) -> None:
    assert len(expected.gradients) == len(actual.gradients)
    for one, other in zip(expected.gradients, actual.gradients, strict=True):
        assert ((one - other).norm() / one.norm().clamp(min=1e-30)).item() <= within
    for one, other in (
        (expected.terms.loss, actual.terms.loss),
        (expected.terms.image_to_text_loss, actual.terms.image_to_text_loss),
        (expected.terms.text_to_image_loss, actual.terms.text_to_image_loss),
    ):
        assert pytest.approx(one.item(), rel=within) == other.item()
    assert expected.terms.diagnostics.keys() == actual.terms.diagnostics.keys()
    for name, value in expected.terms.diagnostics.items():
        assert pytest.approx(value.tolist(), rel=within) == actual.terms.diagnostics[name].tolist()


@every_policy
@every_family
@given(pairs=st.integers(33, 90), rows=st.integers(1, 90), seed=st.integers(0, 1000), related=st.booleans())
@settings(max_examples=5)
def test_blocks_of_any_size_give_the_gradient_of_the_whole(
    family: Family, policy: PositivesPolicy, pairs: int, rows: int, seed: int, related: bool
) -> None:
    """The last block is smaller wherever the size does not divide the batch."""
    whole, cut = (batch(pairs=pairs, seed=seed, related=related) for _ in range(2))

    expected = worked(family, whole, policy=policy, whole=WHOLE)

    assert_equal(expected, worked(family, cut, policy=policy, block=rows * pairs), within=1e-10)


@every_policy
@every_family
def test_blocks_give_the_gradient_of_the_whole_in_float32(family: Family, policy: PositivesPolicy) -> None:
    whole, cut = (batch(pairs=101, seed=3, dtype=torch.float32) for _ in range(2))

    expected = worked(family, whole, policy=policy, whole=WHOLE)

    assert_equal(expected, worked(family, cut, policy=policy), within=1e-5)


@every_family
def test_without_related_pairs_and_with_a_given_temperature_it_is_the_whole_all_the_same(family: Family) -> None:
    whole, cut = (
        evolve(batch(pairs=70, seed=1), temperature=0.07, positives=Positives(torch.arange(70)[None])) for _ in "ab"
    )

    assert_equal(worked(family, whole, whole=WHOLE), worked(family, cut), within=1e-10)


@pytest.mark.parametrize("related", [True, False])
@every_family
def test_a_side_that_does_not_learn_has_no_gradient_and_the_other_has_its_own(family: Family, related: bool) -> None:
    full, frozen_side = (batch(pairs=70, seed=1, related=related) for _ in range(2))
    still = evolve(frozen_side, images=frozen_side.images.detach())

    expected, actual = worked(family, full), worked(family, still)

    assert still.images.grad is None
    for one, other in zip(expected.gradients[1:], actual.gradients, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-12, atol=1e-15)


@every_family
def test_graphs_below_the_leaves_are_reached(family: Family) -> None:
    """Embeddings that a tower made, and a temperature that is the exponential of what is learned."""

    def learned(whole: int) -> list[Tensor]:
        sides = batch(pairs=70, seed=2)
        tower = torch.eye(12, dtype=torch.float64).requires_grad_()
        scale = torch.tensor(2.5, dtype=torch.float64, requires_grad=True)
        made = evolve(
            sides, images=sides.images @ tower, texts=(sides.texts @ tower).tanh(), temperature=(-scale).exp()
        )
        worked(family, made, whole=whole)
        assert tower.grad is not None
        assert scale.grad is not None
        return [tower.grad, scale.grad]

    for one, other in zip(learned(WHOLE), learned(0), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("whole", [0, WHOLE])
@pytest.mark.parametrize("related", [True, False])
@every_family
def test_a_scaled_loss_scales_every_gradient_and_leaves_the_value(family: Family, whole: int, related: bool) -> None:
    plain, scaled = (batch(pairs=40, seed=4, related=related) for _ in range(2))

    expected, actual = worked(family, plain, whole=whole), worked(family, scaled, whole=whole, scale=1024.0)

    assert expected.terms.loss.item() == actual.terms.loss.item()
    for one, other in zip(expected.gradients, actual.gradients, strict=True):
        torch.testing.assert_close(other, one * 1024, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("whole", [0, WHOLE])
@pytest.mark.parametrize("related", [True, False])
@every_family
def test_a_loss_that_is_no_number_leaves_everything_below_untouched(family: Family, whole: int, related: bool) -> None:
    sides = batch(pairs=40, seed=4, related=related)
    spoilt = evolve(sides, images=sides.images + torch.tensor([float("nan")] + [0.0] * 11, dtype=torch.float64))

    with pytest.raises(NonFiniteLoss, match="the loss is nan"):
        worked(family, spoilt, whole=whole)

    leaves = (sides.images, sides.texts, sides.temperature, sides.bias)
    assert [] == [leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.grad is not None]


@every_family
def test_gradients_add_up_to_those_that_are_there(family: Family) -> None:
    once, twice = batch(pairs=40, seed=5), batch(pairs=40, seed=5)

    expected = [2 * gradient for gradient in worked(family, once).gradients]

    worked(family, twice)
    for one, other in zip(expected, worked(family, twice).gradients, strict=True):
        torch.testing.assert_close(other, one)


@every_policy
@every_family
def test_a_small_batch_is_the_objective_itself_bit_for_bit(family: Family, policy: PositivesPolicy) -> None:
    sides = batch(pairs=9, seed=6, dtype=torch.float32)
    assert sides.positives is not None
    scene = Scene(sides.images.detach(), sides.texts.detach(), sides.positives.keys, 0.07, -3.0)

    found = worked(family, sides, policy=policy, whole=81)

    expected = numbers(gradients(family, scene, policy=policy, positives=scene.positives))
    actual = [found.terms.loss.detach(), *found.gradients]
    assert [torch.equal(one, other) for one, other in zip(expected, actual, strict=True)] == [True] * len(expected)
