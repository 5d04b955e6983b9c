"""Laws of recomputing: less is kept, and the gradient is what it was."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from cliptune.adapters.models.checkpointing import recomputed, replayed
from cliptune.domain.devices import Precision
from cliptune.domain.learning import StepPlan
from support.clips import batch, learner, tiny_clip


def gradients(*, checkpointing: bool, dropout: float, slice_size: int, precision: Precision) -> Mapping[str, Tensor]:
    teacher = learner(
        tiny_clip(attention_dropout=dropout),
        slice_size=slice_size,
        precision=precision,
        gradient_checkpointing=checkpointing,
    )
    teacher.step(batch(tiny_clip()), StepPlan(learning_rate=1e-3, seed=5))
    return {name: p.grad for name, p in teacher._model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("slice_size", [64, 5])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_gradients_are_the_same_to_the_bit_dropout_included(
    dropout: float, slice_size: int, precision: Precision
) -> None:
    kept, again = (
        gradients(checkpointing=on, dropout=dropout, slice_size=slice_size, precision=precision) for on in (False, True)
    )

    assert kept.keys() == again.keys()
    assert [] == [name for name in kept if not torch.equal(kept[name], again[name])]


def kept_for_the_backward_pass(*, checkpointing: bool) -> int:
    """Numbers that autograd keeps over the forward pass of the image tower."""
    teacher = learner(tiny_clip(), gradient_checkpointing=checkpointing)
    storages = {}

    def keep(tensor: Tensor) -> Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        embeds = teacher._model.get_image_features(pixel_values=batch(tiny_clip()).pixel_values).pooler_output
    assert embeds.requires_grad
    return sum(storages.values())


def test_blocks_keep_nothing_but_what_enters_them() -> None:
    assert kept_for_the_backward_pass(checkpointing=True) < kept_for_the_backward_pass(checkpointing=False) / 2


def noisy(inputs: Tensor) -> Tensor:
    return torch.nn.functional.dropout(inputs.sin(), p=0.5).exp()


def test_a_device_that_torch_forgets_draws_the_same_numbers_again() -> None:
    """The processor in the place of MPS: torch's own replay is off."""
    inputs = torch.randn(64, generator=torch.Generator().manual_seed(0))
    found = []
    for recompute in (False, True):
        leaf = inputs.clone().requires_grad_()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            output = (
                checkpoint(
                    noisy,
                    leaf,
                    use_reentrant=False,
                    preserve_rng_state=False,
                    context_fn=lambda: replayed(torch.random),
                )
                if recompute
                else noisy(leaf)
            )
            before = torch.random.get_rng_state()
            output.sum().backward()
            assert torch.equal(before, torch.random.get_rng_state())
        found.append(leaf.grad)

    assert found[0] is not None
    assert found[1] is not None
    assert torch.equal(found[0], found[1])


def test_a_recomputed_function_has_its_own_gradient_with_random_numbers_in_it() -> None:
    inputs = torch.randn(64, generator=torch.Generator().manual_seed(0))
    found = []
    for apply in (noisy, lambda leaf: recomputed(noisy, leaf, random=True)):
        leaf = inputs.clone().requires_grad_()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            apply(leaf).sum().backward()  # type: ignore[no-untyped-call]
        found.append(leaf.grad)

    assert found[0] is not None
    assert found[1] is not None
    assert torch.equal(found[0], found[1])


def test_without_gradients_nothing_is_recomputed() -> None:
    calls = []

    def counted(inputs: Tensor) -> Tensor:
        calls.append(len(inputs))
        return inputs + 1

    with torch.no_grad():
        recomputed(counted, torch.zeros(3), random=True)

    assert [3] == calls
