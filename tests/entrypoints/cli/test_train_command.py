"""Laws of ``train`` and ``evaluate``: one command from a table to a model, and numbers that agree everywhere."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cliptune.application.outcome_file import outcomes_from_npz
from cliptune.entrypoints.cli.app import command_line
from support.drawn import drawn_config


def cliptune(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(), list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    done = cliptune(*arguments, "--json")
    assert 0 == done.exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("trained")
    config = drawn_config(folder, num_epochs=3, num_workers=0)
    return config, answer("train", str(config))


def test_one_command_leaves_a_run_folder_that_holds_everything(trained: tuple[Path, dict[str, Any]]) -> None:
    run = Path(trained[1]["run"])

    expected = {"config.yaml", "config.origin.json", "environment.json", "data.json", "events.jsonl", "status.json"}
    assert expected <= {path.name for path in run.iterdir()}
    assert {"before.npz", "outcomes.npz", "report.json", "report.html", "metrics.csv"} == {
        path.name for path in (run / "evaluation").iterdir()
    }
    assert {"config.json", "model.safetensors", "preprocessor_config.json", "README.md"} <= {
        path.name for path in (run / "model").iterdir()
    }
    card = (run / "model" / "README.md").read_text(encoding="utf-8")
    assert "random weights (scratch:tiny)" in card
    assert "| t2i_R@10 |" in card


def test_the_report_says_what_was_measured_on_what(trained: tuple[Path, dict[str, Any]]) -> None:
    run = Path(trained[1]["run"])
    report = json.loads((run / "evaluation" / "report.json").read_text(encoding="utf-8"))
    data = json.loads((run / "data.json").read_text(encoding="utf-8"))

    assert report["metrics"] == trained[1]["metrics"]
    before = outcomes_from_npz((run / "evaluation" / "before.npz").read_bytes(), name="before.npz")
    assert report["before"] == pytest.approx(before.summary, nan_ok=True)
    assert report["data"]["images"] == data["splits"]["test"]["images"]
    assert (True, data["fingerprint"]) == (report["identity"]["from_scratch"], report["identity"]["data_fingerprint"])


def test_the_root_of_the_data_is_in_every_part_of_a_run_and_its_manifest_tells_the_splits(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    config, document = trained
    run = Path(document["run"])
    root = json.loads((run / "data.json").read_text(encoding="utf-8"))["root"]
    report = json.loads((run / "evaluation" / "report.json").read_text(encoding="utf-8"))
    status = json.loads((run / "status.json").read_text(encoding="utf-8"))
    assert (root, root, root) == (report["identity"]["data_root"], report["data"]["root"], status["data_root"])
    assert root in (run / "evaluation" / "report.html").read_text(encoding="utf-8")
    assert f"Merkle root `{root}`" in (run / "model" / "README.md").read_text(encoding="utf-8")

    assert root == answer("data", "manifest", str(run))["root"] == answer("data", "manifest", str(config))["root"]
    found = answer("data", "diff", str(run), str(config.parent / "world" / "captions.csv"))
    assert (True, ["columns", "split"]) == (found["equal"], found["not_compared"])


def test_evaluating_a_run_and_its_model_gives_the_numbers_of_the_report(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    config, document = trained
    run = Path(document["run"])
    table = config.parent / "world" / "captions.csv"

    again = answer("evaluate", str(run))
    everything = [answer("evaluate", str(target), "--data", str(table)) for target in (run, run / "model")]

    assert document["metrics"] == pytest.approx(again["metrics"], abs=1e-6)
    assert everything[0]["metrics"] == pytest.approx(everything[1]["metrics"], abs=1e-6)
    assert (48, 96) == (everything[0]["images"], everything[0]["captions"])
    keys = {f"{way}_{name}" for way in ("i2t", "t2i") for name in ("R@1", "R@5", "R@10", "MRR", "median_rank")}
    assert keys | {"alignment_score"} <= set(again["metrics"])


def test_a_test_split_that_changed_since_the_run_is_not_called_its_own(trained: tuple[Path, dict[str, Any]]) -> None:
    run = trained[1]["run"]

    done = cliptune("evaluate", run, "--set", "train_split=0.3", "--set", "test_split=0.5")

    assert 3 == done.exit_code
    assert "the data or its splits changed since the run" in done.stderr


def test_a_finished_run_says_so_and_a_changed_configuration_is_a_new_run(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    config, document = trained

    finished = answer("train", str(config), "--resume", "auto")
    refused = cliptune("train", str(config), "--resume", Path(document["run"]).name, "--set", "learning_rate=0.002")

    assert {"run": document["run"], "status": "finished"} == finished
    assert 2 == refused.exit_code
    assert "the configuration changed since the run began" in refused.stderr


def test_a_dry_run_tells_the_plan_and_writes_nothing(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, num_workers=0)

    plan = answer("train", str(config), "--dry-run")

    assert not (tmp_path / "runs").exists()
    assert plan["total_steps"] == plan["steps_per_epoch"] * 4
    assert 3 == plan["estimate"]["measured_steps"]
    assert plan["estimate"]["seconds"] > 0
    assert {"train", "val", "test"} == set(plan["splits"])
    assert plan["trained_parameters"] > 100_000


def test_captions_that_are_cut_are_told_before_a_run_and_listed_in_its_folder(tmp_path: Path) -> None:
    config = drawn_config(
        tmp_path, num_epochs=1, num_workers=0, max_sequence_length=6, augment_text=True, new_tokens=["a red"]
    )
    plan, done = answer("train", str(config), "--dry-run"), cliptune("train", str(config), "--json")
    run = Path(json.loads(done.stdout)["run"])
    rows = (run / "captions_cut.csv").read_text(encoding="utf-8").splitlines()

    assert plan["tokens"]["cut"] == len(rows) - 1 > 0
    assert plan["tokens"] == json.loads((run / "data.json").read_text(encoding="utf-8"))["tokens"]
    assert any("more than the 6 tokens that are read" in note for note in plan["notes"])
    assert any("1 new token (a red): each starts as the mean of its pieces" in note for note in plan["notes"])
    assert any("training captions looked at have more than one clause" in note for note in plan["notes"])
    assert any("horizontal_flip mirrors half of the pictures" in note for note in plan["notes"])
    assert "all are in captions_cut.csv" in done.stderr


def test_effective_batches_are_planned_from_slices(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, num_workers=0, batch_size=4, gradient_accumulation_steps=3)

    assert 12 == answer("train", str(config), "--dry-run")["batch_size"]


@pytest.mark.slow
def test_an_interrupt_keeps_a_checkpoint_exits_130_and_goes_on(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, num_epochs=50, save_steps=10_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "cliptune", "train", str(config)], stderr=subprocess.PIPE, env=os.environ.copy()
    )
    events = tmp_path / "runs"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not any(
        b'"step": 6' in path.read_bytes() for path in events.glob("*/events.jsonl")
    ):
        time.sleep(0.01)

    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)

    assert 130 == process.returncode, told.decode()
    assert b"--resume" in told
    (run,) = events.iterdir()
    status = json.loads((run / "status.json").read_text(encoding="utf-8"))
    assert "interrupted" == status["status"]
    lines = (run / "events.jsonl").read_text(encoding="utf-8").splitlines()
    steps = [event["step"] for event in map(json.loads, lines) if event["event"] == "step"]
    assert list(range(1, status["step"] + 1)) == steps
    assert (run / "checkpoints" / f"step-{status['step']:06}" / "manifest.json").is_file()
