"""Laws of averaged weights: they are what is evaluated and saved, and training never notices them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from cliptune.adapters.models.clip_learner import ClipLearner
from cliptune.domain.averaging import shares
from cliptune.domain.config import AdaptationConfig
from cliptune.domain.devices import Precision
from cliptune.domain.errors import NotResumable
from cliptune.domain.learning import StepPlan
from support.clips import batch, learner, tiny_clip

DECAY = 0.6
RATE = 1e-3
PICTURES = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(5))


def raw(teacher: ClipLearner) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in teacher._model.state_dict().items()}


def averaged(teacher: ClipLearner) -> dict[str, Tensor]:
    with teacher.evaluating():
        return raw(teacher)


def take(teacher: ClipLearner, *, steps: range) -> list[float]:
    shown = batch(tiny_clip())
    return [teacher.step(shown, StepPlan(learning_rate=RATE, seed=step)).loss for step in steps]


def assert_same_bits(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]) -> None:
    assert expected.keys() == actual.keys()
    assert [] == [name for name in expected if not torch.equal(expected[name], actual[name])]


def differing(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> list[str]:
    return [name for name in one if not torch.equal(one[name], other[name])]


def test_after_any_number_of_steps_the_average_is_its_closed_form() -> None:
    teacher = learner(tiny_clip(), ema_decay=DECAY)
    course = [raw(teacher)]
    for step in range(14):
        take(teacher, steps=range(step, step + 1))
        course.append(raw(teacher))

        parts = shares(step + 1, decay=DECAY)
        found = averaged(teacher)
        for name in found:
            expected = sum(part * weights[name].double() for part, weights in zip(parts, course, strict=True))
            assert (found[name].double() - expected).abs().max().item() <= 1e-6, name


def test_training_is_bit_for_bit_the_same_with_an_average_looked_at_or_not() -> None:
    plain, kept = learner(tiny_clip(attention_dropout=0.2)), learner(tiny_clip(attention_dropout=0.2), ema_decay=DECAY)
    expected = take(plain, steps=range(4))

    actual = take(kept, steps=range(2))
    before = raw(kept)
    with kept.evaluating() as model:
        model.encode_image(PICTURES)
    assert_same_bits(before, raw(kept))
    actual += take(kept, steps=range(2, 4))

    assert expected == actual
    assert_same_bits(raw(plain), raw(kept))


def test_the_raw_weights_come_back_even_if_an_evaluation_fails() -> None:
    teacher = learner(tiny_clip(), ema_decay=DECAY)
    take(teacher, steps=range(3))
    before, average = raw(teacher), averaged(teacher)

    with pytest.raises(ZeroDivisionError), teacher.evaluating():
        raise ZeroDivisionError

    assert_same_bits(before, raw(teacher))
    assert_same_bits(average, averaged(teacher))


def test_what_is_evaluated_is_what_is_exported_and_not_the_raw_weights(tmp_path: Path) -> None:
    teacher = learner(tiny_clip(), ema_decay=DECAY)
    take(teacher, steps=range(5))

    teacher.export(tmp_path)

    exported = load_file(tmp_path / "model.safetensors")
    assert_same_bits(averaged(teacher), exported)
    assert "visual_projection.weight" in differing(raw(teacher), exported)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_restored_average_goes_on_bit_for_bit(tmp_path: Path, precision: Precision) -> None:
    straight = learner(tiny_clip(attention_dropout=0.1), precision=precision, ema_decay=DECAY)
    take(straight, steps=range(3))
    straight.snapshot(tmp_path)
    take(straight, steps=range(3, 6))

    resumed = learner(tiny_clip(seed=9, attention_dropout=0.1), precision=precision, ema_decay=DECAY)
    resumed.restore(tmp_path)
    take(resumed, steps=range(3, 6))

    assert_same_bits(raw(straight), raw(resumed))
    assert_same_bits(averaged(straight), averaged(resumed))


@pytest.mark.parametrize(("wrote", "reads"), [(None, DECAY), (DECAY, None)])
def test_a_checkpoint_without_the_average_that_is_asked_for_is_refused(
    tmp_path: Path, wrote: float | None, reads: float | None
) -> None:
    learner(tiny_clip(), ema_decay=wrote).snapshot(tmp_path)

    with pytest.raises(NotResumable, match="another ema_decay"):
        learner(tiny_clip(), ema_decay=reads).restore(tmp_path)


def test_a_step_that_float16_skips_does_not_move_the_average() -> None:
    teacher = learner(tiny_clip(), ema_decay=DECAY)
    take(teacher, steps=range(2))
    with overflowing(teacher):
        before = averaged(teacher)
        report = teacher.step(batch(tiny_clip()), StepPlan(learning_rate=RATE, seed=2))

        assert report.skipped
        assert_same_bits(before, averaged(teacher))
        assert 2 == teacher._average.updates  # type: ignore[union-attr]


@contextmanager
def overflowing(teacher: ClipLearner) -> Iterator[None]:
    """A scale of the loss beyond every float: gradients become infinite, as they do in float16."""
    teacher._scaler = torch.amp.GradScaler("cpu", enabled=True, init_scale=3e38)
    yield


def test_the_averaged_temperature_stays_within_its_bounds_whatever_the_rate() -> None:
    teacher, shown = learner(tiny_clip(), ema_decay=0.3), batch(tiny_clip())

    for step in range(12):
        teacher.step(shown, StepPlan(learning_rate=1.0, seed=step))

        with teacher.evaluating():
            assert 0.01 - 1e-6 <= teacher.temperature <= 1.0 + 1e-6


def test_what_does_not_learn_is_the_models_own() -> None:
    teacher = learner(tiny_clip(), ema_decay=DECAY, adaptation=AdaptationConfig(image_tower="frozen"))
    before = raw(teacher)

    take(teacher, steps=range(3))

    moved = differing(before, averaged(teacher))
    assert "text_projection.weight" in moved
    assert [] == [name for name in moved if name.startswith("vision_model.")]
