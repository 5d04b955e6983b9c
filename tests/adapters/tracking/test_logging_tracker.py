"""What the log of a run says."""

from typing import Any

import structlog
from structlog.testing import LogCapture

from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.logs import LoggingTracker
from cliptune.adapters.tracking.memory import MemoryTracker


def tracker_and_lines(*, logging_steps: int) -> tuple[LoggingTracker, list[Any]]:
    capture = LogCapture()
    log = structlog.wrap_logger(structlog.PrintLogger(), processors=[capture])
    return LoggingTracker(MemoryTracker(FixedClock()), log, logging_steps), capture.entries


def test_a_line_has_the_mean_loss_since_the_last_line() -> None:
    tracker, lines = tracker_and_lines(logging_steps=2)
    for step, loss in enumerate([4.0, 2.0, 1.0, 0.5, 9.0], start=1):
        tracker.record("step", step=step, values={"loss": loss, "learning_rate": 1e-5, "gradient_norm": 3.0})

    assert [(2, 3.0, 1e-5), (4, 0.75, 1e-5)] == [(line["step"], line["loss"], line["learning_rate"]) for line in lines]
    assert "gradient_norm" not in lines[0]


def test_an_evaluation_and_a_checkpoint_have_a_line_each() -> None:
    tracker, lines = tracker_and_lines(logging_steps=100)
    tracker.record("evaluation", step=7, values={"mean_recall": 0.123456, "best": True})
    tracker.record("checkpoint", step=7, values={})

    assert [
        {"event": "evaluation", "step": 7, "mean_recall": 0.1235, "best": True, "log_level": "info"},
        {"event": "checkpoint", "step": 7, "log_level": "info"},
    ] == lines


def test_losses_of_forgotten_steps_are_not_in_the_next_mean() -> None:
    tracker, lines = tracker_and_lines(logging_steps=2)
    tracker.record("step", step=1, values={"loss": 100.0})
    tracker.cut_back(0)
    for step in (1, 2):
        tracker.record("step", step=step, values={"loss": 1.0})

    assert [1.0] == [line["loss"] for line in lines]


def test_everything_is_passed_on_with_every_digit() -> None:
    tracker, _ = tracker_and_lines(logging_steps=2)
    tracker.record("step", step=1, values={"loss": 0.123456789})

    assert [0.123456789] == [event["loss"] for event in tracker.events()]
