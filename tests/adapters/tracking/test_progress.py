"""What a person sees while waiting."""

import io

import pytest
from rich.console import Console

from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.progress import (
    LinesProgress,
    RichProgress,
    SilentProgress,
    progress_on_stderr,
)
from cliptune.application.ports import Progress


def terminal() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=True, width=120, _environ={}), text


def all_of_them() -> list[Progress]:
    return [RichProgress(terminal()[0]), LinesProgress(FixedClock(), io.StringIO()), SilentProgress()]


@pytest.mark.parametrize("progress", all_of_them(), ids=lambda progress: type(progress).__name__)
def test_bars_nest_follow_one_another_and_let_an_interrupt_through(progress: Progress) -> None:
    with progress.track("training", total=2) as outer:
        for _ in range(2):
            outer.advance(note="loss 1.0")
            with progress.track("evaluation", total=1, done=1) as inner:
                inner.advance(0)
    with pytest.raises(KeyboardInterrupt), progress.track("a", total=1), progress.track("b", total=1):
        raise KeyboardInterrupt
    with progress.track("after", total=0) as last:
        last.advance()
    progress.say("done")


def test_a_bar_shows_title_count_and_note() -> None:
    console, text = terminal()
    progress = RichProgress(console)
    with progress.track("training [step]", total=800, done=100) as bar:
        bar.advance(20, note="12 pairs/s [fast]")

    assert "training [step]" in text.getvalue()
    assert "120/800" in text.getvalue()
    assert "12 pairs/s [fast]" in text.getvalue()


def test_an_outer_bar_goes_on_after_an_inner_one_ended() -> None:
    console, text = terminal()
    progress = RichProgress(console)
    with progress.track("training", total=10) as outer:
        with progress.track("evaluation", total=5) as inner:
            inner.advance(5)
        text.truncate(0)
        outer.advance(7)

    assert "7/10" in text.getvalue()
    assert "evaluation" not in text.getvalue()


def test_a_message_among_bars_is_a_line_of_its_own_and_no_markup() -> None:
    console, text = terminal()
    progress = RichProgress(console)
    with progress.track("training", total=10):
        progress.say("saved [bold]step 5")

    assert "saved [bold]step 5\n" in text.getvalue()


def test_lines_come_only_so_often_and_tell_what_is_left() -> None:
    clock, text = FixedClock(), io.StringIO()
    with LinesProgress(clock, text).track("training", total=100, done=40) as ticker:
        for _ in range(4):
            clock.advance(20.0)
            ticker.advance(5, note="loss 1.0")

    assert [
        "training: 50/100 (50%), loss 1.0, 0:00:40 elapsed, 0:03:20 left",
        "training: 60/100 (60%), loss 1.0, 0:01:20 elapsed, 0:02:40 left",
    ] == text.getvalue().splitlines()


def test_without_a_terminal_there_are_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    progress = progress_on_stderr(FixedClock())
    progress.say("reading pairs")

    captured = capsys.readouterr()
    assert isinstance(progress, LinesProgress)
    assert ("", "reading pairs\n") == (captured.out, captured.err)
