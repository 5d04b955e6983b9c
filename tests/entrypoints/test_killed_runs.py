"""A run that is killed at any moment goes on bit for bit, in its own folder, with no step twice and none missing."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from support.drawn import drawn_config
from support.killed import (
    KILLS,
    Moment,
    after,
    as_soon_as_it_is_known,
    finish,
    kill_when,
    steps_of,
    while_a_checkpoint_is_written,
)

STEPS = 24


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "more"),
    [("thread", {"batch_plan": "avoid"}), ("process", {"ema_decay": 0.9, "image_resolutions": [16, 32, 48]})],
)
def test_a_run_killed_at_random_moments_ends_with_the_bits_of_the_unbroken_one(
    tmp_path: Path, kind: str, more: dict[str, Any]
) -> None:
    keys = {
        "attention_dropout": 0.1,
        # Stated: two fresh runs measure for themselves, and near a tie might choose differently.
        "precision": "bf16",
        "worker_kind": kind,
        "crop_min_area": 0.6,
        "color_jitter": 0.2,
        "save_steps": 3,
        "num_epochs": 6,
        **more,
    }
    for name in ("straight", "killed"):
        (tmp_path / name).mkdir()
    straight = drawn_config(tmp_path / "straight", **keys)
    killed = drawn_config(tmp_path / "killed", **keys)
    unbroken = finish(straight, resume=False)
    assert list(range(1, STEPS + 1)) == steps_of(unbroken), "the control"

    chance = Random(kind)
    moments: list[Moment] = [as_soon_as_it_is_known, while_a_checkpoint_is_written]
    moments += [after(step) for step in sorted(chance.sample(range(7, STEPS), KILLS - 2))]
    came = [kill_when(killed, moment, resume=bool(number)) for number, moment in enumerate(moments)]
    resumed = finish(killed, resume=True)

    assert [True] * KILLS == came
    assert list(range(1, STEPS + 1)) == steps_of(resumed)
    for file in ("model/model.safetensors", f"checkpoints/step-{STEPS:06}/optimizer.safetensors"):
        assert (unbroken / file).read_bytes() == (resumed / file).read_bytes(), file
    losses = [
        [
            event["loss"]
            for event in map(json.loads, (folder / "events.jsonl").read_text(encoding="utf-8").splitlines())
            if event["event"] == "step"
        ]
        for folder in (unbroken, resumed)
    ]
    assert losses[0] == losses[1]
