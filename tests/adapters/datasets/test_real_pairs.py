"""Real data in its own formats."""

from pathlib import Path

import pytest

from cliptune.adapters.datasets.detect import open_source, open_sources
from cliptune.application.prepare_data import PrepareData
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import SharedGroup
from cliptune.domain.pairs import SPLITS, Rejected, Row
from cliptune.domain.prepared import PreparedData
from support.pairs import CountingProgress, WeighingReader, pack, write_csv


def prepare(columns: DataConfig) -> PreparedData:
    sources = open_sources(columns)
    reader = WeighingReader(sources.opener)
    return PrepareData(reader, CountingProgress())(columns, sources.data, val=sources.val, test=sources.test)


def images(prepared: PreparedData) -> list[int]:
    return [len(prepared.splits[split]) for split in SPLITS]


@pytest.mark.parametrize(
    ("name", "pictures", "rows"),
    [("covid_chest_xray", 362, 622), ("rsicd_aerial", 1800, 6298), ("steel_surface_defects", 900, 1800)],
)
def test_every_row_of_a_pack_is_usable(name: str, pictures: int, rows: int) -> None:
    prepared = prepare(DataConfig(data_path=str(pack(name))))

    assert (pictures, rows, ()) == (sum(images(prepared)), prepared.rows, prepared.quarantine)


def test_patients_are_never_torn_apart() -> None:
    columns = DataConfig(
        data_path=str(pack("covid_chest_xray")), group_column="patientid", metadata_path="metadata.csv"
    )
    prepared = prepare(columns)
    patients = [{one.group for one in prepared.splits[split]} for split in SPLITS]

    assert 362 == sum(images(prepared))
    assert len(set.union(*patients)) == sum(map(len, patients))
    assert len(set.union(*patients)) < 362


def test_a_split_given_as_files_is_kept() -> None:
    folder = pack("rsicd_aerial")
    prepared = prepare(DataConfig(data_path=str(folder / "captions_train.txt"), test_path="captions_test.txt"))

    assert 300 == len(prepared.test)
    assert 1500 == len(prepared.train) + len(prepared.val)
    assert 6298 == prepared.rows


def test_training_on_the_whole_with_the_test_file_inside_is_a_leak() -> None:
    folder = pack("rsicd_aerial")

    with pytest.raises(SharedGroup, match=r"^300 groups stand in more than one split"):
        prepare(DataConfig(data_path=str(folder / "captions.txt"), test_path="captions_test.txt"))


def test_captions_of_people_come_as_they_were_written() -> None:
    folder = pack("flickr8k_mini")
    source = open_source(str(folder), DataConfig())
    first = next(row for row in source.rows() if isinstance(row, Row))

    assert "A child in a pink dress is climbing up a set of stairs in an entry way." == first.caption
    assert "captions.txt:1" == first.where
    with source.open(first.image) as stream:
        assert b"\xff\xd8" == stream.read(2)


def test_pictures_elsewhere_need_permission(tmp_path: Path) -> None:
    picture = next((pack("flickr8k_mini") / "images").iterdir()).resolve()
    table = write_csv(tmp_path / "t.csv", ["image_path", "caption"], [str(picture), "a picture"])
    refused = list(open_source(str(table), DataConfig()).rows())
    allowed = list(open_source(str(table), DataConfig(allow_outside_paths=True)).rows())

    assert [Rejected] == [type(row) for row in refused]
    assert [Row] == [type(row) for row in allowed]
