"""What a data set is divided with: checksums and signatures that outlive the process, and the files that come of it."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .basics import clock

if TYPE_CHECKING:
    from ...application.apply_decisions import PairWriter
    from ...application.ports import PairSource, Progress
    from ...application.split_data import SplitData
    from ...domain.config import FineTuneConfig
    from ...domain.pairs import ImageRef
    from ...domain.split_manifest import SplitManifest

SIGNATURES: Final = "signatures"


@contextmanager
def split_of(path: str, config: "FineTuneConfig", *, watcher: "Progress") -> "Iterator[SplitData]":
    """What divides the data set at a path; what it learns of pictures is kept when the context ends."""
    from ...adapters.datasets.detect import open_source
    from ...adapters.images.perceptual import read_signature
    from ...adapters.storage.content_hashes import remembered_contents
    from ...adapters.storage.signatures import SignatureFiles
    from ...adapters.system.cache_folder import cache_folder
    from ...application.near_duplicates import SignPictures
    from ...application.split_data import SplitData
    from ...domain.perceptual import SIZE

    source = open_source(path, config.data, config.fidelity)
    folder = cache_folder(os.environ)

    def look(image: "ImageRef") -> bytes:
        return read_signature(source.open, image, config.fidelity)

    store = SignatureFiles(folder / SIGNATURES / _rule(config), SIZE)
    workers = max(1, config.hardware.num_workers)
    with remembered_contents(folder, source.open, say=watcher.say) as contents:
        yield SplitData(source, contents, SignPictures(look, store, watcher, workers=workers), watcher, clock())


def table_of(path: str, config: "FineTuneConfig") -> "PairSource":
    """The data set as it is written: without columns joined from elsewhere, and a row for each of its rows."""
    from attrs import evolve

    from ...adapters.datasets.detect import open_source

    whole = evolve(config.data, metadata_path=None, allow_outside_paths=True)
    return open_source(path, whole, evolve(config.fidelity, pages="first"))


def split_writer(out: Path, config: "FineTuneConfig") -> "PairWriter":
    """What writes the new data set, with its manifest beside it; columns keep their names."""
    from ...adapters.datasets.json_rows import IMAGE_COLUMN as JSON_IMAGE
    from ...adapters.datasets.split_file import ENDING
    from ...adapters.datasets.table import IMAGE_COLUMN as TABLE_IMAGE
    from ...adapters.datasets.written import WrittenPairs

    usual = JSON_IMAGE if out.suffix.lower() in (".json", ".jsonl", ".ndjson") else TABLE_IMAGE
    return WrittenPairs(out, config.data.image_column or usual, config.data.caption_column, ENDING)


def past_split(path: Path) -> "SplitManifest":
    """The manifest of an earlier split."""
    from ...adapters.datasets.split_file import read_split

    return read_split(path)


def quarantine_list(out: Path, rows: Any) -> str:
    """Write the pictures of no split as a table beside the new data set, and return its path."""
    from ...adapters.datasets.quarantine_list import QuarantineList

    return QuarantineList(out.with_name(f"{out.name}.quarantine.csv"))(rows)


def _rule(config: "FineTuneConfig") -> str:
    """A name for everything besides a picture's bytes that decides what it looks like."""
    from ...domain.perceptual import VERSION

    rule = json.dumps([VERSION, config.fidelity.shown_by(), config.fidelity.alpha_background], sort_keys=True)
    return f"{VERSION.replace('/', '-')}-{hashlib.sha256(rule.encode()).hexdigest()[:12]}"
