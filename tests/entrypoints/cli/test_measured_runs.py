"""Laws of what a run measures when it begins: said once, kept with the run, and never measured again."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cliptune.entrypoints.cli.app import command_line
from support.drawn import drawn_config

ARCHITECTURE = {"num_workers": 0, "num_epochs": 1, "max_sequence_length": 24}


def cliptune(*arguments: str) -> Result:
    done = CliRunner().invoke(command_line(), list(arguments))
    assert 0 == done.exit_code, done.stderr
    return done


def environment(config: Path) -> dict[str, Any]:
    (run,) = (config.parent / "runs").glob("*-*")
    document: dict[str, Any] = json.loads((run / "environment.json").read_text(encoding="utf-8"))
    return document


def test_precision_and_batch_are_measured_once_and_kept_by_a_resume(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, **ARCHITECTURE, batch_size=None)

    begun = cliptune("train", str(config))
    first = environment(config)
    (run,) = (config.parent / "runs").glob("*-*")
    # As if it had been measured on another day, and stopped before its first checkpoint.
    measured = first["conditions"] | {"precision": "bfloat16", "batch_size": 4}
    (run / "environment.json").write_text(json.dumps(first | {"conditions": measured}), encoding="utf-8")
    status = json.loads((run / "status.json").read_text(encoding="utf-8"))
    (run / "status.json").write_text(json.dumps(status | {"status": "interrupted", "step": 0}), encoding="utf-8")
    for path in (run / "checkpoints").glob("step-*"):
        path.rename(tmp_path / path.name)
    resumed = cliptune("train", str(config), "--resume", "auto")

    reasons = first["measured"]
    assert 2 == len(reasons)
    assert reasons[0].startswith(first["conditions"]["precision"])
    assert f"batch_size {first['conditions']['batch_size']}:" in reasons[1]
    assert f"the loss sees {first['conditions']['batch_size']} pairs a step" in reasons[1]
    # Lines are wrapped where they are shown.
    assert all(" ".join(reason.split()) in " ".join(begun.stderr.split()) for reason in reasons)
    assert "in bfloat16" in resumed.stderr
    assert "steps of 4 pairs" in resumed.stderr
    assert "trying what" not in resumed.stderr
    assert "note: precision" not in resumed.stderr


@pytest.mark.parametrize(("asked", "precision"), [("fp32", "float32"), ("bf16", "bfloat16")])
def test_what_is_stated_is_not_measured(tmp_path: Path, asked: str, precision: str) -> None:
    config = drawn_config(tmp_path, **ARCHITECTURE, precision=asked)

    done = cliptune("train", str(config), "--dry-run", "--json")

    assert precision == json.loads(done.stdout)["precision"]
    assert "trying what" not in done.stderr


def test_mixed_precision_false_is_float32_and_contradicts_16_bit(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, **ARCHITECTURE, mixed_precision=False)

    done = cliptune("train", str(config), "--dry-run", "--json")
    refused = CliRunner().invoke(command_line(), ["train", str(config), "--set", "precision=bf16"])

    assert "float32" == json.loads(done.stdout)["precision"]
    assert 2 == refused.exit_code
    assert "mixed_precision: false is fp32" in refused.stderr


@pytest.mark.parametrize(("slice_pairs", "effective"), [(4, 10), (64, 10)])
def test_an_effective_batch_is_what_the_loss_sees_whatever_the_slice(
    tmp_path: Path, slice_pairs: int, effective: int
) -> None:
    config = drawn_config(tmp_path, **ARCHITECTURE, batch_size=slice_pairs, effective_batch_size=effective)

    plan = json.loads(cliptune("train", str(config), "--dry-run", "--json").stdout)

    assert effective == plan["batch_size"]


def test_two_ways_to_state_a_batch_are_refused(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, **ARCHITECTURE, effective_batch_size=16, gradient_accumulation_steps=2)

    refused = CliRunner().invoke(command_line(), ["train", str(config), "--dry-run"])

    assert 2 == refused.exit_code
    assert "set effective_batch_size or gradient_accumulation_steps, not both" in refused.stderr


def test_attention_and_checkpointing_are_those_that_were_asked_for(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, **ARCHITECTURE, attention="chunked", gradient_checkpointing=True, precision="fp32")

    cliptune("train", str(config))

    (run,) = (config.parent / "runs").glob("*-*")
    assert "chunked" == environment(config)["conditions"]["attention"]
    (learner,) = (run / "checkpoints").glob("step-*/learner.json")
    assert json.loads(learner.read_text(encoding="utf-8"))["gradient_checkpointing"] is True
