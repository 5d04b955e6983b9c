"""Laws of a temperature that each step is told: it is what the model computes with, keeps and is exported with."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from cliptune.adapters.models.clip_learner import ClipLearner
from cliptune.domain.learning import StepPlan
from support.clips import batch, learner, tiny_clip

TOLD = (0.1, 0.055, 0.031)


def taught(temperatures: tuple[float, ...], *, ema_decay: float | None = None) -> ClipLearner:
    teacher, shown = learner(tiny_clip(), learn_temperature=False, ema_decay=ema_decay), batch(tiny_clip())
    for step, temperature in enumerate(temperatures):
        teacher.step(shown, StepPlan(learning_rate=1e-3, seed=step, temperature=temperature))
    return teacher


def exported_scale(teacher: ClipLearner, folder: Path) -> float:
    teacher.export(folder)
    return float(load_file(folder / "model.safetensors")["logit_scale"])


@settings(max_examples=8)
@given(st.floats(0.01, 1.0))
def test_the_step_is_that_of_a_model_whose_own_temperature_it_is(temperature: float) -> None:
    shown, plan = batch(tiny_clip()), StepPlan(learning_rate=1e-3, seed=7)
    own = learner(tiny_clip(), learn_temperature=False, temperature=temperature)
    told = learner(tiny_clip(), learn_temperature=False, temperature=0.07)

    expected = own.step(shown, plan)
    actual = told.step(shown, StepPlan(plan.learning_rate, plan.seed, temperature))

    assert expected == actual
    assert pytest.approx(temperature, rel=1e-6) == actual.temperature


def test_a_temperature_stays_in_force_until_a_step_is_told_another() -> None:
    teacher, shown = taught(TOLD), batch(tiny_clip())

    report = teacher.step(shown, StepPlan(learning_rate=1e-3, seed=9))

    assert pytest.approx(TOLD[-1], rel=1e-6) == report.temperature
    assert report.temperature == teacher.temperature


@pytest.mark.parametrize(("told", "kept"), [(0.001, 0.01), (5.0, 1.0)])
def test_the_scale_of_the_model_keeps_its_own_bounds_whatever_it_is_told(told: float, kept: float) -> None:
    teacher = taught(())

    report = teacher.step(batch(tiny_clip()), StepPlan(learning_rate=1e-3, seed=0, temperature=told))

    assert [kept, kept] == pytest.approx([report.temperature, teacher.temperature], rel=1e-6)


@pytest.mark.parametrize("ema_decay", [None, 0.9])
def test_the_exported_scale_is_that_of_the_temperature_in_force_also_beside_an_average(
    tmp_path: Path, ema_decay: float | None
) -> None:
    teacher = taught(TOLD, ema_decay=ema_decay)

    with teacher.evaluating():
        assert pytest.approx(TOLD[-1], rel=1e-6) == teacher.temperature
    assert pytest.approx(math.log(1 / TOLD[-1]), rel=1e-6) == exported_scale(teacher, tmp_path / "model")


def test_with_an_earlier_checkpoint_its_temperature_comes_back_and_is_exported(tmp_path: Path) -> None:
    (tmp_path / "best").mkdir()
    taught(TOLD[:2]).snapshot(tmp_path / "best")
    later = taught(TOLD)

    later.restore(tmp_path / "best")

    assert pytest.approx(TOLD[1], rel=1e-6) == later.temperature
    assert pytest.approx(math.log(1 / TOLD[1]), rel=1e-6) == exported_scale(later, tmp_path / "model")
