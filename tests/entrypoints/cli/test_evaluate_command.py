"""Laws of ``evaluate`` and ``compare``: reports, gates, comparisons, and what is left beside them."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cliptune.adapters.storage.embeddings import read_embeddings
from cliptune.entrypoints.cli.app import command_line
from support.drawn import drawn_config

LABELS = ("--set", "metadata_path=labels.csv", "--set", "label_column=kind", "--set", "slice_columns=[kind]")


def cliptune(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(), list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    done = cliptune(*arguments, "--json")
    assert 0 == done.exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sequence[str]]:
    """Two runs on one data set, of whose pictures a table tells a kind."""
    folder = tmp_path_factory.mktemp("evaluated")
    config = drawn_config(folder, num_epochs=2, num_workers=0, bootstrap_resamples=200)
    table = folder / "world" / "captions.csv"
    with table.open(encoding="utf-8", newline="") as file:
        pictures = list(dict.fromkeys(row["image_path"] for row in csv.DictReader(file)))
    rows = [f"{picture},{'odd' if number % 2 else 'even'}" for number, picture in enumerate(pictures)]
    (folder / "world" / "labels.csv").write_text("\n".join(("image_path,kind", *rows)) + "\n", encoding="utf-8")
    made = [answer("train", str(config), "--set", f"learning_rate={rate}")["run"] for rate in ("1e-3", "1e-9")]
    return table, made


def test_evaluating_a_run_writes_a_report_for_people_and_programs(runs: tuple[Path, Sequence[str]]) -> None:
    run = Path(runs[1][0])

    document = answer("evaluate", str(run), *LABELS)

    kept = run / "evaluation"
    report = json.loads((kept / "report.json").read_text(encoding="utf-8"))
    assert str(kept / "report.html") == document["report"]
    assert (2, document["metrics"]) == (report["schema_version"], report["metrics"])
    assert {"comparison", "zero_shot", "calibration", "slices", "robustness", "limits", "heatmap"} <= report.keys()
    assert "random weights" in " ".join(report["limits"])
    assert report["headline"]["sentence"] in (kept / "report.html").read_text(encoding="utf-8").replace("&#39;", "'")
    names = {"weights", "preprocessing", "tokenizer", "data_fingerprint", "seed", "device", "versions", "command"}
    assert names <= report["identity"].keys()


def test_a_report_tells_the_root_of_the_data_that_it_was_measured_on(runs: tuple[Path, Sequence[str]]) -> None:
    table, (run, _) = runs
    roots = []
    for target in (run, f"{run}/model"):
        report = Path(answer("evaluate", target, "--data", str(table))["report"]).with_name("report.json")
        roots.append(json.loads(report.read_text(encoding="utf-8"))["data"]["root"])
    assert (1, 64) == (len(set(roots)), len(roots[0]))
    assert roots[0] != json.loads((Path(run) / "data.json").read_text(encoding="utf-8"))["root"]


def test_the_embeddings_beside_a_report_are_those_that_it_was_made_from(runs: tuple[Path, Sequence[str]]) -> None:
    run = runs[1][0]
    document = answer("evaluate", run)

    kept = read_embeddings(Path(run) / "evaluation" / "embeddings", thoroughly=True)

    assert (document["images"], document["captions"]) == (len(kept.images), len(kept.captions))
    number = {row.image: place for place, row in enumerate(kept.image_rows)}
    own = [float(kept.images[number[row.image]] @ kept.captions[at]) for at, row in enumerate(kept.caption_rows)]
    assert pytest.approx(document["metrics"]["alignment_score"], abs=1e-5) == sum(own) / len(own)


def test_thresholds_are_kept_with_the_model_that_they_hold_for(runs: tuple[Path, Sequence[str]]) -> None:
    run = Path(runs[1][0])
    answer("evaluate", str(run))

    known = json.loads((run / "evaluation" / "calibration.json").read_text(encoding="utf-8"))

    assert ("cliptune-calibration/1", 0.1) == (known["format"], known["risk"])
    assert read_embeddings(run / "evaluation" / "embeddings").model.weights == known["model"]["weights"]
    assert {"threshold", "coverage", "risk", "reason"} == known["search"].keys()


@pytest.mark.parametrize(("bound", "code"), [(0.0, 0), (1.1, 4)])
def test_a_gate_that_is_not_passed_ends_with_its_own_code_after_the_report(
    runs: tuple[Path, Sequence[str]], tmp_path: Path, bound: float, code: int
) -> None:
    gates = tmp_path / "gates.yaml"
    gates.write_text(f"t2i_R@10: {{min: {bound}}}\n")

    done = cliptune("evaluate", runs[1][0], "--gate", str(gates), "--out", str(tmp_path / "out"), "--json")

    assert code == done.exit_code
    assert [code == 0] == [gate["passed"] for gate in json.loads(done.stdout)["gates"]]
    assert (tmp_path / "out" / "report.html").is_file()
    assert (code == 4) == ("1 gate not passed" in done.stderr)


def test_a_misspelt_gate_is_found_before_anything_is_lost(runs: tuple[Path, Sequence[str]], tmp_path: Path) -> None:
    (tmp_path / "gates.yaml").write_text("t2i_R@10:\n  minimum: 0.5\n")

    done = cliptune("evaluate", runs[1][0], "--gate", str(tmp_path / "gates.yaml"))

    assert 2 == done.exit_code
    assert "t2i_R@10: no rule 'minimum'; did you mean min?" in done.stderr


def test_models_are_compared_on_any_table_query_by_query(runs: tuple[Path, Sequence[str]], tmp_path: Path) -> None:
    table, (learned, unlearned) = runs

    document = answer(
        "evaluate", "--compare", unlearned, learned, "--data", str(table), "--out", str(tmp_path), "--set", "seed=1"
    )
    back = answer("evaluate", "--compare", learned, unlearned, "--data", str(table), "--out", str(tmp_path / "back"))

    rows = {row["metric"]: row for row in document["comparison"]}
    assert unlearned == json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["before_name"]
    for row in back["comparison"]:
        assert pytest.approx(-row["change"], abs=1e-6) == rows[row["metric"]]["change"]


def test_runs_stand_side_by_side_with_what_was_configured_differently(runs: tuple[Path, Sequence[str]]) -> None:
    document = answer("compare", *runs[1])

    assert list(runs[1]) == document["runs"]
    assert [1e-3, 1e-9] == document["settings"]["learning_rate"]
    assert 1 == len(document["pairs"])
    assert document["pairs"][0]["verdict"] in {"better", "worse", "cannot be told apart"}
    shown = cliptune("compare", *runs[1])
    assert 0 == shown.exit_code
    assert "learning_rate" in shown.stdout


@pytest.mark.parametrize("given", [["x"], ["x", "x"]])
def test_a_comparison_takes_two(given: list[str]) -> None:
    done = cliptune("compare", *given)

    assert 2 == done.exit_code
    assert "at least two different runs" in done.stderr


def test_what_was_not_evaluated_is_not_compared(runs: tuple[Path, Sequence[str]], tmp_path: Path) -> None:
    done = cliptune("compare", runs[1][0], str(tmp_path))

    assert 2 == done.exit_code
    assert f"{tmp_path}: was not evaluated yet" in done.stderr


def test_nothing_to_evaluate_is_a_mistake_in_the_command() -> None:
    done = cliptune("evaluate")

    assert 2 == done.exit_code
    assert "nothing to evaluate" in done.stderr


def test_a_label_column_that_is_not_there_is_told_with_those_that_are(runs: tuple[Path, Sequence[str]]) -> None:
    done = cliptune("evaluate", runs[1][0], "--set", "metadata_path=labels.csv", "--set", "label_column=kin")

    assert 3 == done.exit_code
    assert "no column `kin`" in done.stderr
    assert "did you mean `label_column: kind`?" in done.stderr


def test_figures_are_drawn_where_they_are_asked_for(runs: tuple[Path, Sequence[str]], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    figures = tmp_path / "figures"

    answer(
        *("evaluate", runs[1][0], *LABELS, "--set", "alignment_visualization=true", "--set", "robustness_pictures=0"),
        *("--set", f"visualization_output_dir={figures}"),
    )

    assert {"recall_curves.png", "confusion_matrix.png"} <= {path.name for path in figures.iterdir()}


def test_under_other_settings_the_base_is_measured_again(runs: tuple[Path, Sequence[str]]) -> None:
    """What was kept of it means something else where another similarity, or another class, is asked for."""
    plain = ("--set", "robustness_pictures=0")
    other = answer(
        "evaluate", runs[1][1], *plain, "--set", "similarity_metric=dot", "--set", "normalize_embeddings=false"
    )

    # This run has hardly learned, so that before and after are alike under any similarity.
    rows = {row["metric"]: row for row in other["comparison"]}
    assert rows["alignment_score"]["before"] == pytest.approx(rows["alignment_score"]["after"], abs=1e-2)
    known = json.loads((Path(runs[1][1]) / "evaluation" / "calibration.json").read_text(encoding="utf-8"))
    assert known["search"] is None


def test_a_comparison_leaves_the_reports_of_the_runs_alone(runs: tuple[Path, Sequence[str]], tmp_path: Path) -> None:
    first, second = runs[1]
    before = (Path(second) / "evaluation" / "report.json").read_bytes()

    document = answer("evaluate", "--compare", first, second, "--set", f"output_dir={tmp_path}")

    assert before == (Path(second) / "evaluation" / "report.json").read_bytes()
    assert tmp_path / "evaluations" in Path(document["report"]).parents


def test_a_misspelt_folder_is_called_missing(tmp_path: Path) -> None:
    done = cliptune("evaluate", str(tmp_path / "nope"))

    assert 2 == done.exit_code
    assert "no such folder" in done.stderr
