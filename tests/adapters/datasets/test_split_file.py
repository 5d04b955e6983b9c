"""The manifest of a split in a file."""

import json
from pathlib import Path

import pytest

from cliptune.adapters.datasets.split_file import read_split
from cliptune.domain.errors import UnreadableData, UsageError
from cliptune.domain.split_links import Pins
from cliptune.domain.split_manifest import SplitManifest, SplitRules
from cliptune.domain.splits import Shares

RULES = SplitRules("patient", "finding", "perceptual/1", Shares(0.8, 0.1, 0.1), 0)
KEPT = SplitManifest(RULES, Pins({"p1": "train"}, {"ab": "test"}), (("ab", "cd"),), "root")


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new.csv.split.json"
    path.write_text(json.dumps(KEPT.as_plain()))

    assert KEPT == read_split(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[]", "is no manifest of a split"),
        ("{}", "is no manifest of a split"),
        ("nothing", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        (json.dumps({**KEPT.as_plain(), "groups": {"p1": "dev"}}), "`groups` puts 'p1' in 'dev', which is no split"),
        (json.dumps({**KEPT.as_plain(), "groups": {"p1": ["train"]}}), "which is no split"),
        (json.dumps({**KEPT.as_plain(), "contents": []}), "`contents` is no table of splits"),
        (json.dumps({**KEPT.as_plain(), "rules": {}}), "its rules cannot be read"),
        (json.dumps({**KEPT.as_plain(), "rules": 3}), "its rules cannot be read"),
        (json.dumps({**KEPT.as_plain(), "near_duplicates": 3}), "its rules cannot be read"),
    ],
)
def test_something_else_is_refused_with_the_reason(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(content)
    with pytest.raises(UnreadableData) as error:
        read_split(path)

    assert why in error.value.message
    assert error.value.message.startswith(str(path))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"old\.json: there is no such file"):
        read_split(tmp_path / "old.json")


def test_groups_of_another_column_are_refused() -> None:
    now = SplitRules(None, None, None, Shares(0.8, 0.1, 0.1), 0)
    with pytest.raises(UsageError, match="its groups are those of column `patient`, and now the pictures themselves"):
        KEPT.check_rules(now, name="old.json")
