"""Laws of a run's status, and of plain values."""

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.run_state import RunState
from cliptune.domain.run_status import STATUSES, RunStatus

statuses = st.builds(
    RunStatus,
    status=st.sampled_from(STATUSES),
    step=st.integers(0),
    total_steps=st.integers(0),
    best_score=st.none() | st.floats(0, 1),
)

RUNNING = RunStatus(
    status="running",
    step=0,
    total_steps=800,
    best_score=None,
    started="2026-11-23T10:12:00+00:00",
    updated="2026-11-23T10:12:00+00:00",
    model_name="scratch:tiny",
    data_path="captions.csv",
    config_fingerprint="a1b2c3",
    data_fingerprint="d4e5f6",
    pid=17,
    host="here",
)


@given(statuses)
def test_a_status_survives_json(status: RunStatus) -> None:
    assert status == RunStatus.from_dict(json.loads(json.dumps(status.as_dict(), allow_nan=False)))


def test_a_later_status_takes_step_and_score_from_the_state_and_keeps_the_rest() -> None:
    later = RUNNING.now("finished", state=RunState(step=800, best_score=0.5), updated="2026-11-23T11:00:00+00:00")

    assert later == evolve(RUNNING, status="finished", step=800, best_score=0.5, updated="2026-11-23T11:00:00+00:00")


def test_without_a_state_a_run_stands_where_it_stood() -> None:
    running = RUNNING.now("running", state=RunState(step=300, best_score=0.5), updated="1", message="old news")

    assert evolve(running, status="failed", message="disk full", updated="2") == running.now(
        "failed", state=None, updated="2", message="disk full"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"status": "sleeping"}, "status"),
        ({"step": "5"}, "step cannot be '5'"),
        ({"step": True}, "step cannot be True"),
        ({"step": 5.0}, r"step cannot be 5\.0"),
        ({"step": -1}, "step"),
        ({"best_score": "high"}, "best_score cannot be 'high'"),
        ({"best_score": False}, "best_score cannot be False"),
        ({"host": None}, "host cannot be None"),
        ({"data_path": ["a"]}, "data_path cannot be"),
        ({"mood": "good"}, "mood is unknown"),
    ],
)
def test_a_field_that_is_wrong_is_named(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        RunStatus.from_dict(RUNNING.as_dict() | change)


def test_the_status_of_a_version_that_knew_no_root_is_read() -> None:
    raw = RUNNING.as_dict()
    del raw["data_root"]
    assert RUNNING == RunStatus.from_dict(raw)


def test_a_field_that_is_missing_is_named() -> None:
    raw = RUNNING.as_dict()
    del raw["pid"]

    with pytest.raises(ValueError, match="pid is missing"):
        RunStatus.from_dict(raw)


@pytest.mark.parametrize("raw", [None, [], "status", 5])
def test_what_is_no_mapping_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="expected the fields of RunStatus"):
        RunStatus.from_dict(raw)
