"""Laws of files with several pages as rows, and of groups that DICOM files name themselves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.datasets.detect import open_source, open_sources
from cliptune.adapters.datasets.dicom_groups import SECRET, DicomGroups, keyed_hash
from cliptune.adapters.datasets.memory import MemorySource
from cliptune.adapters.datasets.pages import PagedSource
from cliptune.adapters.datasets.written import WrittenPairs
from cliptune.adapters.images.reader import PillowReader
from cliptune.application.prepare_data import PrepareData
from cliptune.application.same_pictures import SamePictures
from cliptune.domain.config import DataConfig
from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.errors import UsageError
from cliptune.domain.gathering import gather
from cliptune.domain.pairs import ImageRef, Rejected, Row, page_ref, ref_of
from cliptune.domain.preprocessing import default_preprocessing
from support.deep_pictures import dicom, tiff_pages, tomogram
from support.pairs import CountingProgress, write_csv
from support.pictures import encoded, noise

EACH = FidelityConfig(gray_rule="picture_range", pages="each")
CT = tomogram(12, 14)
STACK = tiff_pages([CT, CT[::-1], CT // 2])
FRAMES = dicom(np.stack([CT, CT // 3]), frames=2)


def source(**pictures: bytes) -> MemorySource:
    named = {name.replace("_", "."): data for name, data in pictures.items()}
    return MemorySource([{"image_path": name, "caption": f"about {name}"} for name in named], named)


def keys(pages: Any, **pictures: bytes) -> list[str]:
    rows = PagedSource(source(**pictures), pages).rows()
    return [row.image.key if isinstance(row, Row) else f"rejected: {row.reason}" for row in rows]


def test_each_page_is_a_row_named_by_its_file_and_number() -> None:
    expected = ["a.tif?page=1", "a.tif?page=2", "a.tif?page=3", "b.dcm?page=1", "b.dcm?page=2", "c.png"]

    assert expected == keys("each", a_tif=STACK, b_dcm=FRAMES, c_png=encoded(noise(9, 9)))


def test_a_single_page_is_taken_where_it_is_and_told_where_it_is_not() -> None:
    expected = ["a.tif?page=3", "rejected: there is no page 3; the file has 2", "c.png"]

    assert expected == keys(3, a_tif=STACK, b_dcm=FRAMES, c_png=encoded(noise(9, 9)))


def test_pages_of_a_file_are_one_group_and_pictures_of_their_own() -> None:
    rows = [row for row in PagedSource(source(a_tif=STACK), "each").rows() if isinstance(row, Row)]
    examples, _ = gather(rows)

    assert ["a.tif"] * 3 == [example.group for example in examples]
    assert [0, 1, 2] == [example.image.page for example in examples]


def test_pages_of_a_file_have_the_same_bytes_and_are_not_the_same_picture() -> None:
    twice = PagedSource(source(a_tif=STACK, b_tif=STACK), "each")
    images = [row.image for row in twice.rows() if isinstance(row, Row)]
    found = SamePictures(twice.open, CountingProgress())(images, sizes={image.key: len(STACK) for image in images})

    assert 6 == len(found)
    assert 3 == len(set(found.values()))
    assert [found[f"a.tif?page={n}"] for n in (1, 2, 3)] == [found[f"b.tif?page={n}"] for n in (1, 2, 3)]


def test_pages_are_prepared_and_read_each_by_itself(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number}.tif").write_bytes(tiff_pages([CT + number, CT[::-1] + number]))
    write_csv(tmp_path / "t.csv", ["image_path", "caption"], *([f"{n}.tif", f"picture {n}"] for n in range(12)))
    columns = DataConfig(data_path=str(tmp_path / "t.csv"), train_split=0.6, val_split=0.2, test_split=0.2)
    tables = open_sources(columns, EACH)
    reader = PillowReader(tables.opener, evolve(default_preprocessing(8), fidelity=EACH), 10**6)
    data = PrepareData(reader, CountingProgress())(columns, tables.data)
    files = {name: {one.image.file for one in split} for name, split in data.splits.items()}

    assert 24 == sum(map(len, data.splits.values()))
    assert sum(map(len, files.values())) == len(set().union(*files.values()))
    first, second = (reader.array(page_ref(ImageRef("0.tif", str(tmp_path / "0.tif")), page)) for page in (0, 1))
    assert not np.array_equal(first, second)


@given(st.text(min_size=1), st.integers(0, 10**6))
def test_a_page_is_found_again_by_its_key(key: str, page: int) -> None:
    image = page_ref(ImageRef(key, "somewhere"), page)

    assert image == ref_of(image.key, "somewhere")
    assert key == image.file


@pytest.mark.parametrize("key", ["a.tif", "a.tif?page=", "a.tif?page=0", "a.tif?page=x", "a.tif?page=2.tif"])
def test_a_key_without_a_page_is_a_file(key: str) -> None:
    assert ImageRef(key, "somewhere") == ref_of(key, "somewhere")
    assert key == ImageRef(key, "somewhere").file


def test_a_table_of_pages_is_not_written_as_if_they_were_files(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(STACK)
    table = write_csv(tmp_path / "t.csv", ["image_path", "caption"], ["a.tif", "a stack"])
    rows = [row for row in open_source(str(table), DataConfig(), EACH).rows() if isinstance(row, Row)]

    with pytest.raises(UsageError, match=r"'a.tif\?page=1' is a page of a file"):
        WrittenPairs(tmp_path / "new.csv", "image_path", "caption").check(rows)


def test_files_of_one_patient_have_one_group_that_does_not_name_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "kept by the hospital")
    pictures = source(
        a_dcm=dicom(CT, PatientID="4711", PatientName="Undisclosed^Person", StudyInstanceUID="1.2.3"),
        b_dcm=dicom(CT + 1, PatientID="4711 ", StudyInstanceUID="1.2.4"),
        c_dcm=dicom(CT, PatientID="4712", StudyInstanceUID="1.2.4"),
    )
    groups = {
        column: [row.columns[column] for row in DicomGroups(pictures, column, "secret").rows() if isinstance(row, Row)]
        for column in ("dicom_patient", "dicom_study")
    }
    patients, studies = groups["dicom_patient"], groups["dicom_study"]

    assert (True, False) == (patients[0] == patients[1], patients[0] == patients[2])
    assert (False, True) == (studies[0] == studies[1], studies[1] == studies[2])
    assert all(len(group) == 20 and set(group) <= set("0123456789abcdef") for group in patients + studies)
    assert "4711" not in "".join(patients)


def test_groups_are_named_by_the_configuration_and_keyed_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.dcm").write_bytes(dicom(CT, PatientID="4711"))
    table = write_csv(tmp_path / "t.csv", ["image_path", "caption"], ["a.dcm", "a slice"])

    def group() -> str:
        (row,) = open_source(str(table), DataConfig(group_column="dicom_patient")).rows()
        assert isinstance(row, Row)
        return row.columns["dicom_patient"]

    monkeypatch.delenv(SECRET, raising=False)
    without = group()
    monkeypatch.setenv(SECRET, "kept by the hospital")

    assert keyed_hash(b"4711", secret="", purpose="dicom_patient") == without
    assert keyed_hash(b"4711", secret="kept by the hospital", purpose="dicom_patient") == group()  # noqa: S106
    assert without != group()


def test_a_row_without_a_patient_is_rejected_and_a_named_group_is_kept() -> None:
    known = MemorySource(
        [
            {"image_path": "a.dcm", "caption": "a", "dicom_patient": "given"},
            {"image_path": "b.dcm", "caption": "b"},
            {"image_path": "c.png", "caption": "c"},
            {"image_path": "d.dcm", "caption": "d"},
        ],
        {
            "a.dcm": dicom(CT, PatientID="1"),
            "b.dcm": dicom(CT, PatientID=""),
            "c.png": encoded(noise(4, 4)),
            "d.dcm": dicom(CT, PatientID="1")[:200],
        },
    )
    rows = [row for row in DicomGroups(known, "dicom_patient", "").rows() if isinstance(row, Row)]
    examples, rejected = gather(rows, group_column="dicom_patient")

    assert ["given"] == [example.group for example in examples]
    assert [
        Rejected(f"memory:{n}", key, "no value in group column `dicom_patient`")
        for n, key in ((2, "b.dcm"), (3, "c.png"), (4, "d.dcm"))
    ] == list(rejected)
