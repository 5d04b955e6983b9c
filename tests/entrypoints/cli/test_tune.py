"""Laws of ``tune``: one real sweep on drawn pictures, stopped and gone on with, and a winner that trains."""

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

import cliptune as package
from cliptune.adapters.configuration import read_config
from cliptune.domain.config import flat
from cliptune.domain.sweep import Outcome, Verdict
from cliptune.entrypoints.cli.app import command_line
from cliptune.entrypoints.cli.tune import said
from support.drawn import drawn_config

SMALL = {"num_workers": 0, "num_epochs": 4, "mixed_precision": False}


def cliptune(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(), list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    done = cliptune(*arguments, "--json")
    assert 0 == done.exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    config = drawn_config(tmp_path_factory.mktemp("swept"), **SMALL)
    return config, answer("tune", str(config), "--trials", "3", "--out", str(config.parent / "winner.yaml"))


def state_of(document: dict[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((Path(document["folder"]) / "tune.json").read_text(encoding="utf-8"))
    return state


def test_a_sweep_tells_every_trial_and_whether_the_configured_run_was_beaten(
    swept: tuple[Path, dict[str, Any]],
) -> None:
    document = swept[1]

    assert ("finished", 42, None) == (document["status"], document["seed"], document["cost"])
    assert [{"until": 5, "challengers": 2}, {"until": 16, "challengers": 1}] == document["rungs"]
    assert [0, 1, 2] == [trial["trial"] for trial in document["trials"]]
    assert (0.001, 0.07, "contrastive", 8) == tuple(
        document["trials"][0][key] for key in ("learning_rate", "temperature", "loss_type", "batch_size")
    )
    assert [1, 2, 2] == sorted(len(trial["scores"]) for trial in document["trials"])
    assert document["default_score"] == document["trials"][0]["scores"][-1]
    assert document["score"] == document["trials"][document["winner"]]["scores"][-1] >= document["default_score"]


def test_the_winner_is_what_was_written_with_the_winners_keys_and_how_it_was_found(
    swept: tuple[Path, dict[str, Any]],
) -> None:
    config, document = swept
    text = (config.parent / "winner.yaml").read_text(encoding="utf-8")
    before, after = read_config(config), read_config(config.parent / "winner.yaml")
    winner = document["trials"][document["winner"]]
    searched = {"learning_rate", "temperature", "loss_type", "batch_size"}

    assert text == (Path(document["folder"]) / "winner.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Found by `cliptune tune`: 3 trials, seed 42")
    for key in searched:
        assert winner[key] == flat(after.config)[key]
    unchanged = {key for key in flat(before.config) if key not in searched}
    assert {key: flat(before.config)[key] for key in unchanged} == {key: flat(after.config)[key] for key in unchanged}
    stated = {key for key, origin in after.origins.items() if origin != "default"}
    assert {key for key, origin in before.origins.items() if origin != "default"} <= stated
    assert stated <= {key for key, origin in before.origins.items() if origin != "default"} | searched


def test_the_winner_trains(swept: tuple[Path, dict[str, Any]]) -> None:
    winner = swept[0].parent / "winner.yaml"

    assert "finished" == answer("train", str(winner), "--set", "num_epochs=1")["status"]


def test_a_sweep_that_is_there_is_only_gone_on_with_and_says_again_what_it_came_to(
    swept: tuple[Path, dict[str, Any]],
) -> None:
    config, document = swept
    kept = state_of(document)

    refused = cliptune("tune", str(config), "--trials", "3")
    again = answer("tune", str(config), "--trials", "3", "--resume")

    assert 2 == refused.exit_code
    assert "--resume" in refused.stderr
    assert {**document, "winner_file": again["winner_file"]} == again
    assert kept == state_of(document)


def test_a_person_gets_a_table_and_a_plain_word(swept: tuple[Path, dict[str, Any]]) -> None:
    config, document = swept

    told = cliptune("tune", str(config), "--trials", "3", "--resume").stdout

    assert "11 validation pictures" in told
    assert all(column in told for column in ("learning_rate", "temperature", "loss_type", "batch_size", "step 16"))
    assert document["verdict"] in told


def test_a_sweep_that_was_stopped_goes_on_and_ends_as_if_it_had_not_been(
    swept: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    config = swept[0]
    command = (*("tune", str(config), "--trials", "3", "--set", f"output_dir={tmp_path}", "--json"),)
    process = subprocess.Popen(
        [sys.executable, "-m", "cliptune", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until and not list(tmp_path.glob("tune-*/trials/00/events*")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert 130 == process.returncode, stderr
    stopped = json.loads(stdout)
    assert "interrupted" == stopped["status"]
    assert "--resume" in stderr

    again = answer(*command[:-1], "--resume")

    known = ("score", "default_score", "winner", "rungs", "trials")
    assert {key: swept[1][key] for key in known} == {key: again[key] for key in known}


def test_a_time_is_planned_by_what_a_step_cost_when_the_sweep_began(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, **SMALL | {"num_epochs": 1})
    command = ("tune", str(config), "--budget", "1e-9")

    refused = cliptune(*command)
    (folder,) = (tmp_path / "runs").glob("tune-*")
    left = {path.name for path in folder.iterdir()}
    cost = {"step": 4e-9, "visit": 0.0}
    (folder / "tune.json").write_text(json.dumps({"format": 1, "cost": cost, "outcomes": []}), encoding="utf-8")
    document = answer(*command, "--resume")

    assert 2 == refused.exit_code
    assert "1e-09 minutes are too few" in refused.stderr
    assert {"tune.json", "measuring", "trials"}.isdisjoint(left)
    assert cost == document["cost"]
    assert [{"until": 4, "challengers": 2}] == document["rungs"]  # 12 steps of 4e-9 s are within 6e-8 s, 16 are not


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--budget", "5", "--trials", "3"), "not both"),
        (("--budget", "0"), "above 0"),
        (("--budget", "nan"), "above 0"),
        (("--trials", "1"), "at least 2"),
        (("--out", "nowhere/winner.yaml"), "there is no folder nowhere"),
        (("--set", "train_split=0.8", "--set", "val_split=0"), "give val_split a larger share"),
    ],
)
def test_what_cannot_be_followed_is_one_clear_message_before_anything_is_trained(
    swept: tuple[Path, dict[str, Any]], arguments: tuple[str, ...], told: str
) -> None:
    done = cliptune("tune", str(swept[0]), *arguments)

    assert 2 == done.exit_code, done.stderr
    assert told in done.stderr


def test_a_file_of_ones_own_is_not_written_over(swept: tuple[Path, dict[str, Any]]) -> None:
    done = cliptune("tune", str(swept[0]), "--out", str(swept[0]))

    assert 2 == done.exit_code
    assert "is not the winner of a sweep" in done.stderr


def test_python_sweeps_as_the_command_does(swept: tuple[Path, dict[str, Any]]) -> None:
    config = read_config(swept[0]).config

    tuned = package.tune(config, trials=3, resume=True)

    assert isinstance(tuned, package.Tuned)
    assert tuned.verdict is not None
    assert (Path(swept[1]["folder"]), swept[1]["score"]) == (tuned.folder, tuned.verdict.winner.score)
    assert tuned.winner is not None
    assert flat(read_config(tuned.winner).config) == flat(read_config(swept[0].parent / "winner.yaml").config)


@pytest.mark.parametrize(
    ("winner", "default", "told"),
    [
        (Outcome(2, 1, 0.8), Outcome(0, 1, 0.2), "Trial 2 beats the configured run"),
        (Outcome(2, 1, 0.51), Outcome(0, 1, 0.5), "not by more than chance explains"),
        (Outcome(0, 1, 0.5), Outcome(0, 1, 0.5), "Nothing beat the configured run"),
        (Outcome(2, 1, 0.5), None, "The configured run failed; trial 2 did not"),
    ],
)
def test_it_is_said_plainly_whether_the_configured_run_was_beaten(
    winner: Outcome, default: Outcome | None, told: str
) -> None:
    assert told in said(Verdict(winner, default, pictures=100), steps=16)
