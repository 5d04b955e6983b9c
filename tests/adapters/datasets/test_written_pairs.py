"""Laws of a data set that is written: what is read from it is what was given."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.datasets.written import WrittenPairs
from cliptune.domain.config import DataConfig
from cliptune.domain.errors import RunFailed, UsageError
from cliptune.domain.pairs import ImageRef, Row
from support.pairs import captions

KINDS = ("csv", "tsv", "json", "jsonl", "ndjson", "txt")
COLUMNS = DataConfig(image_column="picture", caption_column="said", allow_outside_paths=True)


def rows_in(folder: Path, texts: list[str], *, columns: bool = True) -> list[Row]:
    """A picture for every caption."""
    (folder / "images").mkdir(exist_ok=True)
    found = []
    for at, text in enumerate(texts):
        place = folder / "images" / f"{at}, é.jpg"
        place.write_bytes(b"x")
        found.append(Row("", ImageRef("", str(place.resolve())), text, {"scene": f'a "{at}"'} if columns else {}))
    return found


def read(path: Path) -> list[tuple[str, str, dict[str, str]]]:
    """What a file of pairs says."""
    names = COLUMNS if path.suffix != ".txt" else DataConfig(allow_outside_paths=True)
    rows = [row for row in open_source(str(path), names).rows() if isinstance(row, Row)]
    return [(row.image.location, row.caption, dict(row.columns)) for row in rows]


@given(texts=st.lists(captions, min_size=1, max_size=4), kind=st.sampled_from(KINDS[:-1]))
@example(texts=["a\rb"], kind="csv")
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], kind: str
) -> None:
    folder = tmp_path_factory.mktemp("written")
    rows = rows_in(folder, texts)
    writer = WrittenPairs(folder / "below" / f"new.{kind}", "picture", "said")
    writer.check(rows)
    writer.write(rows, manifest={})

    assert [(row.image.location, row.caption, dict(row.columns)) for row in rows] == read(writer.path)


def test_a_captions_file_holds_pairs_and_nothing_else(tmp_path: Path) -> None:
    writer = WrittenPairs(tmp_path / "new.txt", "image_path", "caption")
    rows = rows_in(tmp_path, ["one", "two"], columns=False)
    writer.check(rows)
    writer.write(rows, manifest={})

    assert [(row.image.location, row.caption, {}) for row in rows] == read(writer.path)
    for lost in (rows_in(tmp_path, ["one"]), rows_in(tmp_path, ["a\tb"], columns=False)):
        with pytest.raises(UsageError, match=r"name the new data set \.csv"):
            WrittenPairs(tmp_path / "other.txt", "image_path", "caption").check(lost)


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_beside_the_new_file_are_named_as_a_person_would(tmp_path: Path, kind: str) -> None:
    rows = rows_in(tmp_path, ["one"], columns=False)
    done = WrittenPairs(tmp_path / f"new.{kind}", "p", "c").write(rows, manifest={"counts": 1})

    assert "images/0, é.jpg" in (tmp_path / f"new.{kind}").read_text(encoding="utf-8")
    assert {"relative_to": str(tmp_path.resolve()), "outside": 0} == done["pictures"]
    assert done == json.loads((tmp_path / f"new.{kind}.decisions.json").read_text(encoding="utf-8"))


def test_nothing_is_ever_overwritten_and_a_name_says_its_format(tmp_path: Path) -> None:
    (tmp_path / "there.csv").write_text("x", encoding="utf-8")
    (tmp_path / "half.csv.decisions.json").write_text("x", encoding="utf-8")

    for name, said in (("there.csv", "already there"), ("half.csv", "already there"), ("new", "its name ends in")):
        with pytest.raises(UsageError, match=said):
            WrittenPairs(tmp_path / name, "p", "c").check([])


def test_a_picture_inside_a_data_set_cannot_be_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file of its own"):
        WrittenPairs(tmp_path / "new.csv", "p", "c").check([Row("x[0]", ImageRef("0", "hub:x#0"), "one")])


def test_a_place_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(RunFailed, match="cannot be written"):
        WrittenPairs(tmp_path / "file" / "new.csv", "p", "c").write([], manifest={})
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(RunFailed, match="cannot be written"):
        WrittenPairs(tmp_path / "taken.csv", "p", "c").write([], manifest={})

    assert {"file", "taken.csv"} == {path.name for path in tmp_path.iterdir()}
