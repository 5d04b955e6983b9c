"""Which shards a pattern means."""

from pathlib import Path

import pytest
from braceexpand import braceexpand
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.shards.paths import expanded, is_pattern, pattern_folder, shards_of_pattern
from cliptune.domain.errors import UnreadableData, UsageError
from support.pairs import write

numbers = st.tuples(st.integers(0, 30), st.integers(0, 12), st.integers(1, 6)).map(
    lambda drawn: f"{{{drawn[0]:0{drawn[2]}}..{drawn[0] + drawn[1]:0{drawn[2]}}}}"
)
words = st.lists(st.text("abc", max_size=2), min_size=2, max_size=3).map(lambda parts: "{" + ",".join(parts) + "}")
patterns = st.lists(st.text("xy/.-", max_size=3) | numbers | words, min_size=1, max_size=4).map("".join)


@given(patterns)
def test_a_pattern_stands_for_what_it_stands_for_in_a_shell(pattern: str) -> None:
    assert tuple(braceexpand(pattern)) == expanded(pattern)


def test_a_pattern_keeps_its_zeros() -> None:
    assert ("s/08.tar", "s/09.tar", "s/10.tar") == expanded("s/{08..10}.tar")


@pytest.mark.parametrize("pattern", ["{0..999999999}.tar", "{0..9999}{0..9999}.tar", "{9..1}.tar"])
def test_a_pattern_that_stands_for_too_much_is_refused_at_once(pattern: str) -> None:
    with pytest.raises(UsageError):
        expanded(pattern)


def test_a_shard_that_is_missing_is_told(tmp_path: Path) -> None:
    write(tmp_path / "0.tar")
    pattern = f"{tmp_path}/{{0..2}}.tar"
    with pytest.raises(UnreadableData) as error:
        shards_of_pattern(pattern)

    assert f"{pattern}: 2 of 3 shards are not there; the first: {tmp_path / '1.tar'}" == error.value.message


def test_only_names_of_shards_with_braces_are_patterns() -> None:
    names = ("s/{0..3}.tar", "s/{a,b}.TAR", "s/0.tar", "{a,b}/t.csv")

    assert [True, True, False, False] == [is_pattern(name) for name in names]
    assert Path("s") == pattern_folder("s/{0..3}.tar") == pattern_folder("s/x{0..3}.tar")
    assert Path() == pattern_folder("{0..3}/a.tar")
