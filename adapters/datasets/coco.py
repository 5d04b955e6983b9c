"""COCO annotations: captions, and categories as labels."""

import mmap
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from attrs import frozen

from ...domain.class_captions import class_captions
from ...domain.errors import UnreadableData
from ...domain.pairs import ImageRef, Rejected, Row
from ..storage.regular import open_regular, read_regular
from .json_items import parsed
from .pictures import PictureFolder, open_file
from .rows import make_rows, plain_columns

LABEL_COLUMN: Final = "label"
CAPTION: Final = "caption"
PARTS: Final = ("images", "annotations")
# What COCO notes of every picture and annotation, and nothing is learned from.
BOOKKEEPING: Final = (
    *("id", "image_id", "file_name", "license", "coco_url", "flickr_url", "date_captured", "width", "height"),
    *(CAPTION, "category_id", "segmentation", "area", "bbox", "iscrowd"),
)
ANNOTATIONS: Final = "annotations"
# ``captions_train2017`` is about the pictures of ``train2017``.
_ABOUT: Final = re.compile(r"(?:captions|instances|annotations|person_keypoints|image_info)_(.+)")
TRIED: Final = 20
# A COCO file is read whole; that of the objects in 118,287 pictures has 448 MB.
MOST_BYTES: Final = 512 * 1024 * 1024


