"""A probe sees what a device computes, and the verdict catches every fault that a device keeps silent about."""

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.models.export import export_model
from cliptune.adapters.models.probe import ClipProbe, ClipProbes, probes_for
from cliptune.domain.config import InputConfig, ModelConfig
from cliptune.domain.devices import DeviceType
from cliptune.domain.errors import RunFailed, UnknownModel
from cliptune.domain.gradients import GradientReading, compare
from cliptune.domain.synthetic import synthetic_batch
from support import clips
from support.wrong_devices import (
    CorruptedProbe,
    FaultyProbe,
    StuckOptimizerProbe,
    half_precision,
    linear_layers,
    on_one_thread,
    scaled_backward,
    scaled_output,
    strided,
    tiny_model,
    wrong_from_row,
)

MODEL = tiny_model()
PROBES = ClipProbes(MODEL, "tiny")
BATCH = synthetic_batch(PROBES.shape, pairs=7, seed=1)
REFERENCE = on_one_thread(MODEL).read(BATCH)
STRIDED = strided(MODEL, "text_projection.weight")

layers = st.sampled_from(linear_layers(MODEL))


def test_another_number_of_threads_agrees() -> None:
    assert () == compare(REFERENCE, ClipProbe(MODEL, "cpu").read(BATCH)).problems


def test_another_implementation_of_attention_agrees() -> None:
    eager = tiny_model(attention="eager")

    assert () == compare(REFERENCE, on_one_thread(eager).read(BATCH)).problems


def test_another_layout_of_a_weight_agrees() -> None:
    assert () == compare(REFERENCE, on_one_thread(STRIDED).read(BATCH)).problems


@given(layers)
def test_one_layer_in_float16_is_caught_wherever_it_stands(layer: str) -> None:
    assert not compare(REFERENCE, FaultyProbe(MODEL, layer, half_precision).read(BATCH)).agrees


@given(layers)
def test_a_forward_off_by_a_thousandth_is_caught(layer: str) -> None:
    assert not compare(REFERENCE, FaultyProbe(MODEL, layer, scaled_output(1.001)).read(BATCH)).agrees


@given(layers)
def test_a_fault_in_backward_alone_is_caught_though_embeddings_and_loss_are_right(layer: str) -> None:
    verdict = compare(REFERENCE, FaultyProbe(MODEL, layer, scaled_backward(0.8)).read(BATCH))

    assert not verdict.agrees
    assert verdict.embeddings < 1e-6
    assert verdict.loss < 1e-6


@given(layers)
def test_a_gradient_that_is_no_number_is_caught(layer: str) -> None:
    verdict = compare(REFERENCE, FaultyProbe(MODEL, layer, scaled_backward(math.nan)).read(BATCH))

    assert any("not finite" in problem for problem in verdict.problems)


def test_zero_gradients_of_strided_weights_are_caught() -> None:
    def zero_where_strided(found: GradientReading) -> GradientReading:
        layout = {name: parameter.is_contiguous() for name, parameter in STRIDED.named_parameters()}
        return evolve(
            found, gradients={name: grad if layout[name] else grad * 0 for name, grad in found.gradients.items()}
        )

    verdict = compare(REFERENCE, CorruptedProbe(on_one_thread(STRIDED), zero_where_strided).read(BATCH))

    assert verdict.worst is not None
    assert ("text_projection.weight", 1.0) == (verdict.worst.parameter, verdict.worst.error)


def test_an_optimizer_that_never_updates_strided_weights_is_caught() -> None:
    verdict = compare(REFERENCE, StuckOptimizerProbe(STRIDED).read(BATCH))

    assert (
        "1 parameters stay as they are when the optimizer steps, such as text_projection.weight",
    ) == verdict.problems


def test_a_fault_that_begins_at_the_ninth_row_shows_in_the_batch_of_nine() -> None:
    wrong = FaultyProbe(MODEL, "text_projection", wrong_from_row(8))
    nine = synthetic_batch(PROBES.shape, pairs=9, seed=1)

    assert compare(REFERENCE, wrong.read(BATCH)).agrees
    assert not compare(on_one_thread(MODEL).read(nine), wrong.read(nine)).agrees


