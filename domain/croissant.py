"""A data set described for others: Croissant metadata, as JSON-LD."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import frozen

from .croissant_parts import MEDIA, Published, dataset, field_of, file_set, identifier, record_set, suffix_of
from .gathering import SPLIT_WORDS
from .pairs import Split

PAIRS: Final = "pairs"
PICTURES: Final = "pictures"
TEXTS: Final = "texts"
PICTURE_FILES: Final = "picture-files"
TEXT_FILES: Final = "text-files"
SPLITS: Final = "splits"
PLACES: Final[Mapping[Split, str]] = {
    "train": "cr:TrainingSplit",
    "val": "cr:ValidationSplit",
    "test": "cr:TestSplit",
}
STEM: Final = r"^(.+)\.[^./]+$"


@frozen
class Table:
    """
    The file that names the pairs.

    Attributes:
        name: Its name, without a folder; the pictures are named relative to where it lies.
        sha256: Of its bytes.
        size: How many those are.
        image_column: Column with the picture's path.
        caption_column: Column with the caption.
        columns: All other columns.
        split_column: The one of them that names splits; None where there is none.
        splits: The words in it.
    """

    name: str
    sha256: str
    size: int
    image_column: str
    caption_column: str
    columns: tuple[str, ...] = ()
    split_column: str | None = None
    splits: tuple[str, ...] = ()


def croissant_of_table(published: Published, table: Table, *, pictures: Iterable[str], root: str) -> dict[str, Any]:
    """
    The metadata of pairs that a table names; each record is a row with its picture.

    Args:
        published: What a person says.
        table: The table.
        pictures: The pictures' paths, relative to the table's folder.
        root: Of the data set's manifest.
    """
    file = {
        "@type": "cr:FileObject",
        "@id": identifier(table.name),
        "name": table.name,
        "contentUrl": table.name,
        "contentSize": f"{table.size} B",
        "encodingFormat": MEDIA[suffix_of(table.name)],
        "sha256": table.sha256,
    }
    seen = _picture_fields({"fileProperty": "fullpath"})
    columns = (table.image_column, table.caption_column, *table.columns)
    fields = [_column(column, table) for column in columns]
    fields.append(field_of(PAIRS, _free("image", columns), "sc:ImageObject", {"field": {"@id": f"{PICTURES}/content"}}))
    records = [record_set(PICTURES, seen, key=f"{PICTURES}/path"), record_set(PAIRS, fields)]
    if table.split_column is not None:
        records.insert(0, _split_set(table.splits))
    return dataset(published, [file, file_set(PICTURE_FILES, pictures)], records, root=root)


def croissant_of_folder(
    published: Published, *, pictures: Iterable[str], texts: Iterable[str], root: str
) -> dict[str, Any]:
    """
    The metadata of pictures with a text file beside each; each record is a picture with its text.

    Args:
        published: What a person says.
        pictures: The pictures' paths, relative to the folder.
        texts: Those of the text files.
        root: Of the data set's manifest.
    """
    path = {"fileProperty": "fullpath"}
    stem = {"transform": {"regex": STEM}}
    said = [
        field_of(TEXTS, "name", "sc:Text", {"fileSet": {"@id": TEXT_FILES}, "extract": path, **stem}),
        field_of(TEXTS, "text", "sc:Text", {"fileSet": {"@id": TEXT_FILES}, "extract": {"fileProperty": "content"}}),
    ]
    seen = [
        *_picture_fields(path),
        field_of(PICTURES, "name", "sc:Text", {"fileSet": {"@id": PICTURE_FILES}, "extract": path, **stem}),
    ]
    pairs = [
        {
            **field_of(PAIRS, "name", "sc:Text", {"field": {"@id": f"{TEXTS}/name"}}),
            "references": {"field": {"@id": f"{PICTURES}/name"}},
        },
        field_of(PAIRS, "caption", "sc:Text", {"field": {"@id": f"{TEXTS}/text"}}),
        field_of(PAIRS, "image_path", "sc:Text", {"field": {"@id": f"{PICTURES}/path"}}),
        field_of(PAIRS, "image", "sc:ImageObject", {"field": {"@id": f"{PICTURES}/content"}}),
    ]
    files = [file_set(PICTURE_FILES, pictures), file_set(TEXT_FILES, texts)]
    records = [
        record_set(TEXTS, said, key=f"{TEXTS}/name"),
        record_set(PICTURES, seen, key=f"{PICTURES}/name"),
        record_set(PAIRS, pairs),
    ]
    return dataset(published, files, records, root=root)


def _picture_fields(path: Mapping[str, str]) -> list[dict[str, Any]]:
    held = {"fileSet": {"@id": PICTURE_FILES}}
    return [
        field_of(PICTURES, "path", "sc:Text", {**held, "extract": dict(path)}),
        field_of(PICTURES, "content", "sc:ImageObject", {**held, "extract": {"fileProperty": "content"}}),
    ]


def _column(column: str, table: Table) -> dict[str, Any]:
    made = field_of(
        PAIRS, column, "sc:Text", {"fileObject": {"@id": identifier(table.name)}, "extract": {"column": column}}
    )
    if column == table.image_column:
        made["references"] = {"field": {"@id": f"{PICTURES}/path"}}
    if column == table.split_column:
        made["references"] = {"field": {"@id": f"{SPLITS}/name"}}
    return made


def _split_set(words: Iterable[str]) -> dict[str, Any]:
    name, url = f"{SPLITS}/name", f"{SPLITS}/url"
    return {
        "@type": "cr:RecordSet",
        "@id": SPLITS,
        "name": SPLITS,
        "dataType": "cr:Split",
        "key": {"@id": name},
        "field": [
            {"@type": "cr:Field", "@id": name, "name": "name", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": url, "name": "url", "dataType": "sc:URL"},
        ],
        "data": [{name: word, url: PLACES[SPLIT_WORDS[word.strip().lower()]]} for word in sorted(set(words))],
    }


def _free(name: str, taken: Iterable[str]) -> str:
    """A name that no column has."""
    known = set(taken)
    while name in known:
        name = f"{name}_content"
    return name
