"""Laws of what learns: what is frozen keeps its bits, LoRA merges into the base, runs go on bit for bit."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from attrs import evolve
from safetensors.torch import load_file
from torch import Tensor

from cliptune.adapters.models.adaptation import plain_model, plan_for, with_lora
from cliptune.adapters.models.clip_learner import ClipLearner
from cliptune.adapters.models.optimizer import BETAS, EPSILON, adamw, set_rate
from cliptune.adapters.models.towers import image_embeds, text_embeds
from cliptune.domain.batches import Batch
from cliptune.domain.config import AdaptationConfig
from cliptune.domain.decay import is_decayed
from cliptune.domain.errors import UsageError
from cliptune.domain.learning import StepPlan
from cliptune.domain.places import tower_of
from support.clips import batch, learner, tiny_clip

RATE = 1e-3
LORA = AdaptationConfig(image_tower="lora", text_tower="lora", lora_rank=4)
MODES = (
    AdaptationConfig(image_tower="frozen"),
    AdaptationConfig(text_tower="frozen"),
    AdaptationConfig(image_tower="frozen", text_tower="frozen"),
    AdaptationConfig(image_tower="last_blocks", text_tower="head", last_blocks=1),
    AdaptationConfig(image_tower="lora", text_tower="frozen", lora_rank=4),
    evolve(LORA, text_tower="full"),
)
names = "{0.image_tower}-{0.text_tower}".format


def take(teacher: ClipLearner, shown: Batch, *, steps: range) -> list[float]:
    return [teacher.step(shown, StepPlan(learning_rate=RATE, seed=1000 + step)).loss for step in steps]


def bits(teacher: ClipLearner) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in teacher._model.named_parameters()}


def differing(before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def trained(teacher: ClipLearner) -> set[str]:
    return {name for name, treatment in teacher.plan.treatments.items() if treatment.trained}


def with_moved_lora(config: AdaptationConfig = LORA, *, slice_size: int = 24) -> ClipLearner:
    """A learner in float64 whose LoRA does something."""
    clip = tiny_clip()
    teacher = learner(evolve(clip, model=clip.model.double()), adaptation=config, slice_size=slice_size)
    generator = torch.Generator().manual_seed(5)
    for name, weight in teacher._model.named_parameters():
        if ".lora_B." in name:
            weight.data = torch.randn(weight.shape, generator=generator, dtype=weight.dtype)
    return teacher


@pytest.mark.parametrize("config", MODES, ids=names)
def test_what_is_frozen_keeps_its_bits_under_weight_decay_and_has_no_optimiser_state(config: AdaptationConfig) -> None:
    teacher = learner(tiny_clip(), weight_decay=0.5, adaptation=config)
    before = bits(teacher)

    take(teacher, batch(tiny_clip()), steps=range(2))

    weights = dict(teacher._model.named_parameters())
    assert trained(teacher) == differing(before, bits(teacher))
    assert trained(teacher) == {name for name in weights if weights[name] in teacher._optimizer.state}


@pytest.mark.parametrize("config", MODES, ids=names)
@pytest.mark.parametrize("slice_size", [5, 8])
def test_a_sliced_batch_has_the_gradient_of_the_whole_whatever_learns(
    config: AdaptationConfig, slice_size: int
) -> None:
    gradients = []
    for size in (24, slice_size):
        teacher = with_moved_lora(config, slice_size=size)
        shown = batch(tiny_clip())
        teacher._gradients(evolve(shown, pixel_values=shown.pixel_values.double()), StepPlan(RATE, seed=3))
        gradients.append({name: p.grad for name, p in teacher._model.named_parameters() if p.grad is not None})

    whole, sliced = gradients
    difference = sum(float((whole[name] - sliced[name]).square().sum()) for name in whole) ** 0.5
    length = sum(float(gradient.square().sum()) for gradient in whole.values()) ** 0.5
    assert whole.keys() == sliced.keys() == trained(teacher)
    assert difference / length < 1e-10


def test_a_frozen_tower_is_embedded_once_for_each_slice_and_a_learning_one_twice() -> None:
    teacher = learner(tiny_clip(), slice_size=8, adaptation=AdaptationConfig(image_tower="frozen"))
    calls = {"image": 0, "text": 0}
    towers = {"image": teacher._model.vision_model, "text": teacher._model.text_model}
    for tower, module in towers.items():

        def count(*_: object, tower: str = tower) -> None:
            calls[tower] += 1

        module.register_forward_hook(count)

    take(teacher, batch(tiny_clip()), steps=range(1))

    assert {"image": 3, "text": 6} == calls


def test_dropout_is_off_in_what_is_frozen_also_after_an_evaluation() -> None:
    """With only the projections learning, a loss under dropout of a half cannot depend on the seed."""
    config = AdaptationConfig(image_tower="head", text_tower="head")
    shown, losses = batch(tiny_clip()), []
    for seed in (1, 2):
        teacher = learner(tiny_clip(attention_dropout=0.5), adaptation=config)
        with teacher.evaluating() as model:
            model.encode_image(shown.pixel_values)
        losses.append(teacher.step(shown, StepPlan(learning_rate=RATE, seed=seed)).loss)

    assert losses[0] == losses[1]


def test_dropout_stays_on_in_the_tower_that_learns_beside_a_frozen_one() -> None:
    shown, config = batch(tiny_clip()), AdaptationConfig(image_tower="frozen")
    losses = [
        learner(tiny_clip(attention_dropout=0.5), adaptation=config).step(shown, StepPlan(RATE, seed=seed)).loss
        for seed in (1, 2)
    ]

    assert losses[0] != losses[1]


def test_with_everything_full_steps_are_those_of_plain_adamw_bit_for_bit() -> None:
    ours, plain = tiny_clip().model, tiny_clip().model
    plan = plan_for(ours, AdaptationConfig(), learning_rate=RATE, learn_temperature=True)
    optimizer = adamw(ours, plan=plan, weight_decay=0.1, variant="fused")
    split: tuple[list[Tensor], list[Tensor]] = ([], [])
    for name, weight in plain.named_parameters():
        split[is_decayed(name, dimensions=weight.ndim)].append(weight)
    reference = torch.optim.AdamW(
        [{"params": split[True], "weight_decay": 0.1}, {"params": split[False], "weight_decay": 0.0}],
        lr=RATE,
        betas=BETAS,
        eps=EPSILON,
        fused=True,
    )

    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        for mine, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
            gradient = torch.randn(mine.shape, generator=generator)
            mine.grad, theirs.grad = gradient, gradient.clone()
        set_rate(optimizer, RATE)
        optimizer.step()
        reference.step()

    assert set() == differing(dict(plain.named_parameters()), dict(ours.named_parameters()))


def test_a_towers_own_rate_scales_its_step_and_leaves_the_other_tower_alone() -> None:
    """The first step of Adam is the rate times the gradient's sign, so that steps compare as rates do."""
    shown, moved = batch(tiny_clip()), []
    for config in (AdaptationConfig(), AdaptationConfig(image_learning_rate=RATE / 4)):
        teacher = learner(tiny_clip(), weight_decay=0.0, adaptation=config, learning_rate=RATE)
        before = bits(teacher)
        take(teacher, shown, steps=range(1))
        moved.append({name: weight - before[name] for name, weight in bits(teacher).items()})

    full, slow = moved
    assert [] == [n for n in full if tower_of(n) != "image" and not torch.equal(full[n], slow[n])]
    name = "vision_model.encoder.layers.1.mlp.fc1.weight"
    assert pytest.approx(float(full[name].norm()) / 4, rel=1e-3) == float(slow[name].norm())


