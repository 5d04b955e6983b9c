"""A run on 16-bit pictures: refused without a rule, and its model is never fed otherwise than it learned."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import cliptune as product
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.domain.corruptions import CORRUPTIONS
from cliptune.entrypoints.cli.app import command_line
from cliptune.entrypoints.reviewing import ReviewPlan, queues_for
from cliptune.entrypoints.wiring.reviewing import embeddings_in, previews, source_of
from support.deep_pictures import tiff_pages, tomogram
from support.drawn import drawn_config

WINDOW = "gray_window=[2020, 2040]"


def cliptune(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(), list(arguments))


def answer(*arguments: str) -> tuple[dict[str, Any], str]:
    done = cliptune(*arguments, "--json")
    assert 0 == done.exit_code, done.stderr
    return json.loads(done.stdout), done.stderr


def deepened(folder: Path) -> Path:
    """The drawn world with pictures of 16 bits, whose values begin at 1000."""
    config = drawn_config(folder, num_epochs=2, num_workers=0, robustness_pictures=4)
    for path in (folder / "world").rglob("*.png"):
        levels = np.asarray(Image.open(path).convert("L")).astype(np.uint16)
        Image.fromarray(1000 + 8 * levels).save(path)
    return config


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("deep")
    config = deepened(folder)
    document, _ = answer("train", str(config), "--set", "gray_rule=window", "--set", WINDOW)
    return folder / "world" / "captions.csv", Path(document["run"]), document


def test_without_a_rule_the_pictures_are_refused_with_the_rules_that_there_are(tmp_path: Path) -> None:
    done = cliptune("train", str(deepened(tmp_path)))

    assert 3 == done.exit_code
    assert "gray_rule: window, percentile, full_range or picture_range" in done.stderr.replace("\n", " ")


def test_the_rule_is_written_into_the_run_and_into_the_model(trained: tuple[Path, Path, dict[str, Any]]) -> None:
    _, run, _ = trained
    kept = json.loads((run / "model" / "cliptune_input.json").read_text(encoding="utf-8"))
    thumbnails = (run / "evaluation" / "report.html").read_text(encoding="utf-8").count("data:image/jpeg")

    assert ("window", [2020.0, 2040.0]) == (kept["gray_rule"], kept["gray_window"])
    assert "gray_rule: window" in (run / "config.yaml").read_text(encoding="utf-8")
    assert thumbnails > 0


def test_the_model_alone_reads_pictures_by_its_own_rule_whatever_is_configured(
    trained: tuple[Path, Path, dict[str, Any]],
) -> None:
    table, run, _ = trained
    plain = ("evaluate", str(run / "model"), "--data", str(table), "--set", "robustness_pictures=0")
    by_run, silent = answer("evaluate", str(run), "--data", str(table), "--set", "robustness_pictures=0")
    by_model, told = answer(*plain)
    other, also_told = answer(*plain, "--set", "gray_rule=percentile")

    assert by_run["metrics"] == pytest.approx(by_model["metrics"], abs=1e-9)
    assert by_run["metrics"] == pytest.approx(other["metrics"], abs=1e-9)
    assert "learned from pictures" not in silent
    assert "not by the defaults as configured" in " ".join(told.split())
    assert '"gray_rule": "percentile"' in " ".join(also_told.split())


def test_damaged_pictures_are_measured_as_the_rule_shows_them(trained: tuple[Path, Path, dict[str, Any]]) -> None:
    table, run, _ = trained
    asked = ("--data", str(table), "--set", "robustness_pictures=40")
    _, told = answer("evaluate", str(run / "model"), *asked, "--out", str(run / "damaged"))
    report = json.loads((run / "damaged" / "report.json").read_text(encoding="utf-8"))

    assert len(CORRUPTIONS) == len(report["robustness"]["rows"])
    assert "not measured" not in told


def test_the_model_reads_pictures_by_its_rule_in_python_too(trained: tuple[Path, Path, dict[str, Any]]) -> None:
    table, run, _ = trained
    model = product.load_model(str(run / "model"))
    paths = sorted((table.parent / "images").glob("*.png"))[:2]

    embedded = model.encode_image(paths)
    pictures = [Image.open(io.BytesIO(path.read_bytes())) for path in paths]
    found = dict(model.retrieve_image("a gear", pictures))
    expected = model.similarity(embedded, model.encode_text(["a gear"]))[:, 0].tolist()

    assert expected == pytest.approx([found[0], found[1]], abs=1e-5)


def test_an_index_made_under_a_rule_is_asked_under_the_same(
    trained: tuple[Path, Path, dict[str, Any]], tmp_path: Path
) -> None:
    table, run, _ = trained
    answer("index", "build", str(table), "--model", str(run / "model"), "--out", str(tmp_path / "index"))
    picture = min((table.parent / "images").glob("*.png"))
    found, _ = answer("search", str(tmp_path / "index"), "--image", str(picture))

    assert f"images/{picture.name}" in json.dumps(found)


def test_an_index_remembers_the_rule_of_a_model_that_has_none_of_its_own(
    trained: tuple[Path, Path, dict[str, Any]], tmp_path: Path
) -> None:
    table, run, _ = trained
    model = shutil.copytree(run / "model", tmp_path / "model", ignore=shutil.ignore_patterns("cliptune_input.json"))
    rule = ("--set", "gray_rule=window", "--set", WINDOW)
    answer("index", "build", str(table), "--model", str(model), "--out", str(tmp_path / "index"), *rule)
    picture = min((table.parent / "images").glob("*.png"))
    found, _ = answer("search", str(tmp_path / "index"), "--image", str(picture))

    assert f"images/{picture.name}" in json.dumps(found)


def test_pages_of_a_file_are_embedded_each_by_itself(
    trained: tuple[Path, Path, dict[str, Any]], tmp_path: Path
) -> None:
    _, run, _ = trained
    pages = [1000 + tomogram(64, 64, seed=seed) // 3 for seed in (1, 2)]
    (tmp_path / "stack.tif").write_bytes(tiff_pages([pages[0], pages[1][::-1]]))
    (tmp_path / "t.csv").write_text("image_path,caption\nstack.tif,a stack\n", encoding="utf-8")
    asked = ("--model", str(run / "model"), "--out", str(tmp_path / "made"), "--set", "pages=each")
    answer("embed", str(tmp_path / "t.csv"), *asked)
    made = embeddings_in(tmp_path / "made")

    assert ["stack.tif?page=1", "stack.tif?page=2"] == [row.image for row in made.image_rows]
    assert made.image_rows[0].content != made.image_rows[1].content
    assert not np.array_equal(made.images[0], made.images[1])


def test_a_review_shows_pictures_by_the_rule_of_the_model_that_embedded_them(
    trained: tuple[Path, Path, dict[str, Any]], tmp_path: Path
) -> None:
    table, run, _ = trained
    plan = ReviewPlan(str(table), model=str(run / "model"), out=tmp_path / "decisions.jsonl")
    queues, config = queues_for(plan, watcher=SilentProgress())
    shown = previews(queues.folder, source_of(str(table), config), rule=config.fidelity)
    own = np.asarray(Image.open(io.BytesIO(shown(0))).convert("L"))
    values = np.asarray(Image.open(table.parent / queues.folder.image_rows[0].image)).astype(np.float64)

    assert pytest.approx(((values - 1000) / 8).mean(), abs=2) == own.mean()
