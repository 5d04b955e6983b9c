"""Hugging Face data sets saved in a folder."""

import sys
from pathlib import Path
from typing import Any

import pytest

from cliptune.adapters.datasets.detect import open_source, open_sources
from cliptune.adapters.datasets.hub import HubSource
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData, UnreadableImage, UsageError
from cliptune.domain.pairs import ImageRef, Row
from support.pairs import write

datasets: Any = pytest.importorskip("datasets")


@pytest.fixture(autouse=True)
def quiet_and_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No progress bars, and a cache of its own for every test."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.utils.tqdm, "disable", True, raising=False)


def table(images: list[Any]) -> Any:
    captions = [f"caption {index}" for index in range(len(images))]
    return datasets.Dataset.from_dict({"image": images, "caption": captions})


def pictures(*contents: bytes) -> Any:
    images = [{"bytes": content, "path": None} for content in contents]
    return table(images).cast_column("image", datasets.Image())


def save(folder: Path, **splits: Any) -> Path:
    datasets.DatasetDict(splits).save_to_disk(str(folder))
    return folder


def rows_of(path: str, columns: DataConfig | None = None) -> list[Row]:
    return [row for row in open_source(path, columns or DataConfig()).rows() if isinstance(row, Row)]


def test_splits_become_a_column_and_part_of_the_key(tmp_path: Path) -> None:
    folder = save(tmp_path / "saved", train=pictures(b"a", b"b"), validation=pictures(b"c"))

    assert [("train/0", "train"), ("train/1", "train"), ("validation/0", "validation")] == [
        (row.image.key, row.columns["split"]) for row in rows_of(str(folder))
    ]


def test_one_split_can_be_asked_for_and_its_keys_stay_the_same(tmp_path: Path) -> None:
    folder = save(tmp_path / "saved", train=pictures(b"a"), test=pictures(b"b"))

    assert ["test/0"] == [row.image.key for row in rows_of(f"hub:{folder}:test")]


def test_a_split_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    folder = save(tmp_path / "saved", train=pictures(b"a"), test=pictures(b"b"))
    with pytest.raises(UnreadableData) as error:
        rows_of(f"hub:{folder}:dev")

    assert f"{folder}: no split 'dev'; its splits are train, test" == error.value.message


def test_two_saved_data_sets_share_no_key(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pictures(b"a").save_to_disk(str(tmp_path / name))
    sources = open_sources(DataConfig(data_path=str(tmp_path / "one"), test_path=f"hub:{tmp_path / 'two'}"))
    tables = [source.rows() for source in (sources.data, sources.test) if source is not None]

    assert ["0", "../two/0"] == [row.image.key for table in tables for row in table if isinstance(row, Row)]


def test_a_folder_of_parquet_files_is_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    pictures(b"a", b"b").to_parquet(str(tmp_path / "data" / "train-00000-of-00001.parquet"))
    source = open_source(str(tmp_path), DataConfig())
    rows = [row for row in source.rows() if isinstance(row, Row)]

    assert ["train/0", "train/1"] == [row.image.key for row in rows]
    assert b"b" == source.open(rows[1].image).read()


def test_pictures_are_handed_on_as_they_are_and_never_decoded(tmp_path: Path) -> None:
    source = HubSource(str(save(tmp_path / "saved", train=pictures(b"not even a picture"))))

    assert b"not even a picture" == source.open(ImageRef("train/0", "x#train/0")).read()


def test_a_row_without_a_picture_cannot_be_opened(tmp_path: Path) -> None:
    source = HubSource(
        str(save(tmp_path / "saved", train=table([{"bytes": None, "path": None}, {"bytes": b"b", "path": "b.png"}])))
    )
    with pytest.raises(UnreadableImage) as error:
        source.open(ImageRef("train/0", "x#train/0"))

    assert "train/0: the row has no picture" == error.value.message


@pytest.mark.parametrize(("path", "readable"), [("a.png", True), ("../b.png", False)])
def test_pictures_beside_the_data_set_are_read_and_others_are_not(tmp_path: Path, path: str, readable: bool) -> None:
    folder = save(tmp_path / "saved", train=table([{"bytes": None, "path": path}]))
    write(folder / "a.png", b"beside")
    write(tmp_path / "b.png", b"outside")
    image = ImageRef("train/0", "x#train/0")
    if readable:
        with HubSource(str(folder)).open(image) as stream:
            assert b"beside" == stream.read()
        return

    with pytest.raises(UnreadableImage, match="allow_outside_paths"):
        HubSource(str(folder)).open(image)
    with HubSource(str(folder), allow_outside=True).open(image) as stream:
        assert b"outside" == stream.read()


def test_a_path_with_a_nul_character_is_a_pictures_own_mistake(tmp_path: Path) -> None:
    folder = save(tmp_path / "saved", train=table([{"bytes": None, "path": "a\0.png"}]))

    with pytest.raises(UnreadableImage, match=r"^train/0: its path holds a NUL character$"):
        HubSource(str(folder)).open(ImageRef("train/0", "x#train/0"))


def test_a_missing_column_is_told_with_a_suggestion(tmp_path: Path) -> None:
    folder = save(tmp_path / "saved", train=pictures(b"a").rename_column("caption", "text"))
    with pytest.raises(UnreadableData) as error:
        rows_of(str(folder))

    expected = f"{folder}: no column `caption`; the columns are `image`, `text`; did you mean `caption_column: text`?"
    assert expected == error.value.message


def test_a_column_that_holds_no_pictures_is_told(tmp_path: Path) -> None:
    folder = save(tmp_path / "saved", train=table([1]))
    with pytest.raises(UnreadableData) as error:
        rows_of(str(folder))

    assert f"{folder}: column `image` holds Value('int64'), not pictures" == error.value.message


def test_a_data_set_that_cannot_be_reached_is_told() -> None:
    with pytest.raises(UnreadableData, match=r"^nobody/nothing: the data set cannot be loaded \("):
        rows_of("hub:nobody/nothing")


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UsageError) as error:
        rows_of("hub:owner/name")

    assert "Hugging Face data sets need an extra package: pip install 'cliptune[hub]'" == error.value.message
