"""Laws of listing runs."""

import json
from typing import Any

import pytest

from cliptune.adapters.storage.memory import MemoryStore
from cliptune.application.runs import list_runs
from cliptune.domain.run_status import RunStatus


def status(started: str, **changes: Any) -> RunStatus:
    fields: dict[str, Any] = {
        "status": "finished",
        "step": 800,
        "total_steps": 800,
        "best_score": 0.5,
        "updated": started,
        "model_name": "scratch:tiny",
        "data_path": "captions.csv",
        "config_fingerprint": "a1b2c3",
        "data_fingerprint": "d4e5f6",
        "pid": 17,
        "host": "here",
    }
    return RunStatus(started=started, **(fields | changes))


def store_of(**runs: RunStatus) -> MemoryStore:
    store = MemoryStore()
    for name, run in runs.items():
        store.put(f"{name}/status.json", json.dumps(run.as_dict()).encode())
    return store


def nobody_works(pid: int, host: str) -> bool:
    return (pid, host) != (17, "here")


def test_runs_come_newest_first_whatever_they_are_called() -> None:
    store = store_of(b=status("2026-11-23T10:00"), c=status("2026-11-22T10:00"), a=status("2026-11-24T10:00"))

    assert ["a", "b", "c"] == [run.id for run in list_runs(store, process_alive=nobody_works)]


def test_a_folder_without_a_status_is_no_run() -> None:
    store = store_of(run=status("2026-11-23T10:00"))
    for key in ("visualizations/a.png", "deep/er/status.json", "status.json", "other/checkpoints/step-000100"):
        store.put(key, b"{}")

    assert ["run"] == [run.id for run in list_runs(store, process_alive=nobody_works)]


@pytest.mark.parametrize("said", ["finished", "interrupted", "failed"])
def test_only_a_run_that_says_it_is_running_is_asked_for(said: str) -> None:
    store = store_of(run=status("2026-11-23T10:00", status=said))

    assert [said] == [run.shown for run in list_runs(store, process_alive=nobody_works)]


def test_a_run_whose_process_is_gone_is_stopped() -> None:
    store = store_of(
        gone=status("2026-11-23T10:00", status="running"),
        works=status("2026-11-22T10:00", status="running", pid=18),
        elsewhere=status("2026-11-21T10:00", status="running", host="there"),
    )

    shown = {run.id: run.shown for run in list_runs(store, process_alive=nobody_works)}
    assert {"gone": "stopped", "works": "running", "elsewhere": "running"} == shown


def test_the_step_is_that_of_the_newest_checkpoint_where_the_status_is_older() -> None:
    store = store_of(
        run=status("2026-11-23T10:00", status="running", step=0), done=status("2026-11-22T10:00", step=800)
    )
    for key in ("run/checkpoints/step-000200", "run/checkpoints/step-1000000", "done/checkpoints/step-000700"):
        with store.write_folder(key):
            pass

    assert {"run": 1_000_000, "done": 800} == {run.id: run.step for run in list_runs(store, process_alive=nobody_works)}


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b"\xff"])
def test_a_broken_status_is_listed_last_with_its_problem(text: bytes) -> None:
    store = store_of(run=status("2026-11-23T10:00"))
    store.put("zzz/status.json", text)

    good, broken = list_runs(store, process_alive=nobody_works)
    assert ("run", "") == (good.id, good.problem)
    assert ("zzz", "unreadable", None) == (broken.id, broken.shown, broken.status)
    assert broken.problem.startswith("zzz/status.json: ")


def test_a_card_has_everything_the_status_has_and_what_is_really_so() -> None:
    run = status("2026-11-23T10:00", status="running", message="")
    (listed,) = list_runs(store_of(run=run), process_alive=nobody_works)

    assert run.as_dict() | {"id": "run", "status": "stopped"} == listed.card()


def test_in_an_empty_folder_there_are_no_runs() -> None:
    assert () == list_runs(MemoryStore(), process_alive=nobody_works)
