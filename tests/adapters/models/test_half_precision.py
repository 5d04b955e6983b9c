"""Laws of learning in 16 bit: the loss is float32, a scaler is for float16, and an overflow changes nothing."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from attrs import evolve, field, frozen
from safetensors.torch import load_file
from torch import Tensor

from cliptune.adapters.models.clip_learner import ClipLearner
from cliptune.domain.devices import Precision
from cliptune.domain.errors import NonFiniteLoss
from cliptune.domain.learning import StepPlan
from cliptune.domain.losses import Contrastive, Rows, RowTerms
from support.clips import batch, learner, tiny_clip

HALVES: tuple[Precision, ...] = ("bfloat16", "float16")
# The scale begins at 65,536, at which this model overflows; each overflow halves it.
SETTLED = 12


def take(teacher: ClipLearner, *, step: int = 0, rate: float = 1e-3) -> bool:
    return teacher.step(batch(tiny_clip()), StepPlan(learning_rate=rate, seed=step)).skipped


def kept(teacher: ClipLearner, folder: Path) -> Mapping[str, Tensor]:
    """Weights, moments and average, by file and name."""
    folder.mkdir()
    teacher.snapshot(folder)
    return {
        f"{path.stem}/{name}": tensor
        for path in folder.glob("*.safetensors")
        for name, tensor in load_file(path).items()
    }


def overflow(teacher: ClipLearner) -> None:
    """Let one gradient be infinite from now on."""
    teacher._model.visual_projection.weight.register_hook(
        lambda gradient: gradient.index_fill(0, torch.tensor(0), torch.inf)
    )


@frozen(eq=False)
class Watched(Contrastive):
    """A family that notes in what it is computed."""

    seen: set[tuple[torch.dtype, torch.dtype, bool]] = field(factory=set)

    def rows(self, rows: Rows) -> RowTerms:
        """The terms of the plain one."""
        terms = super().rows(rows)
        self.seen.add((rows.cosines.dtype, terms.loss.dtype, torch.is_autocast_enabled("cpu")))
        return terms


@pytest.mark.parametrize("precision", HALVES)
@pytest.mark.parametrize("slice_size", [64, 5])
def test_the_loss_sees_float32_outside_of_autocast(precision: Precision, slice_size: int) -> None:
    watched = Watched()
    teacher = learner(tiny_clip(), precision=precision, slice_size=slice_size)
    teacher._objective = evolve(teacher._objective, family=watched)

    take(teacher)

    assert {(torch.float32, torch.float32, False)} == watched.seen


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_only_float16_has_a_scaler(precision: Precision, tmp_path: Path) -> None:
    teacher = learner(tiny_clip(), precision=precision)

    take(teacher)
    kept(teacher, tmp_path / "kept")

    assert not teacher._scaler.is_enabled()
    assert {} == json.loads((tmp_path / "kept" / "learner.json").read_text())["scaler"]


def test_a_step_that_overflows_in_float16_is_reported_and_changes_nothing_but_the_scale(tmp_path: Path) -> None:
    teacher = learner(tiny_clip(), precision="float16", ema_decay=0.5)
    for step in range(SETTLED):
        take(teacher, step=step)
    before, scale = kept(teacher, tmp_path / "before"), teacher._scaler.get_scale()
    overflow(teacher)

    skipped = take(teacher, step=99)

    after = kept(teacher, tmp_path / "after")
    assert skipped
    assert scale / 2 == teacher._scaler.get_scale()
    assert any(name.startswith("optimizer/exp_avg") for name in before)
    assert any(name.startswith("average/") for name in before)
    assert before.keys() == after.keys()
    assert [] == [name for name in before if not torch.equal(before[name], after[name])]


def test_float16_learns_once_its_scale_has_settled(tmp_path: Path) -> None:
    """The control: not every step is skipped, and those that are not move the weights."""
    teacher = learner(tiny_clip(), precision="float16")

    skipped = [take(teacher, step=step) for step in range(SETTLED)]
    before = kept(teacher, tmp_path / "before")

    assert not take(teacher, step=99)
    after = kept(teacher, tmp_path / "after")
    assert False in skipped
    assert any(not torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_an_infinite_gradient_without_a_scaler_ends_the_run_with_the_weights_as_they_were(
    precision: Precision, tmp_path: Path
) -> None:
    teacher = learner(tiny_clip(), precision=precision)
    take(teacher)
    before = kept(teacher, tmp_path / "before")
    overflow(teacher)

    with pytest.raises(NonFiniteLoss, match="gradient norm"):
        take(teacher)

    after = kept(teacher, tmp_path / "after")
    assert before.keys() == after.keys()
    assert [] == [name for name in before if not torch.equal(before[name], after[name])]


@pytest.mark.parametrize("precision", HALVES)
def test_a_picture_without_a_direction_leaves_every_gradient_a_number(precision: Precision) -> None:
    """A projection of zeros embeds every picture as the zero vector."""
    clip = tiny_clip()
    clip.model.visual_projection.weight.data.zero_()
    teacher = learner(clip, precision=precision)

    shown = batch(tiny_clip())
    report = teacher.step(evolve(shown, pixel_values=shown.pixel_values * 10), StepPlan(learning_rate=0.0, seed=0))

    assert report.loss == report.loss
    assert report.skipped or all(
        bool(parameter.grad.isfinite().all()) for parameter in teacher._model.parameters() if parameter.grad is not None
    )
