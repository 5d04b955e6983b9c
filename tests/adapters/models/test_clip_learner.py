"""Laws of the learner: one step does what the paper says, and a restored learner goes on bit for bit."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from attrs import evolve
from safetensors.torch import load_file
from torch import Tensor

from cliptune.adapters.models.clip_learner import ClipLearner
from cliptune.adapters.models.loading import LoadedClip
from cliptune.domain.batches import Batch
from cliptune.domain.devices import Precision
from cliptune.domain.errors import NonFiniteLoss, NotResumable
from cliptune.domain.learning import StepPlan
from support.clips import batch, learner, tiny_clip

RATE = 1e-3


def take(teacher: ClipLearner, shown: Batch, *, steps: range) -> list[float]:
    return [teacher.step(shown, StepPlan(learning_rate=RATE, seed=1000 + step)).loss for step in steps]


def weights(teacher: ClipLearner, folder: Path) -> Mapping[str, Tensor]:
    folder.mkdir()
    teacher.snapshot(folder)
    found: Mapping[str, Tensor] = load_file(folder / "model.safetensors")
    return found


def assert_same_bits(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]) -> None:
    assert expected.keys() == actual.keys()
    assert [] == [name for name in expected if not torch.equal(expected[name], actual[name])]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_restored_learner_goes_on_bit_for_bit_with_dropout(tmp_path: Path, precision: Precision) -> None:
    straight = learner(tiny_clip(attention_dropout=0.1), precision=precision)
    shown = batch(tiny_clip())
    take(straight, shown, steps=range(3))
    (tmp_path / "snapshot").mkdir()
    straight.snapshot(tmp_path / "snapshot")
    expected = take(straight, shown, steps=range(3, 6))

    resumed = learner(tiny_clip(seed=9, attention_dropout=0.1), precision=precision)
    resumed.restore(tmp_path / "snapshot")

    assert expected == take(resumed, shown, steps=range(3, 6))
    assert_same_bits(weights(straight, tmp_path / "a"), weights(resumed, tmp_path / "b"))


def test_dropout_is_on_in_training_and_a_function_of_the_seed() -> None:
    shown = batch(tiny_clip())

    def first_loss(seed: int) -> float:
        teacher = learner(tiny_clip(attention_dropout=0.5))
        return teacher.step(shown, StepPlan(learning_rate=RATE, seed=seed)).loss

    assert first_loss(1) == first_loss(1)
    assert first_loss(1) != first_loss(2)


def test_a_step_leaves_the_random_state_of_the_program_alone() -> None:
    shown, teacher = batch(tiny_clip()), learner(tiny_clip(attention_dropout=0.5))
    before = torch.random.get_rng_state()

    take(teacher, shown, steps=range(1))

    assert torch.equal(before, torch.random.get_rng_state())


def test_evaluating_changes_nothing_about_training(tmp_path: Path) -> None:
    shown = batch(tiny_clip())
    plain, looked_at = (learner(tiny_clip(attention_dropout=0.2)) for _ in range(2))

    expected = take(plain, shown, steps=range(4))
    actual = take(looked_at, shown, steps=range(2))
    with looked_at.evaluating() as model:
        model.encode_text(model.tokenize(["a red gear"]))
        model.encode_image(shown.pixel_values)
    actual += take(looked_at, shown, steps=range(2, 4))

    assert expected == actual
    assert_same_bits(weights(plain, tmp_path / "a"), weights(looked_at, tmp_path / "b"))


@pytest.mark.parametrize("slice_size", [1, 5, 8, 23])
def test_a_sliced_batch_has_the_gradient_of_the_whole_batch_with_dropout_replayed(slice_size: int) -> None:
    """Slices that do not divide the batch, and a learned temperature, in float64."""
    gradients = []
    for size in (24, slice_size):
        clip = tiny_clip()
        teacher = learner(evolve(clip, model=clip.model.double()), slice_size=size)
        shown = batch(clip)
        teacher._gradients(evolve(shown, pixel_values=shown.pixel_values.double()), StepPlan(RATE, seed=3))
        gradients.append({name: p.grad for name, p in teacher._model.named_parameters() if p.grad is not None})

    whole, sliced = gradients
    difference = sum(float((whole[name] - sliced[name]).square().sum()) for name in whole) ** 0.5
    length = sum(float(gradient.square().sum()) for gradient in whole.values()) ** 0.5
    assert whole.keys() == sliced.keys()
    assert "logit_scale" in whole
    assert difference / length < 1e-10


def test_both_passes_over_a_slice_drop_the_same_attention_weights() -> None:
    """With dropout the second pass must repeat the first: otherwise a repeated step would not repeat its gradient."""
    norms = set()
    for _ in range(2):
        teacher = learner(tiny_clip(attention_dropout=0.3), slice_size=5)
        norms.add(teacher.step(batch(tiny_clip()), StepPlan(RATE, seed=3)).gradient_norm)

    assert 1 == len(norms)


def test_a_learned_temperature_stays_within_its_bounds_whatever_the_rate() -> None:
    teacher, shown = learner(tiny_clip()), batch(tiny_clip())

    for step in range(20):
        teacher.step(shown, StepPlan(learning_rate=1.0, seed=step))

        assert 0.01 - 1e-6 <= teacher.temperature <= 1.0 + 1e-6


def test_a_fixed_temperature_does_not_move_and_is_what_the_model_is_saved_with(tmp_path: Path) -> None:
    teacher = learner(tiny_clip(), learn_temperature=False, temperature=0.05)

    take(teacher, batch(tiny_clip()), steps=range(3))

    assert pytest.approx(0.05) == teacher.temperature
    assert pytest.approx(20.0, rel=1e-5) == weights(teacher, tmp_path / "w")["logit_scale"].exp().item()


def test_training_starts_from_the_models_own_temperature_when_told_so() -> None:
    clip = tiny_clip()
    clip.model.logit_scale.data.fill_(4.0)

    assert pytest.approx(2.718281828**-4.0, rel=1e-5) == learner(clip, temperature=None).temperature


def test_weight_decay_does_not_touch_biases_norms_and_embeddings(tmp_path: Path) -> None:
    """A rate of decay so large that everything it touches changes, on a model whose gradient is zero."""
    clip = tiny_clip()
    teacher = learner(clip, weight_decay=1.0, learn_temperature=False)
    before = weights(teacher, tmp_path / "before")
    shown = batch(tiny_clip(), pairs=1)  # one pair: the loss is 0, and so is its gradient

    take(teacher, shown, steps=range(2))

    after = weights(teacher, tmp_path / "after")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {n for n, p in clip.model.named_parameters() if p.ndim > 1 and "embedding.weight" not in n} | {
        "vision_model.embeddings.patch_embedding.weight"
    }


def test_a_loss_that_is_no_number_stops_before_the_weights_change(tmp_path: Path) -> None:
    teacher, shown = learner(tiny_clip()), batch(tiny_clip())
    before = weights(teacher, tmp_path / "before")

    with pytest.raises(NonFiniteLoss, match="the loss is nan"):
        take(teacher, evolve(shown, pixel_values=torch.full_like(shown.pixel_values, float("nan"))), steps=range(1))

    assert_same_bits(before, weights(teacher, tmp_path / "after"))


def test_loss_and_norm_are_those_of_float32_although_the_towers_compute_in_bfloat16() -> None:
    exact, half = (learner(tiny_clip(), precision=p).step(batch(tiny_clip()), StepPlan(RATE, 0)) for p in _BOTH)

    assert pytest.approx(exact.loss, rel=0.02) == half.loss
    assert exact.loss != half.loss


_BOTH: tuple[Precision, Precision] = ("float32", "bfloat16")


def test_a_snapshot_of_another_model_is_refused(tmp_path: Path, other_clip: LoadedClip) -> None:
    learner(other_clip).snapshot(tmp_path)

    with pytest.raises(NotResumable, match="the checkpoint is of another model"):
        learner(tiny_clip()).restore(tmp_path)


@pytest.fixture
def other_clip() -> LoadedClip:
    clip = tiny_clip()
    clip.model.visual_projection = torch.nn.Linear(64, 32, bias=False)
    return clip
