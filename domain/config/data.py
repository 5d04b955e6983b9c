"""Configuration groups of the data and of what the model is shown of it."""
# ruff: noqa: RUF009 (`key` declares a field, it is no shared default)

from typing import Literal

from attrs import frozen

from .fields import key

Decode = Literal["exact", "fast"]
AugmentFrom = Literal["original", "reduced"]
FolderLayout = Literal["auto", "table", "captions", "classes"]


@frozen
class DataConfig:
    """Which pairs to use, and how they are split."""

    data_path: str = key("data", "table, captions file, folder, shards (.tar), Parquet, COCO, hub:NAME or stream:NAME")
    image_column: str | None = key(None, "column with the picture's path; null = image_path (image in JSON)")
    caption_column: str = key("caption", "column with the caption")
    group_column: str | None = key(
        None, "column whose equal values stay in one split (patient, part); null = the image"
    )
    split_column: str | None = key(None, "column that names each row's split: train, val or test")
    encoding: str = key(
        "utf-8", "encoding of tables and captions, such as cp1252; a byte order mark at a file's start wins over it"
    )
    clean_captions: bool = key(default=False, meaning="take characters that nobody sees out of captions; off: told")
    metadata_path: str | None = key(None, "table joined on the image, for group and split columns")
    folder_layout: FolderLayout = key("auto", "what a folder of pictures is: its table, texts beside, or class folders")
    class_captions: tuple[str, ...] = key(
        (), "captions of pictures in a folder for each class, such as ['a photo of a {label}']"
    )
    image_root: str | None = key(None, "folder that a COCO file's pictures are in; null = looked for beside the file")
    val_path: str | None = key(None, "pairs to validate on; null = a share of data_path")
    test_path: str | None = key(None, "pairs to test on; null = a share of data_path")
    train_split: float = key(0.8, "share of groups to train on", above=0.0, maximum=1.0)
    val_split: float = key(0.1, "share of groups to validate on", minimum=0.0, maximum=1.0)
    test_split: float = key(0.1, "share of groups to test on", minimum=0.0, maximum=1.0)
    shuffle: bool = key(default=True, meaning="a new order every epoch; false = the order of the table")
    shards_open: int = key(
        16, "shards that an epoch reads at a time where pictures lie in shards; more mix better", minimum=1
    )
    allow_outside_paths: bool = key(default=False, meaning="accept pictures outside the table's own folder")
    max_bad_fraction: float = key(
        0.01, "share of rows that may be unusable before the run stops", minimum=0.0, maximum=1.0
    )
    hash_pictures: bool = key(
        default=True, meaning="know pictures by the checksum of their bytes; false = by their size alone"
    )
    max_image_pixels: int = key(64_000_000, "pictures with more pixels are refused before decoding", minimum=1)


@frozen
class AugmentationConfig:
    """What training may change about a picture or caption; evaluation changes nothing."""

    augment_images: bool = key(default=True, meaning="show each picture a little differently every epoch")
    augment_text: bool = key(default=False, meaning="say each caption a little differently every epoch")
    caption_dropout: float = key(
        0.2,
        "with augment_text: chance of a clause without sides, numbers or negations to be left out",
        minimum=0.0,
        maximum=0.9,
    )
    clause_shuffle: float = key(
        0.5, "with augment_text: chance of a caption's clauses to be told in another order", minimum=0.0, maximum=1.0
    )
    caption_templates: tuple[str, ...] = key(
        (), "with augment_text: sentences such as 'a radiograph: {caption}', one of which is drawn"
    )
    crop_min_area: float = key(0.8, "smallest share of the picture that a random crop keeps", above=0.0, maximum=1.0)
    horizontal_flip: bool = key(default=True, meaning="mirror half of the pictures; wrong where left and right matter")
    vertical_flip: bool = key(default=False, meaning="turn half of the pictures upside down; for views without an up")
    rotation_degrees: float = key(0.0, "largest random rotation either way", minimum=0.0, maximum=10.0)
    color_jitter: float = key(
        0.1, "largest relative change of brightness, contrast and saturation", minimum=0.0, maximum=0.5
    )


@frozen
class InputConfig:
    """The size of what the towers take."""

    max_sequence_length: int = key(
        77, "tokens of a caption that are read, begin and end included", minimum=3, maximum=1024
    )
    stretch_text_positions: bool = key(
        default=False,
        meaning="stretch the model's positions where max_sequence_length is more than it has, such as 248",
    )
    image_resolution: int | None = key(None, "pixels a side; null = the model's own", minimum=16, maximum=2048)
    image_resolutions: tuple[int, ...] | None = key(
        None, "train at these sizes one after the other, such as [224, 288, 384]", minimum=16, maximum=2048
    )
    decode: Decode = key(
        "exact", "`fast` decodes large JPEGs at a half, a quarter or an eighth of their size where that hardly shows"
    )
    augment_from: AugmentFrom = key(
        "original",
        "what crops are taken from; `reduced` is a size that can be kept, just large enough for crop_min_area",
    )
