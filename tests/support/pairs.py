"""Pairs for tests: strategies, a reader that only weighs pictures, and nobody watching."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
from attrs import frozen
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.augmentation import Augmentation
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import Example, ImageRef, Row

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
BAD = b"not a picture"

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
captions = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8).filter(
    lambda text: bool(text.strip())
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Row, ...]:
    """Rows in any order over a few pictures, each with a patient of its own or a shared one."""
    patients = draw(st.dictionaries(names, st.sampled_from(["P1", "P2", "P3"]), min_size=1, max_size=5))
    pairs = draw(st.lists(st.tuples(st.sampled_from(sorted(patients)), captions), min_size=1, max_size=12))
    return tuple(
        Row(f"t.csv:{line}", image_ref(image), caption, {"patient": patients[image]})
        for line, (image, caption) in enumerate(pairs, 2)
    )


@st.composite
def examples(draw: st.DrawFn, *, least: int = 0, most: int = 40) -> tuple[Example, ...]:
    """Pictures with one caption each, some of them of the same group."""
    groups = draw(st.lists(st.integers(0, 30), min_size=least, max_size=most))
    return tuple(example(f"{index}.png", group=f"P{group}") for index, group in enumerate(groups))


def image_ref(key: str) -> ImageRef:
    """A picture that is nowhere."""
    return ImageRef(key, f"memory#{key}")


def example(key: str, *, group: str | None = None, caption: str = "a caption") -> Example:
    """One example; its row is named after the picture."""
    return Example(image_ref(key), (caption,), group or key, None, f"{key} row")


def write_csv(path: Path, *rows: Sequence[str]) -> Path:
    """Write rows, the header first."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return write(path, text.getvalue().encode())


def write(path: Path, content: bytes = b"picture") -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def pack(name: str) -> Path:
    """A pack of real data, or a skipped test."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"the real data pack {name} is not on this machine")
    return folder


@frozen
class WeighingReader:
    """An `ImageReader` that weighs pictures, and refuses those that say they are bad."""

    opener: Callable[[ImageRef], BinaryIO]

    def check(self, image: ImageRef) -> int:
        """Size in bytes."""
        with self.opener(image) as stream:
            content = stream.read()
        if content == BAD:
            raise UnreadableImage(f"{image.key}: not a picture")
        return len(content)

    def pixels(self, image: ImageRef, augmentation: Augmentation | None = None, *, size: int | None = None) -> Tensor:
        """Nothing here decodes."""
        raise UnreadableImage(f"{image.key}: this reader does not decode ({augmentation}, {size})")


class CountingTicker:
    """A `Ticker` that adds up."""

    done = 0

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        """Go on."""
        self.done += amount


class CountingProgress:
    """A `Progress` that keeps its bars."""

    def __init__(self) -> None:
        self.bars: list[tuple[str, int, CountingTicker]] = []

    @contextmanager
    def track(self, title: str, *, total: int, done: int = 0) -> Iterator[CountingTicker]:
        """A bar."""
        ticker = CountingTicker()
        ticker.done = done
        self.bars.append((title, total, ticker))
        yield ticker

    def say(self, message: str) -> None:
        """Nobody listens."""