def test_the_rate_of_each_group_is_its_factor_of_the_base() -> None:
    config = AdaptationConfig(layer_decay=0.5, text_learning_rate=2 * RATE)
    teacher = learner(tiny_clip(), adaptation=config, learning_rate=RATE)

    teacher.step(batch(tiny_clip()), StepPlan(learning_rate=RATE / 3, seed=0))

    rates = {id(p): group["lr"] for group in teacher._optimizer.param_groups for p in group["params"]}
    for name, weight in teacher._model.named_parameters():
        assert RATE / 3 * teacher.plan.treatments[name].factor == rates[id(weight)]


@pytest.mark.parametrize("learn_temperature", [True, False])
def test_under_lora_the_projections_learn_and_the_temperature_as_told(learn_temperature: bool) -> None:
    teacher = learner(tiny_clip(), adaptation=LORA, learn_temperature=learn_temperature)

    beside = {name for name in trained(teacher) if ".lora_" not in name}

    assert {"visual_projection.weight", "text_projection.weight"} == beside - {"logit_scale"}
    assert learn_temperature == ("logit_scale" in beside)


def test_lora_starts_as_the_base_bit_for_bit() -> None:
    base, adapted = tiny_clip(), with_lora(tiny_clip().model, LORA, seed=0)
    shown = batch(base)

    assert torch.equal(
        image_embeds(base.model, shown.pixel_values, precision="float32"),
        image_embeds(adapted, shown.pixel_values, precision="float32"),
    )


