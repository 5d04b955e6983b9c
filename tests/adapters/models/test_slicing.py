"""Laws of memory that runs out: slices shrink, and the step is the one that was asked for."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cliptune.adapters.models.clip_learner import ClipLearner
from cliptune.domain.errors import RunFailed
from cliptune.domain.learning import StepPlan, StepReport
from support.clips import batch, learner, tiny_clip
from support.shortages import CPU, CUDA, SHORTAGES, Shortage

PLAN = StepPlan(learning_rate=1e-3, seed=5)
PAIRS = 24


def gradients(teacher: ClipLearner) -> Mapping[str, Tensor]:
    return {name: p.grad.clone() for name, p in teacher._model.named_parameters() if p.grad is not None}


def after_a_step(teacher: ClipLearner) -> tuple[StepReport, Mapping[str, Tensor]]:
    return teacher.step(batch(tiny_clip()), PLAN), gradients(teacher)


def off_by(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]) -> float:
    assert expected.keys() == actual.keys()
    one, other = (torch.cat([found[name].flatten() for name in expected]) for found in (expected, actual))
    return float((other - one).norm() / one.norm())


@pytest.mark.parametrize("error", SHORTAGES, ids=["cuda", "mps", "cpu", "python"])
@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_a_step_that_ran_out_of_memory_has_the_gradient_of_the_one_that_did_not(
    error: BaseException, backward: bool
) -> None:
    expected, whole = after_a_step(learner(tiny_clip()))
    teacher, shortage = learner(tiny_clip()), Shortage(fits=7, error=error, backward=backward)
    shortage.strike(teacher._model)

    report, sliced = after_a_step(teacher)

    assert off_by(whole, sliced) <= 1e-5
    assert pytest.approx(expected.loss, rel=1e-5) == report.loss
    assert (PAIRS, expected.temperature) == (report.pairs, report.temperature)
    assert 2 == len(report.notes) == len(shortage.kept)
    assert "24 pairs at once; going on with 12" in report.notes[0]


def test_with_dropout_it_is_to_the_bit_the_step_that_began_with_the_smaller_slice() -> None:
    _, begun_small = after_a_step(learner(tiny_clip(attention_dropout=0.3), slice_size=6))
    teacher = learner(tiny_clip(attention_dropout=0.3))
    Shortage(fits=7, backward=True).strike(teacher._model)

    _, shrunk = after_a_step(teacher)

    assert begun_small.keys() == shrunk.keys()
    assert [] == [name for name in shrunk if not torch.equal(begun_small[name], shrunk[name])]


def test_the_smaller_slice_is_remembered_by_the_steps_that_follow() -> None:
    teacher, shortage = learner(tiny_clip()), Shortage(fits=7)
    shortage.strike(teacher._model)
    teacher.step(batch(tiny_clip()), PLAN)
    shortage.sizes.clear()

    report = teacher.step(batch(tiny_clip()), PLAN)

    assert {6} == set(shortage.sizes)
    assert () == report.notes


def test_the_smaller_slice_is_kept_with_the_run_and_gone_on_with(tmp_path: Path) -> None:
    teacher = learner(tiny_clip())
    Shortage(fits=7).strike(teacher._model)
    teacher.step(batch(tiny_clip()), PLAN)
    teacher.snapshot(tmp_path)
    resumed, shortage = learner(tiny_clip(seed=9)), Shortage(fits=7)
    shortage.strike(resumed._model)

    resumed.restore(tmp_path)
    (_, expected), (report, actual) = after_a_step(teacher), after_a_step(resumed)

    assert 6 == json.loads((tmp_path / "learner.json").read_text())["slice_size"]
    assert {6} == set(shortage.sizes)
    assert () == report.notes
    assert [] == [name for name in expected if not torch.equal(expected[name], actual[name])]


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_no_tensor_of_a_failed_attempt_survives_even_where_the_error_does(backward: bool) -> None:
    teacher, shortage = learner(tiny_clip()), Shortage(fits=3, backward=backward)
    shortage.strike(teacher._model)

    teacher.step(batch(tiny_clip()), PLAN)

    assert [0, 0, 0] == shortage.alive
    assert 3 == len(shortage.kept)


def test_one_pair_at_a_time_is_followed_by_gradient_checkpointing(tmp_path: Path) -> None:
    _, whole = after_a_step(learner(tiny_clip()))
    teacher, shortage = learner(tiny_clip()), Shortage(fits=0, while_keeping=True)
    shortage.strike(teacher._model)

    report, checkpointed = after_a_step(teacher)

    assert off_by(whole, checkpointed) <= 1e-5
    assert "gradient_checkpointing: true" in report.notes[-1]
    teacher.snapshot(tmp_path)
    resumed, again = learner(tiny_clip()), Shortage(fits=0, while_keeping=True)
    resumed.restore(tmp_path)
    again.strike(resumed._model)
    assert () == resumed.step(batch(tiny_clip()), PLAN).notes


def test_a_run_for_which_nothing_is_small_enough_fails_with_what_to_do() -> None:
    teacher = learner(tiny_clip())
    Shortage(fits=0, error=CPU).strike(teacher._model)

    with pytest.raises(RunFailed, match=r"one pair at a time.*DefaultCPUAllocator.*smaller model"):
        teacher.step(batch(tiny_clip()), PLAN)

    assert all(parameter.grad is None for parameter in teacher._model.parameters())


@pytest.mark.parametrize("error", SHORTAGES, ids=["cuda", "mps", "cpu", "python"])
def test_an_optimizer_for_which_there_is_no_memory_fails_in_words(error: BaseException) -> None:
    teacher = learner(tiny_clip())

    def fail(*_: object) -> None:
        raise error

    teacher._optimizer.register_step_pre_hook(fail)

    with pytest.raises(RunFailed, match=r"the optimiser's moments.*smaller model"):
        teacher.step(batch(tiny_clip()), PLAN)


@pytest.mark.parametrize("error", [RuntimeError("shapes cannot be multiplied"), ValueError(str(CUDA)), KeyError("a")])
def test_any_other_error_passes_at_once(error: Exception) -> None:
    teacher, shortage = learner(tiny_clip()), Shortage(fits=7, error=error)
    shortage.strike(teacher._model)

    with pytest.raises(type(error)):
        teacher.step(batch(tiny_clip()), PLAN)

    assert [PAIRS] == shortage.sizes
