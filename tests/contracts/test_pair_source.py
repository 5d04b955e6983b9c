"""What every source of pairs must do."""

import io
import itertools
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from attrs import field, frozen

from cliptune.adapters.datasets.captions_file import CaptionsFileSource
from cliptune.adapters.datasets.captions_folder import CaptionsFolderSource
from cliptune.adapters.datasets.hub import HubSource
from cliptune.adapters.datasets.joined import JoinedSource
from cliptune.adapters.datasets.json_rows import JsonSource
from cliptune.adapters.datasets.memory import MemorySource
from cliptune.adapters.datasets.shards import ShardSource
from cliptune.adapters.datasets.table import TableSource
from cliptune.application.ports import PairSource
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef, Rejected, Row
from support.pairs import write, write_csv
from support.tars import sample, write_tar

PICTURES: Mapping[str, bytes] = {"a.png": b"picture a", "b.png": b"picture b", "c.png": b"picture c"}


@frozen
class Pair:
    """A row as a person means it, in whatever format."""

    image: str
    caption: str
    columns: Mapping[str, str] = field(factory=dict)


Make = Callable[..., PairSource]
PAIRS = (
    Pair("a.png", "a cat"),
    Pair("a.png", "a cat, asleep"),
    Pair("b.png", 'a "dog"; ünï – 漢字 🙂'),
    Pair("c.png", "a cat"),
)


def usable(source: PairSource) -> list[Row]:
    return [row for row in source.rows() if isinstance(row, Row)]


def content(source: PairSource, image: ImageRef) -> bytes:
    with source.open(image) as stream:
        return stream.read()


class PairSourceContract:
    """``make(pairs)`` is a source of those pairs and of the pictures that they name."""

    def test_every_row_comes_in_order_with_its_caption_and_its_picture(self, make: Make) -> None:
        source = make(PAIRS)

        assert [(pair.caption, PICTURES[pair.image]) for pair in PAIRS] == [
            (row.caption, content(source, row.image)) for row in usable(source)
        ]

    def test_rows_are_the_same_when_they_are_read_again(self, make: Make) -> None:
        source = make(PAIRS)

        assert list(source.rows()) == list(source.rows())

    def test_one_picture_has_one_key_and_two_have_two(self, make: Make) -> None:
        keys = [row.image.key for row in usable(make(PAIRS))]

        assert keys[0] == keys[1]
        assert 3 == len(set(keys))

    def test_every_row_says_where_it_stands(self, make: Make) -> None:
        assert all(row.where for row in make(PAIRS).rows())

    def test_an_empty_caption_is_rejected_and_the_rest_is_kept(self, make: Make) -> None:
        source = make((PAIRS[0], Pair("b.png", " "), PAIRS[3]))
        reasons = [row.reason for row in source.rows() if isinstance(row, Rejected)]

        assert ["the caption is empty"] == reasons
        assert ["a cat", "a cat"] == [row.caption for row in usable(source)]

    def test_a_picture_that_is_not_there_cannot_be_opened(self, make: Make) -> None:
        row = usable(make(PAIRS))[0]

        with pytest.raises(UnreadableImage):
            make(PAIRS).open(ImageRef(f"{row.image.key}9", f"{row.image.location}9"))

    def test_pictures_open_in_another_process(self, make: Make) -> None:
        source = make(PAIRS)
        row = usable(source)[2]
        sent = pickle.loads(pickle.dumps(source.open))  # noqa: S301 our own bytes

        with sent(row.image) as stream:
            assert PICTURES["b.png"] == stream.read()

    def test_it_has_a_name(self, make: Make) -> None:
        assert make(PAIRS).name


class ColumnsContract:
    """A format with further columns."""

    def test_every_other_column_comes_as_text_by_name(self, make: Make) -> None:
        pairs = [Pair("a.png", "a cat", {"patient": "7", "view": "PA"}), Pair("b.png", "a dog", {"patient": "8"})]
        first, second = usable(make(pairs))

        assert {"patient": "7", "view": "PA"} == first.columns
        assert "8" == second.columns["patient"]


class NamedPicturesContract:
    """A format whose rows name their pictures."""

    def test_a_picture_is_called_as_the_table_names_it(self, make: Make) -> None:
        assert [pair.image for pair in PAIRS] == [row.image.key for row in usable(make(PAIRS))]

    def test_a_row_whose_picture_is_missing_is_rejected(self, make: Make) -> None:
        rows = list(make([PAIRS[0], Pair("missing.png", "a ghost")]).rows())

        assert [Row, Rejected] == [type(row) for row in rows]
        assert "missing" in rows[1].image if isinstance(rows[1], Rejected) else False


def write_pictures(folder: Path, pairs: Sequence[Pair]) -> None:
    for pair in pairs:
        if pair.image in PICTURES:
            write(folder / pair.image, PICTURES[pair.image])


def column_names(pairs: Sequence[Pair]) -> list[str]:
    return list(dict.fromkeys(name for pair in pairs for name in pair.columns))


class TestTable(PairSourceContract, ColumnsContract, NamedPicturesContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def made(pairs: Sequence[Pair]) -> PairSource:
            write_pictures(tmp_path, pairs)
            names = column_names(pairs)
            rows = ([pair.image, pair.caption, *(pair.columns.get(name, "") for name in names)] for pair in pairs)
            return TableSource(write_csv(tmp_path / "t.csv", ["image_path", "caption", *names], *rows), tmp_path)

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
