"""Laws of a run that must not forget: what is exported is the chosen point of the curve that the report shows."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cliptune.adapters.datasets.worlds import write_world
from cliptune.application.outcome_file import outcomes_from_npz
from cliptune.domain.worlds import general_scenes
from cliptune.entrypoints.cli.app import command_line
from support.drawn import drawn_config


def cliptune(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(), list(arguments))


def config_with_retention(folder: Path, **keys: Any) -> Path:
    general = write_world(folder / "general", general_scenes(24, seed=5), seed=5)
    values = {"num_epochs": 2, "num_workers": 0, "wise_ft_alphas": [0, 0.5, 1]} | keys
    return drawn_config(folder, retention_path=str(general), **values)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    config = config_with_retention(tmp_path_factory.mktemp("kept"), ema_decay=0.9, max_general_drop=1.0)
    done = cliptune("train", str(config), "--json")
    assert 0 == done.exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return Path(document["run"]), document


def test_the_curve_stands_in_the_report_the_events_and_the_card(trained: tuple[Path, dict[str, Any]]) -> None:
    run, document = trained
    curve = json.loads((run / "evaluation" / "wise_ft.json").read_text(encoding="utf-8"))
    report = json.loads((run / "evaluation" / "report.json").read_text(encoding="utf-8"))
    events = [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]

    assert curve == report["wise_ft"]
    assert curve["alpha"] == report["identity"]["wise_ft_alpha"] == document["wise_ft_alpha"]
    assert [0.0, 0.5, 1.0] == [event["alpha"] for event in events if event["event"] == "wise_ft"]
    assert f"alpha {curve['alpha']:g}" in (run / "model" / "README.md").read_text(encoding="utf-8")
    assert (24, 48) == (curve["retention_images"], curve["retention_captions"])
    assert not (run / "wise_ft").exists()


def test_the_numbers_of_the_report_are_those_of_the_exported_model(trained: tuple[Path, dict[str, Any]]) -> None:
    run, document = trained

    again = cliptune("evaluate", str(run), "--json")

    assert document["metrics"] == pytest.approx(json.loads(again.stdout)["metrics"], abs=1e-6)


def test_the_base_of_the_curve_is_the_model_before_training(tmp_path: Path) -> None:
    """Read anew from its name, the base has the bits that training started from."""
    config = config_with_retention(tmp_path, wise_ft_alphas=[0])
    done = cliptune("train", str(config), "--json")
    assert 0 == done.exit_code, done.stderr
    document = json.loads(done.stdout)

    assert 0.0 == document["wise_ft_alpha"]
    before = outcomes_from_npz((Path(document["run"]) / "evaluation" / "before.npz").read_bytes(), name="before.npz")
    assert before.summary == pytest.approx(document["metrics"], abs=0, rel=0, nan_ok=True)


def test_pairs_that_cannot_be_read_stop_the_run_before_it_trains(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, num_epochs=1, num_workers=0, retention_path=str(tmp_path / "nowhere.csv"))

    done = cliptune("train", str(config))

    assert 3 == done.exit_code
    assert "nowhere.csv" in done.stderr
    assert [] == list((tmp_path / "runs").glob("*/events.jsonl"))


def test_without_a_validation_split_there_is_nothing_to_choose_on(tmp_path: Path) -> None:
    config = drawn_config(tmp_path, retention_path="somewhere.csv", train_split=0.8, val_split=0.0)

    done = cliptune("config", "validate", str(config))

    assert 2 == done.exit_code
    assert "chosen on the validation split" in done.stderr
