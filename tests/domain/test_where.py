"""Laws of conditions: exact, several columns together, values of one column side by side."""

import pytest

from cliptune.domain.errors import UsageError
from cliptune.domain.where import EVERYTHING, Condition, where_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("part=gear", Condition("part", "gear")),
        ("part!=gear", Condition("part", "gear", negated=True)),
        ("size = 3 = 4", Condition("size", "3 = 4")),
        ("size != <3", Condition("size", "<3", negated=True)),
        ("part=", Condition("part", "")),
        ("a=!b", Condition("a", "!b")),
    ],
)
def test_the_first_equals_sign_divides(text: str, expected: Condition) -> None:
    assert (expected,) == where_of([text]).conditions


@pytest.mark.parametrize("text", ["part", "", "=gear", "!=gear", " =x"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no condition"):
        where_of([text])


@pytest.mark.parametrize(
    ("written", "columns", "accepted"),
    [
        ([], {}, True),
        (["a=1"], {"a": "1"}, True),
        (["a=1"], {"a": "10"}, False),
        (["a=1"], {"a": "1 "}, False),
        (["a=1"], {}, False),
        (["a="], {}, True),
        (["a!=1"], {}, True),
        (["a=1", "a=2"], {"a": "2"}, True),
        (["a=1", "b=2"], {"a": "1"}, False),
        (["a=1", "b=2"], {"a": "1", "b": "2"}, True),
        (["a!=1", "a!=2"], {"a": "2"}, False),
        (["a=1", "a!=1"], {"a": "1"}, False),
    ],
)
def test_columns_must_all_fit_and_of_one_column_any_value_will_do(
    written: list[str], columns: dict[str, str], accepted: bool
) -> None:
    assert accepted == where_of(written).accepts(columns)


def test_an_unknown_column_is_told_with_those_that_there_are() -> None:
    with pytest.raises(
        UsageError, match=r"lable=1: no column `lable`; the columns are `a`, `label`; did you mean `label`"
    ):
        where_of(["a=1", "lable=1"]).check(["label", "a"])
    with pytest.raises(UsageError, match="the columns are none"):
        where_of(["a=1"]).check([])
    EVERYTHING.check([])
