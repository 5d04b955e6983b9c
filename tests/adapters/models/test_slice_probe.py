"""Laws of measuring slices: what was tried decides, memory that runs out is an answer, and nothing stays."""

import pytest
import torch
from attrs import evolve
from torch import Tensor

from cliptune.adapters.models.loading import LoadedClip
from cliptune.adapters.models.probe import ClipProbes
from cliptune.adapters.models.slice_probe import measured_slice
from cliptune.domain.config import LossConfig
from cliptune.domain.devices import Choice
from cliptune.domain.losses import LossTerms, objective
from support.clips import TOKENS, tiny_clip
from support.shortages import SHORTAGES, Shortage

GIB = 2**30
REAL = objective(LossConfig())


def loss_of(images: Tensor, texts: Tensor) -> LossTerms:
    return REAL(images, texts, temperature=0.07)


def measure(clip: LoadedClip, *, largest: int = 64, free: int = 64 * GIB, seconds: float = 1e9) -> Choice[int]:
    shape = evolve(ClipProbes(clip.model, clip.name).shape, length=TOKENS)
    return measured_slice(
        clip.model,
        loss_of,
        shape=shape,
        precision="float32",
        largest=largest,
        available_bytes=free,
        seconds=seconds,
    )


def watched(clip: LoadedClip, *, fits: int = 10**9, error: BaseException = SHORTAGES[0]) -> Shortage:
    shortage = Shortage(fits=fits, error=error)
    shortage.strike(clip.model)
    return shortage


def test_sizes_double_from_eight_to_the_largest_that_is_worth_it_and_one_of_them_is_chosen() -> None:
    clip = tiny_clip()
    tried = watched(clip)

    chosen = measure(clip, largest=40).value

    assert sorted(set(tried.sizes)) == [8, 16, 32][: len(set(tried.sizes))]
    assert chosen in tried.sizes


@pytest.mark.parametrize("error", SHORTAGES, ids=["cuda", "mps", "cpu", "python"])
def test_memory_that_runs_out_bounds_the_size(error: BaseException) -> None:
    clip = tiny_clip()
    watched(clip, fits=8, error=error)

    assert 8 == measure(clip).value


def test_a_size_below_the_smallest_is_found_where_there_is_memory_for_no_more() -> None:
    clip = tiny_clip()
    watched(clip, fits=3)

    assert 2 == measure(clip, seconds=0.0).value


def test_where_not_even_one_pair_fits_one_is_tried_in_training() -> None:
    clip = tiny_clip()
    watched(clip, fits=0)

    assert 1 == measure(clip).value


def test_another_error_is_not_taken_for_memory() -> None:
    clip = tiny_clip()
    watched(clip, fits=0, error=RuntimeError("no such operator"))

    with pytest.raises(RuntimeError, match="no such operator"):
        measure(clip)


def test_without_time_or_memory_the_smallest_size_is_the_only_one() -> None:
    for seconds, free in ((0.0, 64 * GIB), (1e9, 0)):
        clip = tiny_clip()
        tried = watched(clip)

        assert 8 == measure(clip, seconds=seconds, free=free).value
        assert {8} == set(tried.sizes)


def test_measuring_leaves_weights_gradients_mode_and_random_state_as_they_were() -> None:
    clip = tiny_clip(attention_dropout=0.3)
    before = {name: tensor.clone() for name, tensor in clip.model.state_dict().items()}
    drawn = torch.random.get_rng_state()

    measure(clip, largest=16)

    assert [] == [name for name, tensor in clip.model.state_dict().items() if not torch.equal(before[name], tensor)]
    assert all(parameter.grad is None for parameter in clip.model.parameters())
    assert not clip.model.training
    assert torch.equal(drawn, torch.random.get_rng_state())
