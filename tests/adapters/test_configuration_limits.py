"""Configurations that nobody wrote by hand."""

from pathlib import Path

import pytest

from cliptune.adapters.configuration import read_config
from cliptune.domain.errors import InvalidConfig


def test_thousands_of_wrong_keys_are_told_in_a_screenful_and_not_looked_up_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("".join(f"learning_rat{number}: 1\n" for number in range(20_000)), encoding="utf-8")

    with pytest.raises(InvalidConfig) as caught:
        read_config(path)
    lines = str(caught.value).splitlines()

    assert "the configuration has 20000 problems:" == lines[0]
    assert "did you mean learning_rate?" in lines[1]
    assert "  and 19950 more" == lines[-1]
    assert 52 == len(lines)
    # A suggestion for each of them would take half a minute.
    assert not any("did you mean" in problem.message for problem in caught.value.problems[50:])
