"""From any format to any other and back, nothing is lost."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.datasets.hub import HubSource
from cliptune.domain.pairs import Row
from support.conversions import FORMATS, TABLES, Table, convert, files_in, pairs_of, read_back, tables, target_of

if TYPE_CHECKING:
    from cliptune.application.ports import PairSource


@given(table=tables(), form=st.sampled_from(FORMATS))
def test_what_is_read_from_any_format_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, table: Table, form: str
) -> None:
    place = tmp_path_factory.mktemp("written") / "new"
    convert(table.source, target_of(form, place))

    assert sorted(pairs_of(table.source, empty=form in TABLES)) == sorted(pairs_of(read_back(form, place)))


@given(table=tables(), forms=st.lists(st.sampled_from(FORMATS), min_size=2, max_size=3))
def test_any_way_there_and_back_gives_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, table: Table, forms: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("ways")
    source: PairSource = table.source
    for step, form in enumerate(forms):
        convert(source, target_of(form, folder / str(step)))
        source = read_back(form, folder / str(step))

    assert sorted(pairs_of(table.source)) == sorted(pairs_of(source))


@given(table=tables(), form=st.sampled_from(["shards", "parquet"]))
def test_names_of_pictures_survive_formats_that_hold_them(
    tmp_path_factory: pytest.TempPathFactory, table: Table, form: str
) -> None:
    place = tmp_path_factory.mktemp("keys") / "new"
    convert(table.source, target_of(form, place))
    both = (table.source, read_back(form, place))
    keys = [[row.image.key for row in source.rows() if isinstance(row, Row)] for source in both]

    assert sorted(keys[0]) == sorted(keys[1])
    assert list(dict.fromkeys(keys[0])) == list(dict.fromkeys(keys[1]))


@pytest.mark.parametrize("form", ["csv", "parquet", "shards"])
@given(table=tables())
def test_the_same_data_gives_the_same_bytes_and_nothing_outside_its_folder(
    tmp_path_factory: pytest.TempPathFactory, table: Table, form: str
) -> None:
    folder = tmp_path_factory.mktemp("twice")
    for name in ("one", "two"):
        (folder / name).mkdir()
        convert(table.source, target_of(form, folder / name / "new"))

    assert ["new"] == [path.name for path in (folder / "one").iterdir()]
    assert files_in(folder / "one" / "new") == files_in(folder / "two" / "new")


@given(tables())
def test_the_hugging_face_library_reads_parquet_that_was_written_here(
    tmp_path_factory: pytest.TempPathFactory, table: Table
) -> None:
    datasets: Any = pytest.importorskip("datasets")
    place = tmp_path_factory.mktemp("hub") / "new"
    convert(table.source, target_of("parquet", place))
    with io.StringIO() as quiet, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", quiet)
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", place.parent / "cache")
        source = HubSource(str(place), image_column="picture")
        told = sorted((caption, content) for caption, _, content in pairs_of(source))

    assert sorted((caption, content) for caption, _, content in pairs_of(table.source)) == told


# The library leaves files open.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@given(tables())
def test_the_webdataset_library_reads_shards_that_were_written_here(
    tmp_path_factory: pytest.TempPathFactory, table: Table
) -> None:
    webdataset: Any = pytest.importorskip("webdataset")
    place = tmp_path_factory.mktemp("shards") / "new"
    convert(table.source, target_of("shards", place))
    shards = sorted(map(str, place.glob("*.tar")))
    samples = list(webdataset.WebDataset(shards, shardshuffle=False))
    firsts = {row["image_path"]: row["caption"] for row in reversed(table.rows)}
    pictures = [
        next(value for key, value in one.items() if key[0] != "_" and key not in ("txt", "json")) for one in samples
    ]

    assert [(firsts[key], table.pictures[key]) for key in dict.fromkeys(row["image_path"] for row in table.rows)] == [
        (one["txt"].decode(), picture) for one, picture in zip(samples, pictures, strict=True)
    ]


def test_the_real_place_of_a_conversion_is_told(tmp_path: Path) -> None:
    table = Table(({"image_path": "a.png", "caption": "a"},), {"a.png": b"a"})
    done = convert(table.source, target_of("csv", tmp_path / "new"))

    assert (str(tmp_path / "new"), 1, 1, 0) == (done["result"], done["rows"], done["pictures"], done["resumed_at"])
