"""What every run tracker must do."""

import math
from pathlib import Path

import pytest
import structlog
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.events_file import EventsFile
from cliptune.adapters.tracking.logs import LoggingTracker
from cliptune.adapters.tracking.memory import MemoryTracker
from cliptune.application.ports import RunTracker

NOON = "2026-11-23T12:00:00+00:00"


class RunTrackerContract:
    """What every run tracker must do."""

    def test_nothing_has_happened_at_first(self, tracker: RunTracker) -> None:
        assert () == tracker.events()

    def test_events_come_back_in_the_order_in_which_they_happened(self, tracker: RunTracker) -> None:
        tracker.record("step", step=1, values={"loss": 2.5})
        tracker.record("evaluation", step=1, values={"mean_recall": 0.25, "best": True})

        assert (
            {"event": "step", "step": 1, "time": NOON, "loss": 2.5},
            {"event": "evaluation", "step": 1, "time": NOON, "mean_recall": 0.25, "best": True},
        ) == tracker.events()

    def test_cutting_back_forgets_what_came_after_a_step_and_nothing_else(self, tracker: RunTracker) -> None:
        for step in (1, 2, 3):
            tracker.record("step", step=step, values={})
        tracker.record("checkpoint", step=2, values={})

        tracker.cut_back(2)

        assert [("step", 1), ("step", 2), ("checkpoint", 2)] == [(e["event"], e["step"]) for e in tracker.events()]

    def test_no_step_stands_twice_after_a_resume(self, tracker: RunTracker) -> None:
        for step in (1, 2, 3):
            tracker.record("step", step=step, values={"loss": 1.0})
        tracker.cut_back(1)
        for step in (2, 3):
            tracker.record("step", step=step, values={"loss": 0.5})

        assert [(1, 1.0), (2, 0.5), (3, 0.5)] == [(event["step"], event["loss"]) for event in tracker.events()]

    def test_cutting_back_to_the_beginning_forgets_all(self, tracker: RunTracker) -> None:
        tracker.cut_back(0)
        tracker.record("step", step=1, values={})
        tracker.cut_back(0)

        assert () == tracker.events()

    def test_a_number_that_is_none_becomes_null_and_is_said(self, tracker: RunTracker) -> None:
        tracker.record("other", step=1, values={"loss": math.nan, "scales": [1.0, -math.inf], "by": {"a": math.inf}})

        (event,) = tracker.events()
        assert (None, [1.0, None], {"a": None}) == (event["loss"], event["scales"], event["by"])
        assert {"loss": "nan", "scales.1": "-inf", "by.a": "inf"} == event["nonfinite"]

    @pytest.mark.parametrize("name", ["event", "step", "time", "nonfinite"])
    def test_a_value_cannot_take_the_name_of_a_field(self, tracker: RunTracker, name: str) -> None:
        with pytest.raises(ValueError, match=name):
            tracker.record("step", step=1, values={name: 1})
        assert () == tracker.events()

    def test_a_tensor_is_refused_by_name(self, tracker: RunTracker) -> None:
        with pytest.raises(TypeError, match="loss cannot be recorded: Tensor"):
            tracker.record("other", step=1, values={"loss": torch.zeros(())})
        assert () == tracker.events()

    def test_text_keeps_its_letters(self, tracker: RunTracker) -> None:
        tracker.record("note", step=0, values={"text": "Röntgen\n試験\u2028\ud800"})

        assert "Röntgen\n試験\u2028\ud800" == tracker.events()[0]["text"]


class TestMemoryTracker(RunTrackerContract):
    @pytest.fixture
    def tracker(self) -> RunTracker:
        return MemoryTracker(FixedClock(NOON))


class TestEventsFile(RunTrackerContract):
    @pytest.fixture
    def tracker(self, tmp_path: Path) -> RunTracker:
        return EventsFile(tmp_path / "run" / "events.jsonl", FixedClock(NOON))


class TestLoggingTracker(RunTrackerContract):
    @pytest.fixture
    def tracker(self) -> RunTracker:
        log = structlog.wrap_logger(structlog.testing.CapturingLogger())
        return LoggingTracker(MemoryTracker(FixedClock(NOON)), log, logging_steps=2)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.integers(0, 9), st.dictionaries(st.text(min_size=1), json_values, max_size=3))))
def test_a_file_and_memory_tell_the_same_story(
    tmp_path_factory: pytest.TempPathFactory, happened: list[tuple[int, dict[str, object]]]
) -> None:
    reserved = {"event", "step", "time", "nonfinite"}
    path = tmp_path_factory.mktemp("run") / "events.jsonl"
    on_disk, in_memory = EventsFile(path, FixedClock(NOON)), MemoryTracker(FixedClock(NOON))
    for step, values in happened:
        for tracker in (on_disk, in_memory):
            tracker.record("step", step=step, values={k: v for k, v in values.items() if k not in reserved})

    assert in_memory.events() == on_disk.events()
    for step in (8, 4, 0):
        on_disk.cut_back(step)
        in_memory.cut_back(step)
        assert in_memory.events() == on_disk.events()
