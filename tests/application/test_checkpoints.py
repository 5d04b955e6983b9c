"""Laws of a run's checkpoints."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.storage.folder import FolderStore
from cliptune.adapters.storage.memory import MemoryStore
from cliptune.application.checkpoints import Checkpoints, checkpoint_key, state_from_json, state_to_json
from cliptune.application.ports import ArtifactStore
from cliptune.domain.adaptive_temperature import AdaptiveTemperature
from cliptune.domain.errors import CorruptArtifact, NotResumable
from cliptune.domain.retention import Scored, best_of
from cliptune.domain.run_state import RunState

scores = st.none() | st.just(math.nan) | st.floats(0, 1)
states = st.builds(
    RunState,
    step=st.integers(0),
    pairs_seen=st.integers(0),
    skipped=st.integers(0),
    pairs_related=st.none() | st.integers(0),
    best_score=st.none() | st.floats(0, 1),
    best_step=st.none() | st.integers(0),
    evaluations_without_gain=st.integers(0),
    undecodable=st.lists(st.text()).map(tuple),
    stopped_early=st.booleans(),
    adaptive_temperature=st.none()
    | st.builds(
        AdaptiveTemperature,
        temperature=st.floats(0.01, 1.0),
        losses=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=100).map(tuple),
    ),
)


def weights(step: int) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "weights").write_text(f"weights of {step}")

    return write


def save(checkpoints: Checkpoints, step: int, score: float | None = None) -> None:
    checkpoints.save(RunState(step=step, pairs_seen=8 * step), score=score, write=weights(step))


def kept(store: ArtifactStore) -> list[int]:
    return [int(key.rpartition("-")[2]) for key in store.keys("checkpoints/step-")]


def damage(store: FolderStore, step: int, name: str = "weights") -> None:
    path = store.root / checkpoint_key(step) / name
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def latest_step(checkpoints: Checkpoints) -> int | None:
    found = checkpoints.latest()
    return found.state.step if found else None


def best_step(checkpoints: Checkpoints) -> int | None:
    found = checkpoints.best()
    return found.state.step if found else None


@given(states, scores)
def test_a_state_survives_json(state: RunState, score: float | None) -> None:
    back, back_score = state_from_json(state_to_json(state, score=score))

    assert state == back
    assert (None if score is None or math.isnan(score) else score) == back_score


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"format": 2, "score": null, "state": {}}',
        '{"format": 1, "score": null, "state": {"step": 1}}',
        '{"format": 1, "score": "0.5", "state": {}}',
        '{"format": 1, "score": null, "state": {}, "more": 1}',
    ],
)
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        state_from_json(text.encode())


def test_a_state_of_before_later_fields_came_is_read_and_still_written_the_same() -> None:
    fields = {
        "step": 7,
        "pairs_seen": 56,
        "best_score": 0.5,
        "best_step": 7,
        "evaluations_without_gain": 0,
        "undecodable": [],
        "stopped_early": False,
    }
    older = {"format": 1, "score": 0.5, "state": fields}

    state, score = state_from_json(json.dumps(older).encode())

    assert RunState(step=7, pairs_seen=56, best_score=0.5, best_step=7) == state
    assert older == json.loads(state_to_json(state, score=score))


@pytest.mark.parametrize(
    ("adaptive", "problem"),
    [
        ([], r"adaptive_temperature cannot be \[\]"),
        ({}, "adaptive_temperature: losses is missing; temperature is missing"),
        ({"temperature": "0.07", "losses": []}, "adaptive_temperature: temperature cannot be '0.07'"),
        ({"temperature": 0.0, "losses": []}, "adaptive_temperature: 'temperature' must be > 0"),
        ({"temperature": 0.07, "losses": [1.0] * 101}, "adaptive_temperature: Length of 'losses' must be <= 100"),
        ({"temperature": 0.07, "losses": [None]}, "adaptive_temperature: losses cannot be"),
    ],
)
def test_an_adaptive_temperature_that_is_none_is_named(adaptive: object, problem: str) -> None:
    document = json.loads(state_to_json(RunState(step=1), score=None))
    document["state"]["adaptive_temperature"] = adaptive

    with pytest.raises(ValueError, match=problem):
        state_from_json(json.dumps(document).encode())


def test_undecodable_pictures_must_be_a_list_of_names() -> None:
    document = json.loads(state_to_json(RunState(step=1, undecodable=("a",)), score=None))
    document["state"]["undecodable"] = ["a", 1]

    with pytest.raises(ValueError, match="undecodable cannot be"):
        state_from_json(json.dumps(document).encode())


def test_at_first_there_is_no_checkpoint() -> None:
    checkpoints = Checkpoints(MemoryStore(), keep=3)

    assert checkpoints.latest() is None
    assert checkpoints.best() is None


def test_what_was_saved_is_found_with_its_state_and_files() -> None:
    checkpoints = Checkpoints(MemoryStore(), keep=3)
    state = RunState(step=7, pairs_seen=56, best_score=0.5, best_step=7, undecodable=("a.png", "b.png"))

    assert "checkpoints/step-000007" == checkpoints.save(state, score=0.5, write=weights(7))

    found = checkpoints.latest()
    assert found is not None
    assert (state, 0.5, ()) == (found.state, found.score, found.skipped)
    with checkpoints.open(found) as folder:
        assert "weights of 7" == (folder / "weights").read_text()


def test_the_newest_is_the_one_of_the_highest_step_not_of_the_last_name() -> None:
    checkpoints = Checkpoints(MemoryStore(), keep=3)
    for step in (999_999, 1_000_000):
        save(checkpoints, step)

    assert "checkpoints/step-1000000" < "checkpoints/step-999999"
    assert 1_000_000 == latest_step(checkpoints)


@given(st.lists(scores, min_size=1, max_size=8), st.integers(1, 3))
def test_after_every_save_last_and_best_stand_and_no_more_than_wanted(history: list[float | None], count: int) -> None:
    store = MemoryStore()
    checkpoints = Checkpoints(store, keep=count)
    seen: list[Scored] = []
    for step, score in enumerate(history, start=1):
        save(checkpoints, step, score)
        seen.append(Scored(step, score))
        best = best_of(seen)

        assert len(kept(store)) <= count + 1
        assert step == latest_step(checkpoints)
        assert checkpoint_key(step).encode() == store.get("checkpoints/last")
        assert (best.step if best else None) == best_step(checkpoints)
        assert bool(store.keys("checkpoints/best")) == (best is not None)
        assert best is None or checkpoint_key(best.step).encode() == store.get("checkpoints/best")


def test_a_resume_in_the_middle_keeps_the_scores_of_before() -> None:
    store = MemoryStore()
    for step, score in ((1, 0.9), (2, 0.1), (3, 0.2)):
        save(Checkpoints(store, keep=1), step, score)

    assert [1, 3] == kept(store)
    assert 1 == best_step(Checkpoints(store, keep=1))


def test_a_lost_list_of_scores_is_read_from_the_checkpoints() -> None:
    for lost in (None, b"", b"[]", b"5", b'{"1": "high"}'):
        store = MemoryStore()
        save(Checkpoints(store, keep=1), 1, 0.9)
        store.delete("checkpoints/scores.json")
        if lost is not None:
            store.put("checkpoints/scores.json", lost)
        for step in (2, 3):
            save(Checkpoints(store, keep=1), step, 0.1)

        assert [1, 3] == kept(store)


def test_a_corrupt_checkpoint_is_skipped_and_told(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    checkpoints = Checkpoints(store, keep=3)
    for step in (1, 2, 3):
        save(checkpoints, step, step / 10)
    damage(store, 3)
    (store.root / checkpoint_key(2) / "run.json").unlink()

    for found in (checkpoints.latest(), checkpoints.best()):
        assert found is not None
        assert 1 == found.state.step
        assert (
            "checkpoints/step-000003/weights does not match the checksum in its manifest",
            "checkpoints/step-000002/run.json is missing",
        ) == found.skipped


def test_with_no_intact_checkpoint_a_run_does_not_silently_begin_again(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    checkpoints = Checkpoints(store, keep=3)
    save(checkpoints, 5, 0.5)
    damage(store, 5)

    with pytest.raises(CorruptArtifact, match=r"none of the 1 checkpoints is intact: .*step-000005/weights.*delete"):
        checkpoints.latest()
    assert checkpoints.best() is None


def test_a_state_of_another_version_is_not_passed_over(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    save(Checkpoints(store, keep=3), 1)
    with store.write_folder(checkpoint_key(2)) as folder:
        (folder / "run.json").write_text('{"format": 2}')

    with pytest.raises(NotResumable, match=r"step-000002/run\.json cannot be used.*another version"):
        Checkpoints(store, keep=3).latest()


def test_a_course_that_was_given_up_leaves_no_later_checkpoint(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    checkpoints = Checkpoints(store, keep=3)
    for step, score in ((10, 0.1), (20, 0.2), (30, 0.9)):
        save(checkpoints, step, score)
    damage(store, 30)

    assert 20 == latest_step(checkpoints)
    save(checkpoints, 25, 0.3)
    assert [10, 20, 25] == kept(store)
    assert 25 == best_step(checkpoints)


def test_a_crash_while_writing_leaves_the_checkpoints_that_were_there(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    checkpoints = Checkpoints(store, keep=1)
    save(checkpoints, 1, 0.5)

    def crash(folder: Path) -> None:
        (folder / "weights").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checkpoints.save(RunState(step=2), score=0.9, write=crash)

    assert (1, 1) == (latest_step(checkpoints), best_step(checkpoints))
    save(checkpoints, 2, 0.4)
    assert (2, 1) == (latest_step(checkpoints), best_step(checkpoints))


def test_other_things_beside_checkpoints_are_left_alone() -> None:
    store = MemoryStore()
    store.put("checkpoints/step-notes", b"mine")
    checkpoints = Checkpoints(store, keep=1)
    for step in (1, 2, 3):
        save(checkpoints, step, 0.5)

    assert b"mine" == store.get("checkpoints/step-notes")
    assert 3 == latest_step(checkpoints)
