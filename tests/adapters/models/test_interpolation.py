"""Laws of the weights between two models."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor, nn

from cliptune.adapters.models.interpolation import ClipInterpolation, become_between
from cliptune.adapters.models.memory import STATE
from cliptune.domain.config import AdaptationConfig
from cliptune.domain.learning import StepPlan
from support.clips import CAPTIONS, batch, learner, tiny_clip

alphas = st.floats(0, 1)
inner = st.floats(0.001, 0.999)
BEYOND = math.log(100.0) + 0.3


class Odd(nn.Module):
    """Everything that a state can hold: tied weights, a scalar, integer and floating buffers."""

    def __init__(self, *, seed: int, calls: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.first = nn.Linear(3, 3)
            self.second = nn.Linear(3, 3)
            self.norm = nn.BatchNorm1d(3)
            self.scalar = nn.Parameter(torch.randn(()))
        self.second.weight = self.first.weight
        self.norm.running_mean = torch.full((3,), float(calls))
        self.norm.num_batches_tracked = torch.tensor(calls)


def between(base: nn.Module, tuned: nn.Module, alpha: float) -> nn.Module:
    model = Odd(seed=9, calls=9)
    become_between(model, base.state_dict(), tuned.state_dict(), alpha=alpha)
    return model


def assert_same_bits(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]) -> None:
    assert expected.keys() == actual.keys()
    assert [] == [name for name in expected if not torch.equal(expected[name], actual[name])]


BASE, TUNED = Odd(seed=1, calls=4), Odd(seed=2, calls=7)


def test_the_ends_are_the_base_and_the_tuned_model_bit_for_bit() -> None:
    assert_same_bits(BASE.state_dict(), between(BASE, TUNED, 0.0).state_dict())
    assert_same_bits(TUNED.state_dict(), between(BASE, TUNED, 1.0).state_dict())


@given(inner)
def test_between_the_ends_each_weight_is_the_mean_of_the_two_and_whole_numbers_are_the_tuned_models(
    alpha: float,
) -> None:
    found = between(BASE, TUNED, alpha).state_dict()

    base, tuned = BASE.state_dict(), TUNED.state_dict()
    for name, weight in found.items():
        if not weight.is_floating_point():
            assert torch.equal(tuned[name], weight)
            continue
        expected = (1 - alpha) * base[name].double() + alpha * tuned[name].double()
        assert (weight.double() - expected).abs().max().item() <= 1e-6


@given(alphas)
def test_weights_that_were_tied_stay_tied(alpha: float) -> None:
    model = between(BASE, TUNED, alpha)

    assert model.get_parameter("first.weight") is model.get_parameter("second.weight")


@given(alphas)
def test_what_training_left_alone_keeps_its_bits_at_every_share(alpha: float) -> None:
    assert_same_bits(BASE.state_dict(), between(BASE, BASE, alpha).state_dict())


@given(alphas, st.integers(0, 2**32 - 1))
def test_interpolating_a_low_rank_update_is_scaling_it(alpha: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    weight, update = nn.Linear(16, 12, bias=False).double(), nn.Linear(16, 12, bias=False).double()
    lower, upper = (torch.randn(*s, generator=generator, dtype=torch.float64) for s in ((12, 4), (4, 16)))
    merged = {"weight": weight.weight.detach() + lower @ upper}

    become_between(update, weight.state_dict(), merged, alpha=alpha)

    scaled = weight.weight + alpha * (lower @ upper)
    assert (update.weight - scaled).abs().max().item() <= 1e-12


def test_interpolating_a_merged_lora_run_is_scaling_what_its_factors_add(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    base = tiny_clip()
    start = {name: weight.clone() for name, weight in base.model.double().state_dict().items()}
    base = evolve(base, model=tiny_clip().model.double())
    teacher = learner(base, adaptation=AdaptationConfig(image_tower="lora", text_tower="lora"), learn_temperature=False)
    shown = batch(base)
    teacher.step(evolve(shown, pixel_values=shown.pixel_values.double()), StepPlan(learning_rate=1e-2, seed=0))
    teacher.export(tmp_path)
    merged = load_file(tmp_path / "model.safetensors")
    model = tiny_clip().model.double()

    become_between(model, start, merged, alpha=0.3)

    layer = teacher._model.get_submodule("text_model.encoder.layers.1.self_attn.q_proj")
    added = layer.scaling["default"] * layer.lora_B["default"].weight @ layer.lora_A["default"].weight
    name = "text_model.encoder.layers.1.self_attn.q_proj.weight"
    assert added.abs().max().item() > 0
    assert (model.get_parameter(name) - (start[name] + 0.3 * added)).abs().max().item() <= 1e-12


def test_models_of_different_architectures_are_refused_by_the_name_of_what_differs() -> None:
    with pytest.raises(ValueError, match=r"different architectures.*scalar"):
        become_between(
            Odd(seed=0, calls=0),
            {name: weight for name, weight in BASE.state_dict().items() if name != "scalar"},
            TUNED.state_dict(),
            alpha=0.5,
        )
    with pytest.raises(ValueError, match=r"first\.bias"):
        become_between(BASE, BASE.state_dict(), TUNED.state_dict() | {"first.bias": torch.zeros(4)}, alpha=0.5)
    with pytest.raises(ValueError, match="extra"):
        become_between(BASE, BASE.state_dict() | {"extra": torch.zeros(1)}, TUNED.state_dict(), alpha=0.5)


@pytest.fixture(scope="module")
def pair() -> ClipInterpolation:
    """Two models whose temperatures are beyond what training allows, as the first released ones are by a hair."""
    clips = [tiny_clip(seed=seed) for seed in (0, 1)]
    for clip in clips:
        clip.model.logit_scale.data.fill_(BEYOND)
    return ClipInterpolation(clips[0], clips[1], STATE)


def exported(weights: ClipInterpolation, alpha: float, folder: Path) -> Mapping[str, Tensor]:
    weights.export(folder, alpha)
    found: Mapping[str, Tensor] = load_file(folder / "model.safetensors")
    return found


def test_what_is_exported_at_the_ends_are_the_two_models_with_their_scalars(
    pair: ClipInterpolation, tmp_path: Path
) -> None:
    assert_same_bits(pair.base.model.state_dict(), exported(pair, 0.0, tmp_path / "base"))
    assert_same_bits(pair.tuned.model.state_dict(), exported(pair, 1.0, tmp_path / "tuned"))


def test_between_the_ends_the_temperature_is_within_its_bounds(pair: ClipInterpolation, tmp_path: Path) -> None:
    assert exported(pair, 0.5, tmp_path)["logit_scale"].item() <= math.log(100.0) + 1e-6


def test_what_is_measured_is_what_is_exported_and_neither_model_changes(
    pair: ClipInterpolation, tmp_path: Path
) -> None:
    ends = [{name: weight.clone() for name, weight in c.model.state_dict().items()} for c in (pair.base, pair.tuned)]
    weights = exported(pair, 0.3, tmp_path)

    with pair.at(0.3) as model:
        seen = model.encode_text(model.tokenize(CAPTIONS))
        assert_same_bits(weights, model.model.state_dict())

    alone = evolve(pair.tuned, model=tiny_clip(seed=5).model)
    alone.model.load_state_dict(weights)
    with ClipInterpolation(alone, alone, STATE).at(1.0) as again:
        assert torch.equal(seen, again.encode_text(again.tokenize(CAPTIONS)))
    assert_same_bits(ends[0], pair.base.model.state_dict())
    assert_same_bits(ends[1], pair.tuned.model.state_dict())
