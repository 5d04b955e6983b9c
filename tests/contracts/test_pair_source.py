"""What every source of pairs must do."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from cliptune.adapters.datasets.captions_file import CaptionsFileSource
from cliptune.adapters.datasets.captions_folder import CaptionsFolderSource
from cliptune.adapters.datasets.coco import CocoSource
from cliptune.adapters.datasets.dicom_groups import DicomGroups
from cliptune.adapters.datasets.joined import JoinedSource
from cliptune.adapters.datasets.json_rows import JsonSource
from cliptune.adapters.datasets.memory import MemorySource
from cliptune.adapters.datasets.pages import PagedSource
from cliptune.adapters.datasets.parquet import ParquetSource
from cliptune.adapters.datasets.table import TableSource
from cliptune.application.ports import PairSource
from support.pair_sources import (
    PICTURES,
    ColumnsContract,
    Make,
    NamedPicturesContract,
    Pair,
    PairSourceContract,
    by_picture,
    column_names,
    write_pictures,
)
from support.pairs import write, write_csv
from support.parquet_files import write_parquet


def _table(folder: Path, pairs: Sequence[Pair]) -> TableSource:
    write_pictures(folder, pairs)
    names = column_names(pairs)
    rows = ([pair.image, pair.caption, *(pair.columns.get(name, "") for name in names)] for pair in pairs)
    return TableSource(write_csv(folder / "t.csv", ["image_path", "caption", *names], *rows), folder)


class TestTable(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            return _table(tmp_path, pairs)

        return made


class TestJson(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            write_pictures(tmp_path, pairs)
            items = [{"image": pair.image, "caption": pair.caption, **pair.columns} for pair in pairs]
            return JsonSource(write(tmp_path / "t.json", json.dumps({"data": items}).encode()), tmp_path)

        return made


class TestJsonLines(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            write_pictures(tmp_path, pairs)
            lines = (json.dumps({"image": pair.image, "caption": pair.caption, **pair.columns}) for pair in pairs)
            return JsonSource(write(tmp_path / "t.jsonl", "\n".join(lines).encode()), tmp_path)

        return made


class TestCaptionsFile(PairSourceContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            write_pictures(tmp_path, pairs)
            lines = "".join(f"{pair.image}\t{pair.caption}\n" for pair in pairs)
            return CaptionsFileSource(write(tmp_path / "captions.txt", lines.encode()), tmp_path)

        return made


class TestCaptionsFolder(PairSourceContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            write_pictures(tmp_path, pairs)
            for image, members in itertools.groupby(pairs, lambda pair: pair.image):
                text = "\n".join(pair.caption for pair in members)
                write((tmp_path / image).with_suffix(".txt"), text.encode())
            return CaptionsFolderSource(tmp_path, tmp_path)

        return made


class TestPages(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            return PagedSource(_table(tmp_path, pairs), "each")

        return made


class TestDicomGroups(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            return DicomGroups(_table(tmp_path, pairs), "dicom_patient", "a secret")

        return made


class TestMemory(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            table = [{"image_path": pair.image, "caption": pair.caption, **pair.columns} for pair in pairs]
            return MemorySource(table, PICTURES)

        return made


class TestJoined(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            write_pictures(tmp_path, pairs)
            lines = "".join(f"{pair.image}\t{pair.caption}\n" for pair in pairs)
            captions = write(tmp_path / "captions.txt", lines.encode())
            names = column_names(pairs)
            rows = {pair.image: [pair.image, *(pair.columns.get(name, "") for name in names)] for pair in pairs}
            metadata = write_csv(tmp_path / "metadata.csv", ["image_path", *names], *rows.values())
            return JoinedSource(CaptionsFileSource(captions, tmp_path), metadata, tmp_path)

        return made


class TestParquetOfPaths(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        pytest.importorskip("pyarrow")

        def made(pairs: Sequence[Pair]) -> PairSource:
            write_pictures(tmp_path, pairs)
            names = column_names(pairs)
            path = write_parquet(
                tmp_path / "pairs.parquet",
                [
                    {"image": pair.image, "caption": pair.caption, **{name: pair.columns.get(name) for name in names}}
                    for pair in pairs
                ],
            )
            return ParquetSource(str(path), (path,), tmp_path)

        return made


class TestCoco(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            write_pictures(tmp_path, pairs)
            groups = by_picture(pairs)
            images = [
                {"id": at, "file_name": members[0].image, **members[0].columns} for at, members in enumerate(groups)
            ]
            annotations = [
                {"id": 10 * at + number, "image_id": at, "caption": pair.caption}
                for at, members in enumerate(groups)
                for number, pair in enumerate(members)
            ]
            content = json.dumps({"images": images, "annotations": annotations})
            return CocoSource(write(tmp_path / "captions.json", content.encode()), tmp_path)

        return made
