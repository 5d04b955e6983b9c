"""Laws of a scheduled temperature from the configuration to the exported model."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file
from typer.testing import CliRunner, Result

from cliptune.entrypoints.cli.app import command_line
from support.drawn import drawn_config

STEPS = 16  # four epochs of 4 batches


def cliptune(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(), list(arguments))


def scheduled(folder: Path, **keys: Any) -> Path:
    return drawn_config(folder, num_workers=0, temperature_scheduling=True, **keys)


def temperatures_of(run: Path) -> list[float]:
    lines = (run / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event["temperature"] for event in map(json.loads, lines) if event["event"] == "step"]


def test_the_exported_scale_is_that_of_the_checkpoint_whose_weights_are_exported(tmp_path: Path) -> None:
    """So slow a rate that no score is better than the first: the best checkpoint is not the last."""
    config = scheduled(tmp_path, temperature_schedule_type="cosine", learning_rate=1e-12)

    done = cliptune("train", str(config), "--json")

    assert 0 == done.exit_code, done.stderr
    document = json.loads(done.stdout)
    run, best = Path(document["run"]), document["best_step"]
    told = temperatures_of(run)
    scale = load_file(run / "model" / "model.safetensors")["logit_scale"].item()
    assert 1 <= best < STEPS == len(told)
    assert told[best - 1] > 2 * told[-1]
    assert pytest.approx(math.log(1 / told[best - 1]), rel=1e-6) == scale
    assert [0.1, 0.01] == pytest.approx([told[0], told[-1]], rel=1e-6)


def test_a_dry_run_tells_where_the_temperature_begins_and_that_its_warm_up_was_cut(tmp_path: Path) -> None:
    done = cliptune("train", str(scheduled(tmp_path, temperature_max=0.09)), "--dry-run", "--json")

    assert 0 == done.exit_code, done.stderr
    plan = json.loads(done.stdout)
    assert 0.09 == plan["temperature"]
    assert "warm-up of the temperature cut from 1000 to 1 steps, a tenth of the 16 planned" in plan["notes"]


def test_a_models_own_temperature_outside_the_bounds_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    config = scheduled(tmp_path, temperature="model", temperature_max=0.05)  # from scratch it begins at 0.07

    done = cliptune("train", str(config))

    assert 2 == done.exit_code
    assert "temperature: the model's own temperature, 0.07, does not lie between" in " ".join(done.stderr.split())
