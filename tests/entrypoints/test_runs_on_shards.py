"""A run on shards goes on exactly after a kill; with all shards open it is the run on the table they were made of."""

from pathlib import Path
from random import Random

import pytest
import yaml

from cliptune.adapters.datasets.detect import open_source
from cliptune.domain.config.data import DataConfig
from support.conversions import convert, target_of
from support.drawn import drawn_config
from support.killed import KILLS, after, as_soon_as_it_is_known, finish, kill_when, steps_of

STEPS = 16
WEIGHTS = ("model/model.safetensors", f"checkpoints/step-{STEPS:06}/optimizer.safetensors")


def on(data: Path, folder: Path, *, shards_open: int) -> Path:
    """A run of a few seconds on a data set."""
    folder.mkdir()
    keys = {
        "precision": "bf16",
        "attention_dropout": 0.1,
        "worker_kind": "process",
        "crop_min_area": 0.6,
        "save_steps": 3,
        "group_column": "group",
        "shards_open": shards_open,
    }
    config = drawn_config(folder, **keys)
    values = yaml.safe_load(config.read_text(encoding="utf-8"))
    config.write_text(yaml.safe_dump({**values, "data_path": str(data)}), encoding="utf-8")
    return config


@pytest.fixture
def table(tmp_path: Path) -> Path:
    drawn_config(tmp_path)
    return tmp_path / "world" / "captions.csv"


@pytest.mark.slow
@pytest.mark.parametrize(("unbroken_on", "shards_open"), [("shards", 4), ("table", 100)])
def test_a_run_on_shards_killed_at_random_moments_has_the_bits_of_an_unbroken_one(
    tmp_path: Path, table: Path, unbroken_on: str, shards_open: int
) -> None:
    # Nothing fits into no bytes: every picture gets a shard of its own.
    convert(open_source(str(table), DataConfig()), target_of("shards", tmp_path / "shards", megabytes=0))
    data = table if unbroken_on == "table" else tmp_path / "shards"
    unbroken = finish(on(data, tmp_path / "straight", shards_open=shards_open), resume=False)
    killed = on(tmp_path / "shards", tmp_path / "killed", shards_open=shards_open)

    chance = Random(6)
    moments = [as_soon_as_it_is_known, *(after(step) for step in sorted(chance.sample(range(4, STEPS), KILLS - 1)))]
    came = [kill_when(killed, moment, resume=bool(number)) for number, moment in enumerate(moments)]
    resumed = finish(killed, resume=True)

    assert [True] * KILLS == came
    assert list(range(1, STEPS + 1)) == steps_of(unbroken) == steps_of(resumed)
    for file in WEIGHTS:
        assert (unbroken / file).read_bytes() == (resumed / file).read_bytes(), file
