"""What is fuzzed: each reader with its seeds, its vocabulary, and how it is fed."""

import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from cliptune.adapters.configuration.gates_file import read_gates
from cliptune.adapters.configuration.prompts_file import read_prompts
from cliptune.adapters.configuration.reading import read_config
from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.images.inspecting import inspect_picture
from cliptune.adapters.images.pages import pages_of
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.config.data import DataConfig
from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.errors import CliptuneError
from cliptune.domain.pairs import ImageRef, Row
from cliptune.domain.preprocessing import default_preprocessing
from cliptune.domain.quarantine import one_line
from cliptune.domain.shown import shown as shown_text
from support.fuzz_containers import (
    COCO,
    COCO_WORDS,
    DICOM_WORDS,
    PARQUET_WORDS,
    TAR_WORDS,
    dicoms,
    made,
    parquets,
    stacks,
    tars,
)
from support.fuzz_judge import Attack, unfit
from support.fuzz_seeds import (
    CAPTIONS,
    CONFIGS,
    GATES,
    JSON_LINES,
    JSON_LISTS,
    JSON_WORDS,
    NUMBERS,
    ODD_TEXT,
    PICTURE_WORDS,
    PICTURES,
    PROMPTS,
    TABLE_WORDS,
    TABLES,
    TABS,
    YAML_WORDS,
)

# Small, so that a picture which takes much memory takes it in spite of the limit and not because of it.
MAX_PIXELS: Final = 1_000_000
COLUMNS: Final = DataConfig()
RULES: Final = (FidelityConfig(), FidelityConfig(gray_rule="percentile"))


@frozen
class Target:
    """
    A reader under attack.

    Attributes:
        seeds: Inputs that it reads.
        words: What its format is made of; mutations put these in.
        attack: Feeds it.
    """

    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...]
    attack: Attack


class Wrong(Exception):
    """A reader accepted what it must not, or refused it in words that nobody can read."""


def table(name: str) -> Attack:
    """Read the input as the table called ``name`` beside a picture, and open what its rows name."""

    def attack(data: bytes, folder: Path) -> None:
        (folder / name).write_bytes(data)
        rows_of(folder / name, folder)

    return attack


def sidecar(data: bytes, folder: Path) -> None:
    """Read the input as the captions beside a picture."""
    (folder / "pairs").mkdir(exist_ok=True)
    (folder / "pairs" / "a.png").write_bytes(PICTURES["png"][0])
    (folder / "pairs" / "a.txt").write_bytes(data)
    rows_of(folder / "pairs", folder / "pairs")


def rows_of(path: Path, folder: Path, columns: DataConfig = COLUMNS) -> None:
    """
    Read every row of a source, and open its picture.

    Raises:
        Wrong: If a row leads out of the folder, or a rejection cannot be shown.
    """
    if not (folder / "a.png").exists():
        (folder / "a.png").write_bytes(PICTURES["png"][0])
    os.environ["CLIPTUNE_CACHE_DIR"] = str(folder / "cache")
    source = open_source(str(path), columns)
    for row in source.rows():
        if isinstance(row, Row):
            check_row(row, folder)
            try:
                source.open(row.image).close()
            except CliptuneError as error:
                check_message(str(error))
        else:
            check_message(one_line(row))


def check_row(row: Row, folder: Path) -> None:
    """
    Make sure that a row can be used for what rows are used for.

    Raises:
        Wrong: If its picture lies elsewhere, or its text is none.
    """
    location = row.image.location.partition("#")[0]
    if os.path.commonpath((folder, os.path.realpath(location))) != str(folder):
        raise Wrong(f"led out of the folder to {row.image.location!r}")
    for text in (row.image.key, row.caption, row.where, *row.columns, *row.columns.values()):
        text.encode()


def check_message(message: str) -> None:
    """
    Make sure that a person can read it.

    Raises:
        Wrong: If not.
    """
    if reason := unfit(message):
        raise Wrong(reason)


def picture(data: bytes, _folder: Path) -> None:
    """Check, decode and inspect the input as a picture, by each rule for deep gray, and every page that it claims."""
    read_all(data, pages_of(io.BytesIO(data))[:2])


def read_all(data: bytes, pages: tuple[int, ...]) -> None:
    """
    Read pages of a picture in all ways that there are.

    Raises:
        Wrong: If one is refused in words that nobody can read.
    """
    for rule in RULES:
        shown = evolve(default_preprocessing(32), fidelity=rule)
        reader = PillowReader(lambda _: io.BytesIO(data), shown, MAX_PIXELS)
        for page in pages:
            for read in (reader.check, reader.array):
                try:
                    read(ImageRef("a.png", "a.png", page))
                except CliptuneError as error:
                    check_message(str(error))
    check_message(shown_text(inspect_picture(data, max_pixels=MAX_PIXELS).facts.refused) or "taken")


def file(name: str, read: Callable[[Path], object]) -> Attack:
    """Read the input as a small file that a person wrote."""

    def attack(data: bytes, folder: Path) -> None:
        (folder / name).write_bytes(data)
        read(folder / name)

    return attack


TARGETS: Final[Mapping[str, Target]] = {
    "csv": Target(TABLES, TABLE_WORDS, table("t.csv")),
    "tsv": Target(TABS, TABLE_WORDS, table("t.tsv")),
    "captions": Target(TABS, TABLE_WORDS, table("captions.txt")),
    "sidecar": Target(CAPTIONS, ODD_TEXT, sidecar),
    "json": Target(JSON_LISTS, JSON_WORDS, table("t.json")),
    "jsonl": Target(JSON_LINES, JSON_WORDS, table("t.jsonl")),
    "config": Target(CONFIGS, YAML_WORDS, file("c.yaml", read_config)),
    "gates": Target(GATES, YAML_WORDS, file("g.yaml", read_gates)),
    "prompts": Target(PROMPTS, YAML_WORDS, file("p.yaml", read_prompts)),
    "coco": Target(COCO, (*JSON_WORDS, *COCO_WORDS), table("t.json")),
    "tar": Target(tars(), (*ODD_TEXT, *TAR_WORDS), table("t.tar")),
    "parquet": Target(tuple(made(parquets)), (*PARQUET_WORDS, *NUMBERS), table("t.parquet")),
    "dicom": Target(tuple(made(dicoms)), (*DICOM_WORDS, *NUMBERS), picture),
    "stack": Target(tuple(made(stacks)), (*PICTURE_WORDS["tiff"], *NUMBERS), picture),
    **{kind: Target(seeds, (*PICTURE_WORDS[kind], *NUMBERS), picture) for kind, seeds in PICTURES.items()},
}
