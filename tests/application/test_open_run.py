"""Which run is gone on with."""

import pytest

from cliptune.application.open_run import OpenedRun, choose_run
from cliptune.application.runs import ListedRun
from cliptune.domain.errors import UsageError
from cliptune.domain.run_status import RunStatus


def listed(name: str, root: str) -> ListedRun:
    """A run that was interrupted on data with a root."""
    status = RunStatus(
        status="interrupted",
        step=5,
        total_steps=10,
        best_score=None,
        started="2026-11-23T10:00:00+00:00",
        updated="2026-11-23T10:00:00+00:00",
        model_name="scratch:tiny",
        data_path="captions.csv",
        config_fingerprint="c0f1a9",
        data_fingerprint="sizes",
        pid=1,
        host="here",
        data_root=root,
    )
    return ListedRun(name, "interrupted", 5, status)


def chosen(*runs: ListedRun, root: str, resume: str = "auto") -> OpenedRun:
    """The run to work on, on data with equal sizes."""
    return choose_run(
        runs,
        resume=resume,
        config_fingerprint="c0f1a9",
        data_fingerprint="sizes",
        data_root=root,
        now="2026-11-24T10:00:00+00:00",
    )


def test_a_run_on_pictures_of_equal_size_with_other_bytes_is_not_gone_on_with() -> None:
    runs = (listed("new", "2"), listed("old", "1"))
    assert ["new", "old", False] == [
        chosen(*runs, root="2").id,
        chosen(*runs, root="1").id,
        chosen(*runs, root="3").resumed,
    ]
    with pytest.raises(UsageError, match="--resume new: the bytes of a picture changed since the run began"):
        chosen(*runs, root="1", resume="new")


@pytest.mark.parametrize(("known", "now"), [("", "1"), ("1", ""), ("", "")])
def test_where_one_of_both_did_not_read_bytes_their_sizes_decide(known: str, now: str) -> None:
    assert chosen(listed("run", known), root=now).resumed
