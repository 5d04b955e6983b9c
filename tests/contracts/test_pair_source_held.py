"""What every source of pairs must do, those that hold their pictures."""

import io
import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from cliptune.adapters.datasets.hub import HubSource
from cliptune.adapters.datasets.parquet import ParquetSource
from cliptune.adapters.datasets.shards import ShardSource
from cliptune.adapters.datasets.streaming import StreamSource
from cliptune.application.ports import PairSource
from support.pair_sources import (
    PICTURES,
    ColumnsContract,
    Make,
    Pair,
    PairSourceContract,
    by_picture,
    column_names,
)
from support.parquet_files import write_parquet
from support.tars import sample, write_tar


class TestHub(PairSourceContract, ColumnsContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        datasets = pytest.importorskip("datasets")
        folders = (tmp_path / f"saved {number}" for number in itertools.count())

        def made(pairs: Sequence[Pair]) -> PairSource:
            groups = [list(members) for _, members in itertools.groupby(pairs, lambda pair: pair.image)]
            columns = {name: [members[0].columns.get(name) for members in groups] for name in column_names(pairs)}
            images = [{"bytes": PICTURES[members[0].image], "path": None} for members in groups]
            captions = [[pair.caption for pair in members] for members in groups]
            dataset = datasets.Dataset.from_dict({"image": images, "caption": captions, **columns})
            folder = next(folders)
            with io.StringIO() as quiet, pytest.MonkeyPatch.context() as patch:
                patch.setattr("sys.stderr", quiet)
                dataset.cast_column("image", datasets.Image()).save_to_disk(str(folder))
            return HubSource(str(folder))

        return made


class TestShards(PairSourceContract, ColumnsContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            groups = [list(members) for _, members in itertools.groupby(pairs, lambda pair: pair.image)]
            samples = [
                sample(
                    f"{number:03}",
                    PICTURES[members[0].image],
                    {"caption": [pair.caption for pair in members], **members[0].columns},
                )
                for number, members in enumerate(groups)
            ]
            halves = (samples[::2], samples[1::2]) if len(samples) < 3 else (samples[:2], samples[2:])
            shards = [
                write_tar(tmp_path / f"{at}.tar", itertools.chain(*half)) for at, half in enumerate(halves) if half
            ]
            return ShardSource(str(tmp_path), tuple(shards), tmp_path)

        return made


class TestParquet(PairSourceContract, ColumnsContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        pytest.importorskip("pyarrow")

        def made(pairs: Sequence[Pair]) -> PairSource:
            records = [
                {
                    "image": {"bytes": PICTURES[members[0].image], "path": None},
                    "caption": [pair.caption for pair in members],
                    **{name: members[0].columns.get(name) for name in column_names(pairs)},
                }
                for members in by_picture(pairs)
            ]
            path = tmp_path / "pairs.parquet"
            write_parquet(path, records)
            return ParquetSource(str(path), (path,), tmp_path)

        return made


class TestStream(PairSourceContract, ColumnsContract):
    @pytest.fixture
    def make(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
        datasets = pytest.importorskip("datasets")
        monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.setattr(datasets.utils.tqdm, "disable", True, raising=False)
        folders = (tmp_path / f"saved {number}" for number in itertools.count())

        def made(pairs: Sequence[Pair]) -> PairSource:
            names, folder = column_names(pairs), next(folders)
            records = [
                {
                    "image": {"bytes": PICTURES[members[0].image], "path": None},
                    "caption": [pair.caption for pair in members],
                    **{name: members[0].columns.get(name) for name in names},
                }
                for members in by_picture(pairs)
            ]
            with io.StringIO() as quiet, pytest.MonkeyPatch.context() as patch:
                patch.setattr("sys.stderr", quiet)
                datasets.Dataset.from_list(records).save_to_disk(str(folder), num_shards=len(records))
            return StreamSource(str(folder))

        return made
