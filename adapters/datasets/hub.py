"""Data sets of the Hugging Face library, from the hub or saved in a folder (extra ``hub``)."""

import functools
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from attrs import frozen

from ...domain.errors import UnreadableData, UnreadableImage, UsageError
from ...domain.gathering import missing_column
from ...domain.pairs import ImageRef, Rejected, Row
from ..storage.regular import open_regular
from .pictures import OUTSIDE
from .rows import Locate, make_rows

PREFIX: Final = "hub:"
IMAGE_COLUMN: Final = "image"
SPLIT_COLUMN: Final = "split"


@frozen
class HubSource:
    """
    A `PairSource` that reads a Hugging Face data set whose rows hold their pictures; decoding is left to others.

    The splits of the data set become the column ``split``. A picture is called by its split and row number.

    Attributes:
        path: A name on the hub, or a folder.
        prefix: What keys begin with, so that two data sets of one run do not share any.
        split: The only split to read; None reads all of them.
        image_column: Column with the picture.
        caption_column: Column with the caption, or with a list of captions.
        allow_outside: Whether pictures may be files outside the data set's folder.
    """

    path: str
    prefix: str = ""
    split: str | None = None
    image_column: str = IMAGE_COLUMN
    caption_column: str = "caption"
    allow_outside: bool = False

    @property
    def name(self) -> str:
        """The name, and the split where one was asked for."""
        return self.path if self.split is None else f"{self.path}:{self.split}"

    def rows(self) -> Iterator[Row | Rejected]:
        """Yield every row, split after split; pictures are not read."""
        for split, dataset in self._splits.items():
            for index, record in enumerate(dataset.remove_columns(self.image_column)):
                at = f"{split}/{index}" if split else str(index)
                named = {SPLIT_COLUMN: split} if split else {}
                image = ImageRef(f"{self.prefix}{at}", f"{self.name}#{at}")
                yield from make_rows(
                    f"{self.path}:{at}",
                    {**record, **named, self.image_column: image.key},
                    image_column=self.image_column,
                    caption_column=self.caption_column,
                    locate=_always(image),
                )

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture's bytes as the data set holds them."""
        split, _, index = image.location.rpartition("#")[2].rpartition("/")
        try:
            held = self._pictures[split][int(index)][self.image_column]
        except (KeyError, ValueError, IndexError):
            raise UnreadableImage(f"{image.key}: no such row in {self.name}") from None
        if held is None or (held["bytes"] is None and not held["path"]):
            raise UnreadableImage(f"{image.key}: the row has no picture")
        if held["bytes"] is not None:
            return io.BytesIO(held["bytes"])
        return self._open_file(image, held["path"])

    def _open_file(self, image: ImageRef, path: str) -> BinaryIO:
        if "\0" in path:
            raise UnreadableImage(f"{image.key}: its path holds a NUL character")
        base = os.path.realpath(self.path if Path(self.path).is_dir() else library().config.HF_CACHE_HOME)
        location = os.path.realpath(Path(base, path))
        if not self.allow_outside and os.path.commonpath((base, location)) != base:
            raise UnreadableImage(f"{image.key}: {path} {OUTSIDE}")
        try:
            return open_regular(location)
        except OSError as error:
            raise UnreadableImage(f"{image.key}: {path} cannot be opened ({error.strerror})") from error

    @functools.cached_property
    def _pictures(self) -> Mapping[str, Any]:
        return {split: dataset.select_columns([self.image_column]) for split, dataset in self._splits.items()}

    @functools.cached_property
    def _splits(self) -> Mapping[str, Any]:
        """Each split's data set, pictures undecoded; the name of a data set without splits is empty."""
        datasets = library()
        loaded = _load(self.path)
        splits: dict[str, Any] = dict(loaded) if isinstance(loaded, dict) else {"": loaded}
        if self.split is not None:
            if self.split not in splits:
                known = ", ".join(filter(None, splits)) or "none"
                raise UnreadableData(f"{self.path}: no split {self.split!r}; its splits are {known}")
            splits = {self.split: splits[self.split]}
        return {split: self._undecoded(dataset, datasets) for split, dataset in splits.items()}

    def _undecoded(self, dataset: Any, datasets: Any) -> Any:
        for key, column in (("image_column", self.image_column), ("caption_column", self.caption_column)):
            if column not in dataset.column_names:
                raise missing_column(column, key=key, available=dataset.column_names, where=self.name)
        try:
            return dataset.cast_column(self.image_column, datasets.Image(decode=False))
        except (RuntimeError, TypeError, ValueError) as error:
            raise UnreadableData(
                f"{self.name}: column `{self.image_column}` holds {dataset.features[self.image_column]}, not pictures"
            ) from error


def is_on_disk(folder: Path) -> bool:
    """Whether ``save_to_disk`` wrote a folder."""
    return (folder / "dataset_dict.json").is_file() or all(
        (folder / name).is_file() for name in ("state.json", "dataset_info.json")
    )


def _always(image: ImageRef) -> Locate:
    return lambda _: image


def _load(path: str) -> Any:
    datasets = library()
    try:
        if is_on_disk(Path(path)):
            return datasets.load_from_disk(path)
        return datasets.load_dataset(path)
    except (OSError, ValueError, RuntimeError, LookupError, TypeError, datasets.exceptions.DatasetsError) as error:
        problem = str(error).partition("\n")[0]
        raise UnreadableData(f"{path}: the data set cannot be loaded ({problem})") from error


def library() -> Any:
    """
    Hugging Face's library of data sets.

    Raises:
        UsageError: If the extra is not installed.
    """
    try:
        import datasets
    except ImportError as error:
        raise UsageError("Hugging Face data sets need an extra package: pip install 'cliptune[hub]'") from error
    return datasets
