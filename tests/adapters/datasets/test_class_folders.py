"""A folder for each class."""

from pathlib import Path

import pytest

from cliptune.adapters.datasets.detect import open_source
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData, UsageError
from cliptune.domain.pairs import Rejected, Row
from support.pairs import write, write_csv

PHOTO = DataConfig(class_captions=("a photo of a {label}", "{label} on steel"))


def found(folder: Path, columns: DataConfig = PHOTO) -> list[Row | Rejected]:
    return list(open_source(str(folder), columns).rows())


def told(folder: Path, columns: DataConfig = PHOTO) -> list[tuple[str, str, dict[str, str]]]:
    return [(row.image.key, row.caption, dict(row.columns)) for row in found(folder, columns) if isinstance(row, Row)]


def test_each_template_captions_each_picture_of_a_class(tmp_path: Path) -> None:
    for name in ("hot_spot/b.png", "hot_spot/a.JPG", "ok/deep/c.tif", "ok/notes.md", ".hidden/d.png"):
        write(tmp_path / name)

    assert [
        ("hot_spot/a.JPG", "a photo of a hot spot", {"label": "hot spot"}),
        ("hot_spot/a.JPG", "hot spot on steel", {"label": "hot spot"}),
        ("hot_spot/b.png", "a photo of a hot spot", {"label": "hot spot"}),
        ("hot_spot/b.png", "hot spot on steel", {"label": "hot spot"}),
        ("ok/deep/c.tif", "a photo of a ok", {"label": "ok"}),
        ("ok/deep/c.tif", "ok on steel", {"label": "ok"}),
    ] == told(tmp_path)


def test_folders_named_after_splits_hold_classes(tmp_path: Path) -> None:
    for name in ("train/pit/a.png", "Test/pit/b.png", "Test/c.png"):
        write(tmp_path / name)
    rows = found(tmp_path)

    assert {("train/pit/a.png", "train", "pit"), ("Test/pit/b.png", "Test", "pit")} == {
        (row.image.key, row.columns["split"], row.columns["label"]) for row in rows if isinstance(row, Row)
    }
    assert [("Test/c.png", "lies in no folder of a class")] == [
        (row.image, row.reason) for row in rows if isinstance(row, Rejected)
    ]


def test_splits_beside_classes_are_told_and_not_guessed(tmp_path: Path) -> None:
    for name in ("train/good/a.png", "test/pit/b.png", "ground_truth/pit/b.png"):
        write(tmp_path / name)
    with pytest.raises(UnreadableData) as error:
        found(tmp_path)

    assert (
        f"{tmp_path}: some of its folders are named after splits and others are not (ground_truth, test, train); name "
        "the folder that holds classes, or move what belongs to no split"
    ) == error.value.message


def test_folders_of_pictures_without_captions_are_told_how_to_get_some(tmp_path: Path) -> None:
    write(tmp_path / "pit" / "a.png")
    with pytest.raises(UnreadableData) as error:
        found(tmp_path, DataConfig())

    assert error.value.message.endswith(
        "if it has a folder for each class, set `class_captions`, such as ['a photo of a {label}']"
    )


def test_which_layout_a_folder_has_must_be_said_where_it_may_have_two(tmp_path: Path) -> None:
    for folder in ("texts", "table"):
        write(tmp_path / folder / "pit" / "a.png")
    write(tmp_path / "texts" / "pit" / "a.txt", b"a pit")
    write_csv(tmp_path / "table" / "captions.csv", ["image_path", "caption"], ["pit/a.png", "in the table"])
    for folder, has, layout in (("texts", "text files beside pictures", "captions"), ("table", "a table", "table")):
        with pytest.raises(UsageError) as error:
            found(tmp_path / folder)
        assert (
            f"{tmp_path / folder}: has {has}, and class_captions is set; say which is meant, `folder_layout: {layout}` "
            "or `folder_layout: classes`"
        ) == error.value.message

    classes = DataConfig(class_captions=("a {label}",), folder_layout="classes")
    assert ["a pit"] == [caption for _, caption, _ in told(tmp_path / "texts", classes)]
    assert ["a pit"] == [caption for _, caption, _ in told(tmp_path / "table", classes)]
    table = DataConfig(folder_layout="table")
    assert ["in the table"] == [caption for _, caption, _ in told(tmp_path / "table", table)]
    assert ["a pit"] == [caption for _, caption, _ in told(tmp_path / "texts", DataConfig(folder_layout="captions"))]


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "a.png")
    write(tmp_path / "data" / "pit" / "b.png")
    (tmp_path / "data" / "pit" / "link.png").symlink_to(outside)
    (tmp_path / "data" / "linked").symlink_to(outside.parent)
    reasons = [row.reason for row in found(tmp_path / "data") if isinstance(row, Rejected)]

    assert 3 == len(reasons)
    assert reasons[0].startswith("is a linked folder")
    assert {"is a link that leads outside the table's folder; set `allow_outside_paths: true` to accept it"} == set(
        reasons[1:]
    )
