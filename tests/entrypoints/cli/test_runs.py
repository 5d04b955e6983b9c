"""What ``cliptune runs`` shows."""

import io
import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from cliptune.adapters.storage.folder import FolderStore
from cliptune.adapters.storage.processes import process_alive, this_process
from cliptune.application.runs import ListedRun, list_runs
from cliptune.domain.run_status import RunStatus
from cliptune.entrypoints.cli.output import Output
from cliptune.entrypoints.cli.runs import runs, show_runs


def some_runs(folder: Path) -> tuple[ListedRun, ...]:
    store, me = FolderStore(folder), this_process()
    run = RunStatus(
        status="failed",
        step=120,
        total_steps=800,
        best_score=0.4567,
        started="2026-11-23T10:12:00+00:00",
        updated="2026-11-23T10:12:00+00:00",
        model_name="scratch:tiny",
        data_path="pairs [old]/captions.csv",
        config_fingerprint="a1b2c3",
        data_fingerprint="d4e5f6",
        pid=me.pid,
        host=me.host,
        message="disk full while writing [model]",
    )
    store.put("2026-11-23_1012_a1b2c3/status.json", json.dumps(run.as_dict()).encode())
    running = run.now("running", state=None, updated="2026-11-23T10:12:00+00:00")
    store.put("2026-11-23_1013_a1b2c3/status.json", json.dumps(running.as_dict()).encode())
    store.put("broken/status.json", b"{")
    return list_runs(store, process_alive=process_alive)


def shown(listed: tuple[ListedRun, ...], *, as_json: bool) -> str:
    stream = io.StringIO()
    show_runs(listed, output_dir=Path("outputs"), output=Output(as_json=as_json, stream=stream))
    return stream.getvalue()


def test_a_person_sees_a_line_for_each_run_and_each_problem(tmp_path: Path) -> None:
    lines = shown(some_runs(tmp_path), as_json=False).splitlines()

    told = ["120/800", "0.457", "2026-11-23T10:12:00+00:00", "scratch:tiny", "pairs", "[old]/captions.csv"]
    assert [
        ["run", "status", "step", "best", "started", "model", "data"],
        ["2026-11-23_1013_a1b2c3", "running", *told],
        ["2026-11-23_1012_a1b2c3", "failed", *told],
        ["broken", "unreadable", "–", "–", "–", "–", "–"],
    ] == [line.split() for line in lines[:4]]
    assert "2026-11-23_1012_a1b2c3: disk full while writing [model]" == lines[4]
    assert lines[5].startswith("broken: broken/status.json: ")


def test_a_program_reads_one_document(tmp_path: Path) -> None:
    document = json.loads(shown(some_runs(tmp_path), as_json=True))

    assert "outputs" == document["output_dir"]
    assert ["running", "failed", "unreadable"] == [run["status"] for run in document["runs"]]
    assert (120, 800, 0.4567) == tuple(document["runs"][0][name] for name in ("step", "total_steps", "best_score"))


def test_an_empty_folder_says_how_to_make_a_run() -> None:
    assert "no runs in outputs; `cliptune train` makes one\n" == shown((), as_json=False)
    assert {"output_dir": "outputs", "runs": []} == json.loads(shown((), as_json=True))


def test_the_command_reads_the_folder_it_is_given(tmp_path: Path) -> None:
    some_runs(tmp_path)
    app = typer.Typer()
    app.command()(runs)

    told = CliRunner().invoke(app, [str(tmp_path), "--json"])
    nothing = CliRunner().invoke(app, [str(tmp_path / "typo")])

    assert (0, str(tmp_path)) == (told.exit_code, json.loads(told.stdout)["output_dir"])
    assert (0, "no runs in") == (nothing.exit_code, nothing.stdout[:10])
