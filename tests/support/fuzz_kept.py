"""What cliptune itself wrote, and somebody changed: manifests, and decoded pictures that were kept."""

import gzip
import json
from pathlib import Path
from typing import Final

import numpy as np

from cliptune.adapters.datasets.split_file import read_split
from cliptune.adapters.images.packed import PREFIX, SUFFIX, PackedPictures
from cliptune.adapters.images.packing import HERE, KEY, record
from cliptune.adapters.storage.data_manifest_file import is_manifest_file, read_manifest
from cliptune.domain.manifest_lines import manifest_lines
from cliptune.domain.split_links import Pins
from cliptune.domain.split_manifest import SplitManifest, SplitRules
from cliptune.domain.splits import Shares
from support.manifests import manifest, row

NAMES: Final = (b"k" * KEY, b"l" * KEY)
KEPT: Final = (
    record(NAMES[0], np.arange(60, dtype=np.uint8).reshape(4, 5, 3)),
    record(NAMES[0], np.zeros((1, 1, 3), np.uint8)) + record(NAMES[1], np.ones((2, 3, 3), np.uint8)),
)
KEPT_WORDS: Final = (HERE, b"gone", *NAMES)
_TEXT: Final = "".join(f"{line}\n" for line in manifest_lines(manifest([row("a.png", "x"), row("b.png", "y")])))
MANIFESTS: Final = (_TEXT.encode(), gzip.compress(_TEXT.encode(), mtime=0))
_SPLIT: Final = SplitManifest(
    SplitRules("patient", "finding", None, Shares(0.8, 0.1, 0.1), 42),
    Pins({"P1": "train", "P2": "test"}, {"c1": "train"}),
    (("c1", "c2"),),
    "root",
)
SPLITS: Final = (json.dumps(_SPLIT.as_plain()).encode(),)


def data_manifest(data: bytes, folder: Path) -> None:
    """Read the input as the manifest of a data set."""
    path = folder / "m.jsonl.gz"
    path.write_bytes(data)
    is_manifest_file(path)
    read_manifest(path)


def split_manifest(data: bytes, folder: Path) -> None:
    """Read the input as the manifest of a split."""
    path = folder / "s.split.json"
    path.write_bytes(data)
    read_split(path)


def kept_pictures(data: bytes, folder: Path) -> None:
    """Read the input as a file of decoded pictures: what is there has the shape that it says, or is not there."""
    place = folder / "kept"
    place.mkdir(exist_ok=True)
    (place / f"{PREFIX}1{SUFFIX}").write_bytes(data)
    pictures = PackedPictures(place, 1_000_000)
    try:
        for name in NAMES:
            found = pictures.get(name)
            assert found is None or (found.dtype == np.uint8 and found.shape[2:] == (3,))
    finally:
        pictures.close()
