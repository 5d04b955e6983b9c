"""The parts of Croissant metadata: files, sets of records, fields."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

VERSION: Final = "http://mlcommons.org/croissant/1.0"
ROOT: Final = "merkle-sha256:"
MEDIA: Final[Mapping[str, str]] = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".jsonl": "application/jsonlines",
    ".ndjson": "application/jsonlines",
    ".txt": "text/plain",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".dcm": "application/dicom",
}
# Folders that are named one by one; of more, the folders that they lie in.
FOLDERS: Final = 50
# The context of the specification, word for word.
CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


@frozen
class Published:
    """
    What only a person can say of a data set; what nobody said is not written.

    Attributes:
        name: What it is called.
        description: What it is.
        license: Address or name of its licence.
        citation: How to cite it.
        url: Where it is found.
        creator: Who made it.
        date: When it was published, ISO 8601.
        version: ``MAJOR.MINOR.PATCH``.
    """

    name: str
    description: str = ""
    license: str = ""
    citation: str = ""
    url: str = ""
    creator: str = ""
    date: str = ""
    version: str = ""


def dataset(published: Published, files: Sequence[Any], records: Sequence[Any], *, root: str) -> dict[str, Any]:
    """The whole document; what nobody said is left out."""
    said = {
        "description": published.description,
        "license": published.license,
        "citeAs": published.citation,
        "url": published.url,
        "creator": {"@type": "sc:Person", "name": published.creator} if published.creator else "",
        "datePublished": published.date,
        "version": published.version,
    }
    return {
        "@context": dict(CONTEXT),
        "@type": "sc:Dataset",
        "name": published.name,
        "conformsTo": VERSION,
        # The root over every row and every picture's bytes: `cliptune data manifest` finds it again.
        "identifier": f"{ROOT}{root}",
        **{name: value for name, value in said.items() if value},
        "distribution": list(files),
        "recordSet": list(records),
    }


def field_of(of: str, name: str, kind: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """A field of a set of records, and where its values come from."""
    return {
        "@type": "cr:Field",
        "@id": f"{of}/{identifier(name)}",
        "name": name,
        "dataType": kind,
        "source": dict(source),
    }


def record_set(name: str, fields: Sequence[Any], *, key: str | None = None) -> dict[str, Any]:
    """A set of records with its fields; ``key`` is the field that names a record."""
    known = {} if key is None else {"key": {"@id": key}}
    return {"@type": "cr:RecordSet", "@id": name, "name": name, **known, "field": list(fields)}


def file_set(name: str, paths: Iterable[str]) -> dict[str, Any]:
    """Files of one purpose, told by the folders that they lie in and their endings."""
    places = {(path.rpartition("/")[0], suffix_of(path), path[len(path) - len(suffix_of(path)) :]) for path in paths}
    media = sorted({MEDIA.get(suffix, "application/octet-stream") for _, suffix, _ in places})
    return {
        "@type": "cr:FileSet",
        "@id": name,
        "name": name,
        "encodingFormat": media[0] if len(media) == 1 else media,
        "includes": _patterns({(folder, ending) for folder, _, ending in places}),
    }


def _patterns(places: Iterable[tuple[str, str]]) -> list[str]:
    """One pattern for each folder and ending; of very many folders, for those that they lie in."""
    found = sorted(set(places))
    if len({folder for folder, _ in found}) > FOLDERS:
        found = sorted({(folder.partition("/")[0], ending) for folder, ending in found})
    return [f"{_escaped(folder)}/*{ending}" if folder else f"*{ending}" for folder, ending in found]


def identifier(name: str) -> str:
    """A name as it may stand in an ``@id``: without spaces or marks; one that had some is told apart by a checksum."""
    plain = re.sub(r"[^\w.-]", "_", name)
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _escaped(folder: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", folder)


def suffix_of(path: str) -> str:
    """The ending of a path, with its dot, in small letters."""
    match = re.search(r"\.[^./]+$", path)
    return match[0].lower() if match else ""