def test_probing_leaves_the_model_and_the_number_of_threads_as_they_were() -> None:
    model = tiny_model(seed=3).train()
    before, threads = copy.deepcopy(model.state_dict()), torch.get_num_threads()

    on_one_thread(model).read(BATCH)

    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert model.logit_scale.requires_grad
    assert model.training
    assert threads == torch.get_num_threads()


def test_frozen_parameters_have_no_gradient_to_compare() -> None:
    model = tiny_model()
    model.vision_model.requires_grad_(requires_grad=False)

    names = on_one_thread(model).read(BATCH).gradients.keys()

    frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    assert frozen | {"logit_scale"} == {name for name, _ in model.named_parameters()} - names


def test_the_gradient_is_that_of_finite_differences() -> None:
    name, step = "visual_projection.weight", 1e-2
    along = REFERENCE.gradients[name] / REFERENCE.gradients[name].norm()

    def loss_at(distance: float) -> float:
        model = copy.deepcopy(MODEL)
        model.get_parameter(name).data.add_(along, alpha=distance)
        return on_one_thread(model).read(BATCH).loss

    slope = (loss_at(step) - loss_at(-step)) / (2 * step)

    assert slope == pytest.approx(REFERENCE.gradients[name].norm().item(), rel=0.02)


def test_what_a_device_cannot_run_is_told_in_one_line() -> None:
    model = copy.deepcopy(MODEL)
    model.visual_projection.weight.data = model.visual_projection.weight.data[:, :-1]

    with pytest.raises(RunFailed, match=r"^cpu cannot run the model on 7 pairs: [^\n]+$"):
        on_one_thread(model).read(BATCH)


def test_the_end_token_is_the_one_whose_position_the_text_tower_reads() -> None:
    """An end token of 2 makes transformers read at the largest token of the caption."""
    legacy = tiny_model()
    config: Any = legacy.config
    config.text_config.eos_token_id = 2

    assert 63 == ClipProbes(legacy, "legacy").shape.end_token
    assert 63 == PROBES.shape.end_token


def test_a_scratch_model_is_probed_in_its_own_size() -> None:
    shape = probes_for(ModelConfig(model_name="scratch:tiny"), InputConfig(max_sequence_length=20), seed=0).shape

    assert (32, 20) == (shape.pixels, shape.length)


def test_random_weights_are_a_function_of_the_seed() -> None:
    first, same, other = (
        probes_for(ModelConfig(model_name="scratch:tiny"), InputConfig(), seed=seed).model.text_projection.weight
        for seed in (1, 1, 2)
    )

    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_a_model_in_a_folder_is_probed_with_its_own_weights(tmp_path: Path) -> None:
    clip = clips.tiny_clip()
    export_model(tmp_path, clip)

    probes = probes_for(ModelConfig(model_name=str(tmp_path)), InputConfig(max_sequence_length=clips.TOKENS), seed=0)

    assert str(tmp_path) == probes.name
    assert torch.equal(clip.model.text_projection.weight, probes.model.text_projection.weight)


def test_a_model_that_would_have_to_be_downloaded_is_stood_in_for() -> None:
    probes = probes_for(ModelConfig(model_name="nobody/no-such-model"), InputConfig(), seed=0)

    assert "scratch:base, since nobody/no-such-model is not in the cache" == probes.name
    assert (224, 77, 49408, 49407) == (
        probes.shape.pixels,
        probes.shape.length,
        probes.shape.vocabulary,
        probes.shape.end_token,
    )


@pytest.mark.parametrize("name", ["./not-there", "not a name"])
def test_a_model_that_cannot_be_had_is_told(name: str) -> None:
    with pytest.raises(UnknownModel):
        probes_for(ModelConfig(model_name=name), InputConfig(), seed=0)


@pytest.mark.parametrize(
    "device",
    [pytest.param("mps", marks=pytest.mark.apple_silicon), pytest.param("cuda", marks=pytest.mark.cuda)],
)
def test_the_device_of_this_machine_agrees_with_its_cpu(device: DeviceType) -> None:
    there = {"mps": torch.backends.mps.is_available(), "cuda": torch.cuda.is_available()}
    if not there.get(device):
        pytest.skip(f"this machine has no {device}")

    for pairs in (7, 9, 33):
        batch = synthetic_batch(PROBES.shape, pairs=pairs, seed=1)
        assert () == compare(ClipProbe(MODEL, "cpu").read(batch), ClipProbe(MODEL, device).read(batch)).problems
