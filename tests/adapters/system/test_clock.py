"""Laws of clocks."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.system.clock import FixedClock, SystemClock
from cliptune.application.ports import Clock

steps = st.lists(st.floats(0.0, 1e6), max_size=8)


@pytest.mark.parametrize("clock", [SystemClock(), FixedClock(), FixedClock(tick=0.5)])
def test_a_clock_tells_utc_to_the_second_and_never_goes_back(clock: Clock) -> None:
    told = datetime.fromisoformat(clock.now())
    seen = [clock.seconds() for _ in range(5)]

    assert timedelta(0) == told.utcoffset()
    assert 0 == told.microsecond
    assert sorted(seen) == seen


@given(steps)
def test_a_fixed_clock_moves_by_what_it_is_told(moves: list[float]) -> None:
    clock = FixedClock("2026-01-02T03:04:05+00:00")

    for move in moves:
        clock.advance(move)

    assert sum(moves) == clock.seconds()
    passed = timedelta(seconds=sum(moves))
    assert (datetime.fromisoformat("2026-01-02T03:04:05+00:00") + passed).isoformat(timespec="seconds") == clock.now()


def test_a_fixed_clock_ticks_at_each_look() -> None:
    clock = FixedClock(tick=2.0)

    assert [0.0, 2.0, 4.0] == [clock.seconds() for _ in range(3)]


@pytest.mark.parametrize(
    ("start", "told"),
    [("2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00"), ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05+00:00")],
)
def test_a_fixed_clock_tells_its_start_in_utc(start: str, told: str) -> None:
    assert told == FixedClock(start).now()


def test_a_fixed_clock_refuses_to_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        FixedClock().advance(-1.0)
