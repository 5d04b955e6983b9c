"""Pair sources, picture readers and loaders."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from attrs import evolve

from ...domain.config import FineTuneConfig

if TYPE_CHECKING:
    from ...adapters.datasets.detect import Sources
    from ...adapters.images.kept import KeptPictures
    from ...application.picture_contents import PictureContents
    from ...application.ports import ImageReader, PairSource, PictureLoader, Progress
    from ...application.prepare_data import Gathered
    from ...domain.pairs import Example, ImageRef, Rejected
    from ...domain.prepared import PreparedData
    from ...domain.preprocessing import Preprocessing

CHECKED_AT: Final = 224
GIB: Final = 2**30


def sources(config: FineTuneConfig) -> "Sources":
    """The tables that a configuration names."""
    from ...adapters.datasets.detect import open_sources

    return open_sources(config.data, config.fidelity)


def all_pairs(path: str, config: FineTuneConfig) -> "tuple[Gathered, PairSource]":
    """Every example of one table whatever its split, what cannot be used, and the table, which opens its pictures."""
    from ...adapters.datasets.detect import open_source
    from ...application.prepare_data import load_pairs

    source = open_source(path, config.data, config.fidelity)
    return load_pairs(source, config.data, attributes=config.evaluation.columns), source


def check_rows(rejected: "Sequence[Rejected]", examples: "Sequence[Example]", *, config: FineTuneConfig) -> None:
    """Stop when too many rows of a table cannot be used."""
    from ...domain.quarantine import check_quarantine

    rows = len(rejected) + sum(len(example.captions) for example in examples)
    check_quarantine(rejected, rows=rows, max_bad_fraction=config.data.max_bad_fraction)


def prepare_data(config: FineTuneConfig, tables: "Sources", *, watcher: "Progress") -> "PreparedData":
    """Read, check and split the data of a run."""
    from ...adapters.datasets.quarantine_list import QuarantineList
    from ...adapters.images.reader import PillowReader
    from ...application.prepare_data import PrepareData
    from ...application.same_pictures import SamePictures
    from ...domain.preprocessing import default_preprocessing
    from ...domain.relation import keys_in_use

    # Headers are looked at before there is a model, and tell the same whatever its resolution.
    rule = evolve(default_preprocessing(CHECKED_AT), fidelity=config.fidelity)
    reader: ImageReader = PillowReader(open=tables.opener, preprocessing=rule, max_pixels=config.data.max_image_pixels)
    listed = QuarantineList(Path(config.output.output_dir) / "quarantine.csv")
    with picture_contents(tables.opener, watcher=watcher) as contents:
        prepare = PrepareData(
            reader,
            watcher,
            keep_list=listed,
            positive_keys=keys_in_use(config.loss),
            same=SamePictures(tables.opener, watcher),
            attributes=config.evaluation.columns,
            contents=contents if config.data.hash_pictures else None,
        )
        return prepare(config.data, tables.data, val=tables.val, test=tables.test)


def picture_contents(
    opener: "Callable[[ImageRef], BinaryIO]", *, watcher: "Progress"
) -> "AbstractContextManager[PictureContents]":
    """The checksums of pictures, those of files remembered from one process to the next."""
    from ...adapters.storage.content_hashes import remembered_contents
    from ...adapters.system.cache_folder import cache_folder

    return remembered_contents(cache_folder(os.environ), opener, say=watcher.say)


def file_reader(preprocessing: "Preprocessing", *, config: FineTuneConfig) -> "ImageReader":
    """A reader of picture files, whose references' locations are their paths."""
    from ...adapters.datasets.pictures import open_file
    from ...adapters.images.reader import PillowReader

    return PillowReader(open=open_file, preprocessing=preprocessing, max_pixels=config.data.max_image_pixels)


@contextmanager
def picture_loader(
    opener: "Callable[[ImageRef], BinaryIO]", preprocessing: "Preprocessing", *, config: FineTuneConfig
) -> "Iterator[PictureLoader]":
    """A loader that decodes as a model needs it; its worker processes, if any, end with the context."""
    from ...adapters.images.loader import ProcessLoader
    from ...adapters.images.loader import picture_loader as loader_of
    from ...adapters.images.reader import PillowReader
    from ...domain.reduction import least_side

    reader = PillowReader(
        open=opener,
        preprocessing=preprocessing,
        max_pixels=config.data.max_image_pixels,
        least_crop=least_side(config.augmentation.crop_min_area) if config.input.augment_from == "reduced" else None,
        kept=_kept_pictures(opener, config),
    )
    loader = loader_of(reader, workers=config.hardware.num_workers, kind=config.hardware.worker_kind)
    try:
        yield loader
    finally:
        if isinstance(loader, ProcessLoader):
            loader.close()


def _kept_pictures(opener: "Callable[[ImageRef], BinaryIO]", config: FineTuneConfig) -> "KeptPictures | None":
    from ...adapters.images.kept import Contents, KeptPictures
    from ...adapters.images.packed import PackedPictures
    from ...adapters.storage.content_hashes import FILE
    from ...adapters.system.cache_folder import cache_folder

    hardware = config.hardware
    if hardware.decoded_cache is None:
        return None
    files = PackedPictures(Path(hardware.decoded_cache).expanduser(), int(hardware.decoded_cache_gib * GIB))
    files.prepare()
    return KeptPictures(Contents(opener, cache_folder(os.environ) / FILE), files)


def cache_notes(config: FineTuneConfig) -> tuple[str, ...]:
    """What a person should know of a cache of decoded pictures before a run."""
    augmented = config.augmentation.augment_images and config.input.augment_from == "original"
    if config.hardware.decoded_cache is None or not augmented:
        return ()
    return (
        "decoded_cache keeps what evaluation shows; training crops every picture anew from its original: with "
        "augment_from: reduced it would be kept for training, too",
    )


def draw_worlds(folder: Path, *, general: int, inspection: int, seed: int) -> tuple[Path, Path]:
    """Draw the demo's two worlds below a folder and return their tables."""
    from ...adapters.datasets.worlds import write_world
    from ...domain.worlds import general_scenes, inspection_scenes

    return (
        write_world(folder / "general", general_scenes(general, seed=seed), seed=seed),
        write_world(folder / "inspection", inspection_scenes(inspection, seed=seed), seed=seed),
    )
