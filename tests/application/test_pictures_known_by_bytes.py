"""Preparing data whose pictures are known by their bytes."""

import hashlib
from collections import Counter
from typing import Any, BinaryIO

import pytest
from attrs import evolve

from cliptune.adapters.datasets.combined import CombinedOpener
from cliptune.adapters.datasets.memory import MemorySource
from cliptune.adapters.storage.content_hashes import ContentHashes
from cliptune.application.packed_manifest import unpacked
from cliptune.application.prepare_data import PrepareData, with_known_contents
from cliptune.application.same_pictures import SamePictures
from cliptune.domain.config.data import DataConfig
from cliptune.domain.contents import Content
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef
from cliptune.domain.prepared import PreparedData
from support.pairs import CountingProgress, WeighingReader, example

ALL_TRAIN = DataConfig(train_split=1.0, val_split=0.0, test_split=0.0)


def many(count: int) -> list[str]:
    """Names of pictures."""
    return [f"p{index}" for index in range(count)]


def source(*names: str) -> MemorySource:
    """Two captions for each picture, whose bytes are its name."""
    table = [{"image_path": image, "caption": f"{image} {turn}"} for image in names for turn in ("one", "two")]
    return MemorySource(table, {image: image.encode() for image in names})


def prepare(columns: DataConfig, data: MemorySource) -> PreparedData:
    """Data whose pictures are known by their sizes."""
    return PrepareData(WeighingReader(data.open), CountingProgress())(columns, data)


def known(columns: DataConfig, data: MemorySource, **given: Any) -> PreparedData:
    """Data whose pictures are known by their bytes."""
    contents = ContentHashes(CombinedOpener((data, *given.values())), say=print)
    prepare = PrepareData(WeighingReader(data.open), CountingProgress(), contents=contents)
    return prepare(columns, data, **given)


def test_the_root_is_that_of_the_manifest_and_of_nothing_else_than_the_data() -> None:
    columns = DataConfig(train_split=0.5, val_split=0.25, test_split=0.25)
    names = many(60)
    one, other = known(columns, source(*names)), known(columns, source(*reversed(names)))
    manifest = unpacked(one.manifest, name="m")
    assert (one.root, 120, "memory") == (manifest.root, len(manifest.rows), manifest.name)
    assert (one.root, one.manifest) == (other.root, other.manifest)
    assert {split: len(examples) * 2 for split, examples in one.splits.items()} == Counter(
        row.split for row in manifest.rows
    )
    assert one.root == one.card()["root"]


def test_other_bytes_of_the_same_size_change_the_root_and_not_the_fingerprint_by_sizes() -> None:
    data = source("p0", "p1", "p2")
    changed = MemorySource(data.table, {**data.pictures, "p1": b"p8"})
    one, other = known(ALL_TRAIN, data), known(ALL_TRAIN, changed)
    assert one.fingerprint == other.fingerprint == prepare(ALL_TRAIN, data).fingerprint
    assert one.root != other.root
    assert ("", b"", False) == (
        prepare(ALL_TRAIN, data).root,
        prepare(ALL_TRAIN, data).manifest,
        "root" in prepare(ALL_TRAIN, data).card(),
    )


def test_a_picture_that_breaks_off_while_its_bytes_are_read_is_left_out() -> None:
    data = source("p0", "p1", "p2")

    def opening(image: ImageRef) -> BinaryIO:
        if image.key == "p1":
            raise UnreadableImage("p1: the disk is gone")
        return data.open(image)

    prepared = PrepareData(WeighingReader(data.open), CountingProgress(), contents=ContentHashes(opening, say=print))(
        ALL_TRAIN, data
    )
    assert ["p0", "p2"] == [one.image.key for one in prepared.train]
    assert [("p1", "the disk is gone")] * 2 == [(row.image, row.reason) for row in prepared.quarantine]
    assert {"p0", "p2"} == {row.image for row in unpacked(prepared.manifest, name="m").rows}


@pytest.mark.parametrize("by_checksum", [True, False])
def test_pictures_with_equal_bytes_are_found_whichever_way_they_are_known(by_checksum: bool) -> None:
    pictures = {"p0": b"one", "p1": b"two", "p2": b"one"}
    data = MemorySource([{"image_path": name, "caption": name} for name in pictures], pictures)
    contents = ContentHashes(data.open, say=print) if by_checksum else None
    prepared = PrepareData(
        WeighingReader(data.open),
        CountingProgress(),
        positive_keys=("image",),
        same=SamePictures(data.open, CountingProgress()),
        contents=contents,
    )(ALL_TRAIN, data)
    same = hashlib.sha256(b"one").hexdigest()
    assert [same, "", same] == [one.content for one in prepared.train]


def test_two_pages_of_one_file_are_two_pictures() -> None:
    pages = [evolve(example(f"p{page}"), image=ImageRef(f"p{page}", "f", page)) for page in (0, 1, 1)]
    contents = {f"p{page}": Content("a" * 64, 1) for page in (0, 1)}
    second = ImageRef("any", "f", 1).content("a" * 64)
    assert ["", second, second] == [one.content for one in with_known_contents(pages, contents)]
