"""Laws of the bias that a pairwise objective learns beside a CLIP model."""

from pathlib import Path
from typing import Any

import pytest
import torch

from cliptune.adapters.models.bias import NAME, attach_bias, without_bias
from cliptune.domain.learning import StepPlan
from cliptune.domain.losses import Objective
from support.clips import batch, learner, tiny_clip
from support.losses import FAMILIES

SIGMOID = Objective(FAMILIES["sigmoid"])
RATE = 1e-2


def test_the_bias_learns_with_the_model_and_is_restored_bit_for_bit(tmp_path: Path) -> None:
    shown, straight = batch(tiny_clip()), learner(tiny_clip(), objective=SIGMOID)
    start = straight._model.get_parameter(NAME).item()
    straight.step(shown, StepPlan(RATE, seed=0))
    straight.snapshot(tmp_path)
    expected = straight.step(shown, StepPlan(RATE, seed=1)).loss

    resumed = learner(tiny_clip(seed=9), objective=SIGMOID)
    resumed.restore(tmp_path)

    assert expected == resumed.step(shown, StepPlan(RATE, seed=1)).loss
    assert start != resumed._model.get_parameter(NAME).item()
    assert torch.equal(straight._model.get_parameter(NAME), resumed._model.get_parameter(NAME))


def test_what_is_exported_is_a_plain_model_that_tells_the_bias(tmp_path: Path) -> None:
    from transformers import CLIPModel

    shown, teacher = batch(tiny_clip()), learner(tiny_clip(), objective=SIGMOID)
    teacher.step(shown, StepPlan(RATE, seed=0))

    teacher.export(tmp_path)

    loaded: Any = CLIPModel.from_pretrained(tmp_path, output_loading_info=True)
    exported, found = loaded
    assert [] == [name for names in found.values() for name in names]
    assert NAME not in exported.state_dict()
    assert pytest.approx(teacher._model.get_parameter(NAME).item()) == exported.config.logit_bias


def test_exporting_does_not_interrupt_learning(tmp_path: Path) -> None:
    shown = batch(tiny_clip())
    plain, looked_at = (learner(tiny_clip(), objective=SIGMOID) for _ in range(2))

    expected = [plain.step(shown, StepPlan(RATE, seed=step)).loss for step in range(4)]
    actual = [looked_at.step(shown, StepPlan(RATE, seed=step)).loss for step in range(2)]
    looked_at.export(tmp_path)
    actual += [looked_at.step(shown, StepPlan(RATE, seed=step)).loss for step in range(2, 4)]

    assert expected == actual


def test_the_bias_comes_back_whatever_happens_without_it() -> None:
    model = tiny_clip().model
    attach_bias(model, start=-4.0)
    bias = model.get_parameter(NAME)

    def interrupted() -> None:
        with without_bias(model):
            assert NAME not in dict(model.named_parameters())
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        interrupted()

    assert bias is model.get_parameter(NAME)


def test_objectives_that_need_no_bias_leave_the_model_as_it_is() -> None:
    assert NAME not in dict(learner(tiny_clip())._model.named_parameters())
