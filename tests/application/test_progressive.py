"""Laws of batches whose pictures grow: the size is a function of the step, so a run goes on exactly from anywhere."""

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.images.loader import picture_loader
from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.models.memory import MemoryBackend
from cliptune.adapters.system.clock import FixedClock
from cliptune.application.dry_run import DryRun
from cliptune.application.training_batches import TrainingBatches, plain_plan
from cliptune.domain.config import AugmentationConfig
from cliptune.domain.pairs import Example, ImageRef
from cliptune.domain.resolutions import resolution_at
from support.ledger import LedgerLearner, flat_pictures

PICTURES = 11
RESOLUTIONS = (4, 6, 8)
PLAN = plain_plan(PICTURES, batch_size=4, epochs=3)


def batches(*, workers: int, resolutions: tuple[int, ...] = RESOLUTIONS) -> TrainingBatches:
    return TrainingBatches(
        examples=[Example(ImageRef(f"{n}.png", ""), (f"caption {n}",), str(n)) for n in range(PICTURES)],
        loader=picture_loader(MemoryReader(flat_pictures(PICTURES)), workers=workers, kind="thread"),
        tokenize=MemoryBackend().tokenize,
        augmentation=AugmentationConfig(),
        plan=PLAN,
        seed=5,
        resolutions=resolutions,
    )


@given(st.integers(0, PLAN.total_steps - 1), st.sampled_from([0, 1, 3]))
def test_from_any_step_on_batches_are_those_of_the_unbroken_run_decoded_ahead_or_not(step: int, workers: int) -> None:
    expected = list(batches(workers=0).from_step(0))[step:]
    actual = list(batches(workers=workers).from_step(step))

    assert [batch.images for batch in expected] == [batch.images for batch in actual]
    assert all(torch.equal(a.pixel_values, b.pixel_values) for a, b in zip(expected, actual, strict=True))


def test_each_batch_has_the_size_of_its_step() -> None:
    sizes = [tuple(batch.pixel_values.shape[1:]) for batch in batches(workers=2).from_step(0)]

    steps = range(PLAN.total_steps)
    by_step = [resolution_at(step, total_steps=PLAN.total_steps, resolutions=RESOLUTIONS) for step in steps]
    assert [(3, size, size) for size in by_step] == sizes
    assert sorted({*RESOLUTIONS}) == sorted(set(by_step))


def test_without_sizes_pictures_are_as_the_loader_has_them() -> None:
    plain = list(batches(workers=0, resolutions=()).from_step(0))
    own = list(batches(workers=0, resolutions=(4,)).from_step(0))

    assert all(torch.equal(a.pixel_values, b.pixel_values) for a, b in zip(plain, own, strict=True))


@pytest.mark.parametrize(("resolutions", "measured"), [((), 3), (RESOLUTIONS, 9)])
def test_a_dry_run_measures_every_size(resolutions: tuple[int, ...], measured: int) -> None:
    learner = LedgerLearner()
    clock = FixedClock("2026-01-01T00:00:00+00:00")

    estimate = DryRun(learner, batches(workers=0, resolutions=resolutions), PLAN, clock, lambda: 7)()

    assert (measured, measured, 7) == (estimate.measured_steps, learner.steps, estimate.peak_bytes)
    assert evolve(estimate, seconds=estimate.seconds_per_step * PLAN.total_steps) == estimate