@frozen
class CocoSource:
    """
    A `PairSource` that reads a COCO file: every annotation with a caption is a row.

    A row's category is its column ``label``; where captions have none, it is the categories of the picture's other
    annotations, in the order of the file. Where no annotation has a caption, each category of a picture gives one for
    each template.

    Attributes:
        path: The file.
        root: The folder that keys are relative to.
        image_root: The folder of the pictures; None looks for it where COCO has it, beside the file.
        templates: Captions with ``{label}`` in them, for files without captions.
        allow_outside: Whether pictures may lie outside their folder.
    """

    path: Path
    root: Path
    image_root: Path | None = None
    templates: tuple[str, ...] = ()
    allow_outside: bool = False

    @property
    def name(self) -> str:
        """The path of the file."""
        return str(self.path)

    def rows(self) -> Iterator[Row | Rejected]:
        """
        Yield the rows picture after picture; a picture without caption, and a broken entry, comes as ``Rejected``.

        Raises:
            UnreadableData: If the file is no COCO file, has no caption, or its pictures are not where they may be.
        """
        content = read_coco(self.path)
        images, broken = _by_id(content["images"], "images")
        yield from (Rejected(f"{self.path.name}:{where}", "", reason) for where, reason in broken)
        of_image, lost = _of_images(content["annotations"], images)
        yield from (Rejected(f"{self.path.name}:{where}", "", reason) for where, reason in lost)
        names = _categories(content.get("categories"))
        captioned = any(CAPTION in one for those in of_image.values() for _, one in those)
        if not captioned and not self.templates:
            raise UnreadableData(
                f"{self.path}: no annotation has a caption; `class_captions`, such as ['a photo of a {{label}}'], "
                "makes some of the categories"
            )
        pictures = PictureFolder(self._folder(images.values()), self.root, allow_outside=self.allow_outside)
        for key, image in images.items():
            for where, record in self._records(image, of_image.get(key, []), names, captioned=captioned):
                yield from make_rows(
                    f"{self.path.name}:{where}",
                    record,
                    image_column="file_name",
                    caption_column=CAPTION,
                    locate=pictures.locate,
                )

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture's file."""
        return open_file(image)

    def _records(
        self,
        image: Mapping[str, Any],
        annotations: Sequence[tuple[str, Mapping[str, Any]]],
        names: Mapping[object, str],
        *,
        captioned: bool,
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        common = {**plain_columns(image, without=BOOKKEEPING), "file_name": image.get("file_name")}
        labels = list(dict.fromkeys(names[one["category_id"]] for _, one in annotations if _category(one) in names))
        place = f"image {image.get('id')}"
        if not captioned:
            captions = [(label, caption) for label in labels for caption in class_captions(label, self.templates)]
            yield from ((place, {**common, LABEL_COLUMN: label, CAPTION: caption}) for label, caption in captions)
            if not captions:
                yield place, {**common, CAPTION: None}
            return
        saying = [(where, one) for where, one in annotations if CAPTION in one]
        for where, one in saying:
            own = [names[one["category_id"]]] if _category(one) in names else labels
            told = {LABEL_COLUMN: ", ".join(own)} if own else {}
            yield where, {**common, **plain_columns(one, without=BOOKKEEPING), **told, CAPTION: one[CAPTION]}
        if not saying:
            yield place, {**common, CAPTION: None}

    def _folder(self, images: Iterable[Mapping[str, Any]]) -> Path:
        names = [name for image in images if isinstance(name := image.get("file_name"), str)][:TRIED]
        places = [self.image_root] if self.image_root is not None else list(usual_folders(self.path))
        for place in places:
            if any((place / name).is_file() for name in names if "\0" not in name):
                return place
        looked = ", ".join(map(str, places))
        raise UnreadableData(
            f"{self.path}: its pictures, such as {names[0] if names else '?'!r}, are in none of {looked}; name their "
            "folder with `image_root`"
        )


def usual_folders(path: Path) -> Iterator[Path]:
    """Where the pictures of a COCO file may be, the likeliest first."""
    about = _ABOUT.fullmatch(path.stem)
    homes = [path.parent, path.parent.parent] if path.parent.name == ANNOTATIONS else [path.parent]
    for home in homes:
        yield home
        if about is not None:
            yield from (home / about[1], home / "images" / about[1])
        yield from (home / path.stem, home / "images")


def is_coco(path: Path) -> bool:
    """Whether a JSON file has the lists of a COCO file."""
    return _content(path) is not None


def read_coco(path: Path) -> dict[str, Any]:
    """
    The content of a COCO file.

    Raises:
        UnreadableData: If it is none.
    """
    content = _content(path)
    if content is None:
        raise UnreadableData(f"{path}: expected a COCO file, an object with the lists `images` and `annotations`")
    return content


def _content(path: Path) -> dict[str, Any] | None:
    """The object that a file holds if it has the lists; a file that lacks the very words is not parsed."""
    try:
        with open_regular(path) as file:
            if not 0 < os.fstat(file.fileno()).st_size <= MOST_BYTES:
                return None
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                if any(view.find(f'"{part}"'.encode()) < 0 for part in PARTS):
                    return None
        content = parsed(read_regular(path, most=MOST_BYTES).decode("utf-8-sig"))
    except (OSError, ValueError):
        return None
    held = isinstance(content, dict) and all(isinstance(content.get(part), list) for part in PARTS)
    return content if held else None


def _by_id(entries: list[Any], what: str) -> tuple[dict[object, dict[str, Any]], list[tuple[str, str]]]:
    found: dict[object, dict[str, Any]] = {}
    broken = []
    for index, entry in enumerate(entries):
        known = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(known, int | str):
            broken.append((f"{what}[{index}]", "has no `id`"))
        elif known in found:
            broken.append((f"{what}[{index}]", f"has the id {known!r}, as another one has"))
        else:
            found[known] = entry
    return found, broken


def _of_images(
    annotations: list[Any], images: Mapping[object, object]
) -> tuple[dict[object, list[tuple[str, Mapping[str, Any]]]], list[tuple[str, str]]]:
    found: dict[object, list[tuple[str, Mapping[str, Any]]]] = {}
    lost = []
    for index, entry in enumerate(annotations):
        image = entry.get("image_id") if isinstance(entry, dict) else None
        if isinstance(image, int | str) and image in images:
            place = f"annotation {entry['id']}" if isinstance(entry.get("id"), int | str) else f"annotations[{index}]"
            found.setdefault(image, []).append((place, entry))
        else:
            lost.append((f"annotations[{index}]", f"is about the image {image!r}, which is not there"))
    return found, lost


def _categories(entries: object) -> dict[object, str]:
    named, _ = _by_id(entries if isinstance(entries, list) else [], "categories")
    return {known: entry["name"] for known, entry in named.items() if isinstance(entry.get("name"), str)}


def _category(annotation: Mapping[str, Any]) -> object:
    category = annotation.get("category_id")
    return category if isinstance(category, int | str) else None
