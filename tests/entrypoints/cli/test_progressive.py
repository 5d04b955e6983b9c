"""Laws of a run at growing sizes: the saved model has the last, and the report tells each."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cliptune.adapters.datasets.worlds import write_world
from cliptune.domain.worlds import general_scenes
from cliptune.entrypoints.cli.app import command_line
from support.drawn import drawn_config


def cliptune(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(), list(arguments))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Growing sizes together with everything else that touches the exported weights."""
    folder = tmp_path_factory.mktemp("growing")
    config = drawn_config(
        folder,
        image_resolutions=[16, 32, 48],
        num_epochs=2,
        num_workers=0,
        ema_decay=0.9,
        loss_type="sigmoid",
        retention_path=str(write_world(folder / "general", general_scenes(12, seed=5), seed=5)),
        wise_ft_alphas=[0, 0.7],
    )
    done = cliptune("train", str(config), "--json")
    assert 0 == done.exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return Path(document["run"]), document


def test_the_report_tells_each_size_and_the_last_is_the_one_of_the_metrics(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    run, document = trained
    report = json.loads((run / "evaluation" / "report.json").read_text(encoding="utf-8"))

    assert [16, 32, 48] == [row["pixels"] for row in report["by_resolution"]]
    assert document["metrics"]["mean_recall"] == report["by_resolution"][-1]["mean_recall"]
    assert 0 < min(row["mean_recall"] for row in report["by_resolution"])


def test_the_saved_model_carries_the_last_size_and_has_the_numbers_of_the_report(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    run, document = trained
    config = json.loads((run / "model" / "config.json").read_text(encoding="utf-8"))
    rule = json.loads((run / "model" / "preprocessor_config.json").read_text(encoding="utf-8"))

    again = cliptune("evaluate", str(run), "--json")

    assert 48 == config["vision_config"]["image_size"]
    assert {"height": 48, "width": 48} == rule["crop_size"]
    assert document["metrics"] == pytest.approx(json.loads(again.stdout)["metrics"], abs=1e-6)
    assert "16, 32 and 48 pixels" in (run / "model" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("keys", [{"image_resolutions": [48, 32]}, {"image_resolution": 32}])
def test_sizes_that_shrink_or_contradict_are_refused(tmp_path: Path, keys: dict[str, Any]) -> None:
    config = drawn_config(tmp_path, **({"image_resolutions": [32, 48]} | keys))

    done = cliptune("config", "validate", str(config))

    assert 2 == done.exit_code
    assert "image_resolutions" in done.stderr
