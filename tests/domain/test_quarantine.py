"""Laws of quarantine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.errors import TooManyBadRows
from cliptune.domain.pairs import Rejected
from cliptune.domain.quarantine import check_quarantine, check_undecodable, exceeds, reasons


def rejected(count: int, *, start: int = 2) -> tuple[Rejected, ...]:
    return tuple(Rejected(f"t.csv:{line}", f"{line}.png", "no such file") for line in range(start, start + count))


@given(st.integers(0, 5), st.integers(0, 5), st.floats(0, 1))
def test_five_bad_rows_never_stop_a_run(bad: int, good: int, fraction: float) -> None:
    check_quarantine(rejected(bad), rows=bad + good, max_bad_fraction=fraction)

    assert not exceeds(bad, rows=bad + good, max_bad_fraction=fraction)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_everything_may_be_bad_where_the_fraction_is_1(bad: int, good: int) -> None:
    assert not exceeds(bad, rows=bad + good, max_bad_fraction=1.0)


@pytest.mark.parametrize(
    ("bad", "rows", "too_many"), [(10, 1000, False), (11, 1000, True), (6, 600, False), (6, 599, True)]
)
def test_more_than_the_fraction_is_too_many(bad: int, rows: int, too_many: bool) -> None:
    assert too_many == exceeds(bad, rows=rows, max_bad_fraction=0.01)


def test_too_many_bad_rows_are_told_by_reason_with_the_first_five_and_the_list() -> None:
    bad = (*rejected(7), *(Rejected(f"t.csv:{line}", "", "3 fields where the header has 2") for line in (20, 21)))
    with pytest.raises(TooManyBadRows) as error:
        check_quarantine(bad, rows=90, max_bad_fraction=0.05, listed="outputs/quarantine.csv")

    expected = """\
9 of 90 rows cannot be used (10.0%), and max_bad_fraction is 5.0%; mend them or raise `max_bad_fraction`
  7 × no such file
  2 × 3 fields where the header has 2
the first:
  t.csv:2: 2.png: no such file
  t.csv:3: 3.png: no such file
  t.csv:4: 4.png: no such file
  t.csv:5: 5.png: no such file
  t.csv:6: 6.png: no such file
all of them: outputs/quarantine.csv"""
    assert expected == error.value.message
    assert 3 == error.value.exit_code


def test_reasons_beyond_the_fifth_are_counted_together() -> None:
    bad = tuple(Rejected(f"t.csv:{line}", "", f"reason {line}") for line in range(8))

    with pytest.raises(TooManyBadRows, match="  3 × other reasons"):
        check_quarantine(bad, rows=8, max_bad_fraction=0.0)


@given(st.lists(st.sampled_from(["x", "y", "z"])))
def test_every_row_is_counted_under_one_reason(kinds: list[str]) -> None:
    counts = reasons([Rejected(f"t.csv:{line}", "", kind) for line, kind in enumerate(kinds)])

    assert len(kinds) == sum(counts.values())
    assert sorted(counts.values(), reverse=True) == list(counts.values())


def test_pictures_that_turn_out_undecodable_stop_a_run_by_the_same_rule() -> None:
    lost = [f"{index}.png" for index in range(6)]
    check_undecodable(lost, pictures=600, max_bad_fraction=0.01)
    with pytest.raises(TooManyBadRows) as error:
        check_undecodable(lost, pictures=599, max_bad_fraction=0.01)

    expected = (
        "6 of 599 pictures cannot be decoded, and max_bad_fraction is 1.0%; mend them or raise "
        "`max_bad_fraction`; the first: 0.png, 1.png, 2.png, 3.png, 4.png"
    )
    assert expected == error.value.message