def test_what_lora_starts_from_is_a_function_of_the_seed_and_draws_nothing_from_the_program() -> None:
    before = torch.random.get_rng_state()
    one, same, other = (dict(with_lora(tiny_clip().model, LORA, seed=seed).named_parameters()) for seed in (1, 1, 2))

    assert torch.equal(before, torch.random.get_rng_state())
    assert set() == differing(one, same)
    assert {name for name in one if ".lora_A." in name} == differing(one, other)


def test_merged_lora_computes_the_same_to_the_last_bits_of_float64() -> None:
    teacher, shown = with_moved_lora(evolve(LORA, lora_dropout=0.3)), batch(tiny_clip())
    pixels = shown.pixel_values.double()
    model = teacher._model.eval()
    merged = plain_model(model)

    for embed, inputs in ((image_embeds, pixels), (text_embeds, shown.input_ids)):
        expected, actual = (embed(each, inputs, precision="float32") for each in (model, merged))
        assert ((expected - actual).abs().max() / expected.abs().max()).item() <= 1e-12


def test_merging_leaves_the_learner_as_it_is_and_has_the_names_of_the_base() -> None:
    teacher = with_moved_lora()
    before = bits(teacher)

    merged = plain_model(teacher._model)

    assert set() == differing(before, bits(teacher))
    assert list(tiny_clip().model.state_dict()) == list(merged.state_dict())
    assert differing(dict(tiny_clip().model.double().named_parameters()), dict(merged.named_parameters()))


def test_an_exported_lora_model_is_a_plain_clip_model(tmp_path: Path) -> None:
    from transformers import CLIPModel

    teacher, shown = learner(tiny_clip(), adaptation=LORA), batch(tiny_clip())
    take(teacher, shown, steps=range(3))

    teacher.export(tmp_path)

    loaded: Any = CLIPModel.from_pretrained(tmp_path)
    assert tiny_clip().model.state_dict().keys() == load_file(tmp_path / "model.safetensors").keys()
    with teacher.evaluating(exact=True) as model:
        expected = model.encode_image(shown.pixel_values)
    actual = loaded.get_image_features(pixel_values=shown.pixel_values).pooler_output
    assert torch.allclose(expected, actual, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "config",
    [
        evolve(LORA, lora_dropout=0.3),
        AdaptationConfig(image_tower="last_blocks", text_tower="frozen", last_blocks=1, layer_decay=0.7),
    ],
    ids=names,
)
def test_a_restored_learner_goes_on_bit_for_bit_whatever_learns(tmp_path: Path, config: AdaptationConfig) -> None:
    shown = batch(tiny_clip())
    straight = learner(tiny_clip(attention_dropout=0.1), adaptation=config, slice_size=10)
    take(straight, shown, steps=range(2))
    straight.snapshot(tmp_path)
    expected = take(straight, shown, steps=range(2, 5))

    resumed = learner(tiny_clip(seed=9, attention_dropout=0.1), adaptation=config, slice_size=10, seed=9)
    resumed.restore(tmp_path)

    assert expected == take(resumed, shown, steps=range(2, 5))
    assert set() == differing(bits(straight), bits(resumed))


def test_lora_without_peft_is_refused_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)

    with pytest.raises(UsageError, match=r"needs peft: run `pip install cliptune\[lora\]`"):
        learner(tiny_clip(), adaptation=LORA)


def test_a_learner_with_nothing_to_learn_is_refused() -> None:
    config = AdaptationConfig(image_tower="frozen", text_tower="frozen")

    with pytest.raises(UsageError, match="nothing is left to train"):
        learner(tiny_clip(), adaptation=config, learn_temperature=False)


def test_what_learns_is_counted_by_tower() -> None:
    config = AdaptationConfig(image_tower="head", text_tower="frozen")

    assert {"image": 64 * 64, "text": 0, "shared": 1} == learner(tiny_clip(), adaptation=config).trained_by_tower
