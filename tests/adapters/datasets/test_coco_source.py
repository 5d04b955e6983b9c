"""COCO files."""

import json
from pathlib import Path
from typing import Any

import pytest

from cliptune.adapters.datasets.coco import CocoSource
from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.datasets.json_rows import JsonSource
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData
from cliptune.domain.pairs import Rejected, Row
from support.pairs import write

IMAGES = [{"id": 1, "file_name": "a.jpg", "width": 5, "patient": "P1"}, {"id": 2, "file_name": "b.jpg"}]
CAPTIONS = [
    {"id": 10, "image_id": 2, "caption": "b"},
    {"id": 11, "image_id": 1, "caption": "a", "annotator": "X"},
    {"id": 12, "image_id": 1, "caption": "a again"},
]


def coco(path: Path, images: list[Any], annotations: list[Any], **more: Any) -> Path:
    return write(path, json.dumps({"info": {}, "images": images, "annotations": annotations, **more}).encode())


def found(path: Path, columns: DataConfig | None = None) -> list[Row | Rejected]:
    return list(open_source(str(path), columns or DataConfig()).rows())


def told(path: Path, columns: DataConfig | None = None) -> list[tuple[str, str, dict[str, str]]]:
    return [(row.image.key, row.caption, dict(row.columns)) for row in found(path, columns) if isinstance(row, Row)]


def reasons(path: Path) -> list[tuple[str, str]]:
    return [(row.where, row.reason) for row in found(path) if isinstance(row, Rejected)]


def pictures(folder: Path, *names: str) -> None:
    for name in names or ("a.jpg", "b.jpg"):
        write(folder / name)


def test_every_caption_is_a_row_in_the_order_of_pictures(tmp_path: Path) -> None:
    pictures(tmp_path)

    assert [
        ("a.jpg", "a", {"patient": "P1", "annotator": "X"}),
        ("a.jpg", "a again", {"patient": "P1"}),
        ("b.jpg", "b", {}),
    ] == told(coco(tmp_path / "captions.json", IMAGES, CAPTIONS))


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("captions.json", "."),
        ("captions.json", "images"),
        ("captions_val2017.json", "val2017"),
        ("captions_val2017.json", "images/val2017"),
        ("annotations/captions_val2017.json", "val2017"),
        ("annotations/captions_val2017.json", "images/val2017"),
        ("annotations/captions.json", "images"),
    ],
)
def test_pictures_are_found_where_coco_has_them(tmp_path: Path, file: str, folder: str) -> None:
    pictures(tmp_path / folder)
    path = coco(tmp_path / file, IMAGES, CAPTIONS)
    source = open_source(str(path), DataConfig())

    assert 3 == len([source.open(row.image).close() for row in source.rows() if isinstance(row, Row)])


def test_pictures_elsewhere_are_found_where_the_configuration_says(tmp_path: Path) -> None:
    pictures(tmp_path / "elsewhere")
    path = coco(tmp_path / "data" / "captions.json", IMAGES, CAPTIONS)
    with pytest.raises(UnreadableData) as error:
        found(path)

    assert "'a.jpg', are in none of" in error.value.message
    assert error.value.message.endswith("name their folder with `image_root`")
    assert 3 == len(told(path, DataConfig(image_root="../elsewhere")))
    assert 3 == len(told(path, DataConfig(image_root=str(tmp_path / "elsewhere"))))


def test_categories_become_a_column(tmp_path: Path) -> None:
    pictures(tmp_path)
    categories = [{"id": 5, "name": "hot spot"}, {"id": 6, "name": "pit"}]
    boxes = [
        {"id": 20, "image_id": 1, "category_id": 6, "bbox": [0, 0, 1, 1]},
        {"id": 21, "image_id": 1, "category_id": 5},
        {"id": 22, "image_id": 1, "category_id": 6},
        {"id": 23, "image_id": 2, "caption": "its own", "category_id": 5},
    ]
    path = coco(tmp_path / "both.json", IMAGES, [*CAPTIONS, *boxes], categories=categories)

    assert [("a", "pit, hot spot"), ("a again", "pit, hot spot"), ("b", "hot spot"), ("its own", "hot spot")] == [
        (caption, columns["label"]) for _, caption, columns in told(path)
    ]


def test_categories_without_captions_are_captioned_by_templates(tmp_path: Path) -> None:
    pictures(tmp_path)
    boxes = [{"id": 1, "image_id": 1, "category_id": 5}, {"id": 2, "image_id": 1, "category_id": 5}]
    path = coco(tmp_path / "boxes.json", IMAGES, boxes, categories=[{"id": 5, "name": "pit"}])
    with pytest.raises(UnreadableData, match=r"no annotation has a caption; `class_captions`"):
        found(path)

    assert [("a.jpg", "a pit", {"patient": "P1", "label": "pit"})] == told(
        path, DataConfig(class_captions=("a {label}",))
    )


def test_what_is_broken_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    pictures(tmp_path)
    images = [
        *IMAGES,
        {"id": 1, "file_name": "c.jpg"},
        {"file_name": "d.jpg"},
        "no object",
        {"id": 3},
        {"id": [], "x": 1},
    ]
    annotations = [*CAPTIONS, {"image_id": 99, "caption": "x"}, {"image_id": 1, "caption": None}, 7]
    path = coco(tmp_path / "captions.json", images, annotations)

    assert [
        ("captions.json:images[2]", "has the id 1, as another one has"),
        ("captions.json:images[3]", "has no `id`"),
        ("captions.json:images[4]", "has no `id`"),
        ("captions.json:images[6]", "has no `id`"),
        ("captions.json:annotations[3]", "is about the image 99, which is not there"),
        ("captions.json:annotations[5]", "is about the image None, which is not there"),
        ("captions.json:annotations[4]", "`caption` is missing"),
        ("captions.json:image 3", "`file_name` is missing"),
    ] == reasons(path)
    assert 3 == len(told(path))


def test_a_picture_without_a_caption_is_told(tmp_path: Path) -> None:
    pictures(tmp_path)

    assert [("captions.json:image 1", "`caption` is missing")] == reasons(
        coco(tmp_path / "captions.json", IMAGES, CAPTIONS[:1])
    )


def test_pictures_may_not_lie_outside_their_folder(tmp_path: Path) -> None:
    pictures(tmp_path / "data")
    pictures(tmp_path, "up.jpg")
    images = [*IMAGES, {"id": 3, "file_name": "../up.jpg"}, {"id": 4, "file_name": "a\0.jpg"}]
    more = [{"id": 30, "image_id": 3, "caption": "up"}, {"id": 40, "image_id": 4, "caption": "nul"}]
    path = coco(tmp_path / "data" / "captions.json", images, [*CAPTIONS, *more])

    assert ["captions.json:annotation 30", "captions.json:annotation 40"] == [where for where, _ in reasons(path)]


def test_other_json_stays_what_it_was(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.json", b'{"data": [{"image": "a.jpg", "caption": "images and annotations"}]}')
    tricky = write(tmp_path / "tricky.json", b'{"data": [{"images": [], "annotations": []}]}')
    empty = write(tmp_path / "empty.json")
    kinds = [type(open_source(str(path), DataConfig())) for path in (rows, tricky, empty)]

    assert [JsonSource] * 3 == kinds
    with pytest.raises(UnreadableData, match="expected a COCO file"):
        list(CocoSource(rows, tmp_path).rows())
