"""Laws of another size of pictures: positions are interpolated, training goes on, and what is saved has its size."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from attrs import evolve
from torch import Tensor

from cliptune.adapters.models.clip_learner import ClipLearner
from cliptune.adapters.models.loading import LoadedClip, load_clip
from cliptune.adapters.models.positions import at_size_of, resize_image_positions
from cliptune.adapters.models.towers import image_embeds
from cliptune.domain.batches import Batch
from cliptune.domain.config import InputConfig, ModelConfig
from cliptune.domain.errors import UsageError
from cliptune.domain.learning import StepPlan
from cliptune.domain.preprocessing import default_preprocessing
from support.clips import CAPTIONS, TOKENS, batch, learner, tiny_clip

POSITIONS = "vision_model.embeddings.position_embedding.weight"
SIZES = (16, 32, 48)


def growing_clip(*, sizes: tuple[int, ...] = SIZES, seed: int = 0) -> LoadedClip:
    """The tiny model, of 32 pixels, that is to learn at several sizes."""
    return load_clip(
        ModelConfig(model_name="scratch:tiny", attention_dropout=0.1),
        InputConfig(max_sequence_length=TOKENS, image_resolutions=sizes),
        seed=seed,
        captions=lambda: CAPTIONS,
    )


def at_size(shown: Batch, size: int) -> Batch:
    generator = torch.Generator().manual_seed(size)
    return evolve(shown, pixel_values=torch.randn(len(shown), 3, size, size, generator=generator))


def take(teacher: ClipLearner, *, steps: range) -> list[float]:
    """Two steps at each size, one after the other."""
    shown = batch(tiny_clip())
    plans = (StepPlan(learning_rate=1e-3, seed=step) for step in steps)
    sizes = (SIZES[step // 2] for step in steps)
    return [teacher.step(at_size(shown, size), plan).loss for size, plan in zip(sizes, plans, strict=True)]


def state(teacher: ClipLearner) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in teacher._model.state_dict().items()}


def assert_same_bits(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]) -> None:
    assert expected.keys() == actual.keys()
    assert [] == [name for name in expected if not torch.equal(expected[name], actual[name])]


@pytest.mark.parametrize("size", [16, 24, 48, 64])
def test_positions_interpolated_on_the_way_are_those_of_the_resized_model(size: int) -> None:
    model = tiny_clip().model
    pictures = torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(0))

    with torch.no_grad():
        on_the_way = image_embeds(model, pictures, precision="float32")
        for_good = image_embeds(resize_image_positions(model, pixels=size), pictures, precision="float32")

    assert (on_the_way - for_good).abs().max().item() <= 1e-6


def test_a_resize_to_the_same_size_is_the_identity_and_the_class_token_stays_at_every_size() -> None:
    model = tiny_clip().model

    assert at_size_of(default_preprocessing(32), model) is model
    assert_same_bits(model.state_dict(), resize_image_positions(model, pixels=32).state_dict())
    assert torch.equal(
        model.state_dict()[POSITIONS][0], resize_image_positions(model, pixels=64).state_dict()[POSITIONS][0]
    )


def test_pictures_of_the_models_own_size_take_the_way_of_plain_transformers() -> None:
    model, pictures = tiny_clip().model, batch(tiny_clip()).pixel_values

    with torch.no_grad():
        plain = model.get_image_features(pixel_values=pictures).pooler_output

    assert torch.equal(plain, image_embeds(model, pictures, precision="float32"))


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_run_restored_before_at_or_after_a_border_goes_on_bit_for_bit(tmp_path: Path, cut: int) -> None:
    straight = learner(growing_clip(), ema_decay=0.5)
    before = take(straight, steps=range(cut))
    straight.snapshot(tmp_path)
    expected = take(straight, steps=range(cut, 6))

    resumed = learner(growing_clip(seed=7), ema_decay=0.5)
    resumed.restore(tmp_path)

    assert expected == take(resumed, steps=range(cut, 6))
    assert len(before) == cut
    assert_same_bits(state(straight), state(resumed))


def test_positions_and_their_moments_are_carried_across_a_border_as_they_are() -> None:
    """One table for all sizes: nothing is resized, so nothing can be lost; and pictures of every size teach it."""
    teacher = learner(growing_clip(), learn_temperature=False)
    table = teacher._model.get_parameter(POSITIONS)
    shapes, before = [], table.detach().clone()
    for step in range(6):
        take(teacher, steps=range(step, step + 1))
        moments = teacher._optimizer.state[table]
        shapes.append((tuple(table.shape), tuple(moments["exp_avg"].shape), int(moments["step"])))

        assert not torch.equal(before, table)
        before = table.detach().clone()

    assert [((17, 64), (17, 64), step) for step in range(1, 7)] == shapes


def test_the_saved_model_has_the_last_size_and_computes_what_was_measured(tmp_path: Path) -> None:
    teacher = learner(growing_clip(), ema_decay=0.5)
    take(teacher, steps=range(3))
    pictures = torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(1))

    teacher.export(tmp_path)

    again = load_clip(ModelConfig(model_name=str(tmp_path)), InputConfig(max_sequence_length=TOKENS), seed=0)
    assert 48 == again.model.config.vision_config.image_size
    assert default_preprocessing(48) == again.preprocessing
    with teacher.evaluating(exact=True) as ours, learner(again).evaluating(exact=True) as saved:
        difference = (ours.encode_image(pictures) - saved.encode_image(pictures)).abs().max().item()
    assert difference <= 1e-6


def test_training_at_the_models_own_size_alone_is_training_as_ever() -> None:
    plain = learner(growing_clip(sizes=(32,)))
    usual = learner(tiny_clip(attention_dropout=0.1))
    shown = batch(tiny_clip())
    for teacher in (plain, usual):
        for step in range(3):
            teacher.step(shown, StepPlan(learning_rate=1e-3, seed=step))

    assert_same_bits(state(usual), state(plain))


def test_sizes_that_no_whole_number_of_patches_covers_are_refused(tmp_path: Path) -> None:
    learner(tiny_clip()).export(tmp_path)

    for name in ("scratch:tiny", str(tmp_path)):
        with pytest.raises(UsageError, match=r"image_resolutions: 20 is not a multiple of the model's patch size 8"):
            load_clip(
                ModelConfig(model_name=name),
                InputConfig(max_sequence_length=TOKENS, image_resolutions=(16, 20)),
                seed=0,
                captions=lambda: CAPTIONS,
            )


def test_a_folder_whose_pictures_do_not_fit_its_tower_is_refused_unless_a_size_is_given(tmp_path: Path) -> None:
    learner(tiny_clip()).export(tmp_path / "model")
    folder = shutil.copytree(tmp_path / "model", tmp_path / "odd")
    for file in ("preprocessor_config.json", "processor_config.json"):
        path = folder / file
        rule = json.loads(path.read_text(encoding="utf-8"))
        inner = rule.get("image_processor", rule)
        inner |= {"size": {"shortest_edge": 40}, "crop_size": {"height": 40, "width": 40}}
        path.write_text(json.dumps(rule), encoding="utf-8")

    given = InputConfig(max_sequence_length=TOKENS)
    with pytest.raises(UsageError, match=r"become 40 × 40 pixels and its image tower takes 32; set image_resolution"):
        load_clip(ModelConfig(model_name=str(folder)), given, seed=0)
    sized = load_clip(ModelConfig(model_name=str(folder)), evolve(given, image_resolution=32), seed=0)
    assert (32, 32) == sized.preprocessing.crop
