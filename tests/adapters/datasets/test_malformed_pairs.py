"""What is said about tables that are wrong: a row where a row is wrong, the file where the file is."""

from pathlib import Path

import pytest

from cliptune.adapters.datasets.detect import open_source
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData
from cliptune.domain.pairs import Rejected, Row
from support.pairs import write

HEADER = b"image_path,caption\n"
GOOD = {
    "t.csv": b"a.png,ok\n",
    "captions.txt": b"a.png\tok\n",
    "t.jsonl": b'{"image": "a.png", "caption": "ok"}\n',
    "t.json": b'{"image": "a.png", "caption": "ok"}]',
}
RAGGED = "fields where the header has 2; quote a field that holds the separator"
QUOTES = "write a quote inside a quoted field twice"
THREE = "a line is a picture, a tab and a caption"

REJECTED = [
    ("t.csv", HEADER + b"a.png\n", f"t.csv:2: : 1 {RAGGED}"),
    ("t.csv", HEADER + b"a.png,one, two\n", f"t.csv:2: : 3 {RAGGED}"),
    ("t.csv", HEADER + b'a.png,"two\nlines"\n\na.png,one,two\n', f"t.csv:5: : 3 {RAGGED}"),
    ("t.csv", HEADER + b'a.png,"a" cat\n', f"t.csv:2: : malformed quotes; {QUOTES}"),
    ("t.csv", HEADER + b'a.png,"a\ncat" x\n', f"t.csv:2: : malformed quotes up to line 3; {QUOTES}"),
    ("t.csv", HEADER + b"a.png,a\0cat\n", "t.csv:2: a.png: the caption holds a NUL character"),
    ("t.csv", HEADER + b"a\0.png,a cat\n", "t.csv:2: a\0.png: the picture's path holds a NUL character"),
    ("t.csv", HEADER + b",a cat\n", "t.csv:2: : no picture is named"),
    ("t.csv", HEADER + b"a.png,  \n", "t.csv:2: a.png: the caption is empty"),
    ("t.csv", HEADER + b"b.png,a cat\n", "t.csv:2: b.png: no such file"),
    (
        "t.csv",
        HEADER + b"dir\\b.png,a cat\n",
        "t.csv:2: dir\\b.png: no such file; write the path with / instead of \\",
    ),
    ("t.csv", HEADER + b"dir,a cat\n", "t.csv:2: dir: is a folder, not a picture"),
    ("t.csv", HEADER + b"dir/,a cat\n", "t.csv:2: dir/: is a folder, not a picture"),
    ("t.csv", HEADER + b"..,a cat\n", "t.csv:2: ..: is a folder, not a picture"),
    ("t.csv", HEADER + b"a.png/b.png,a\n", "t.csv:2: a.png/b.png: cannot be opened (Not a directory)"),
    ("captions.txt", b"a.png a cat\n", f"captions.txt:1: a.png a cat: 0 tabs; {THREE}"),
    ("captions.txt", b"a.png\ta\tcat\n", f"captions.txt:1: a.png: 2 tabs; {THREE}"),
    ("captions.txt", b"a.png\t\r\n", "captions.txt:1: a.png: the caption is empty"),
    (
        "t.jsonl",
        b'{"image": "a.png", "caption"\n',
        "t.jsonl:1: : is not JSON: Expecting ':' delimiter at column 29",
    ),
    ("t.jsonl", b'{"image": "\xff"}\n', "t.jsonl:1: : is not UTF-8: byte 0xff at byte 12 of the line"),
    (
        "t.jsonl",
        b'{"image": "a.png", "caption": "caf\xe9"}\n',
        "t.jsonl:1: : is not UTF-8: byte 0xe9 at byte 35 of the line; it looks like Windows-1252 (`encoding: cp1252`)",
    ),
    ("t.jsonl", b'["a.png"]\n', "t.jsonl:1: : is list, not an object"),
    ("t.jsonl", b'"a.png"\n', "t.jsonl:1: : is str, not an object"),
    ("t.jsonl", b"[" * 100_000 + b"\n", "t.jsonl:1: : is nested too deeply"),
    ("t.json", b'["a.png", ', "t.json[0]: : is str, not an object"),
    ("t.json", b'[{"image": "a.png"}, ', "t.json[0]: a.png: `caption` is missing"),
    ("t.json", b'[{"image": "a.png", "caption": 7}, ', "t.json[0]: a.png: `caption` is int, not text"),
    ("t.json", b'[{"image": "a.png", "caption": []}, ', "t.json[0]: a.png: `caption` is an empty list"),
    ("t.json", b'[{"image": 7, "caption": "a"}, ', "t.json[0]: : `image` is int, not text"),
    ("t.json", b'[{"caption": "a"}, ', "t.json[0]: : `image` is missing"),
    (
        "t.json",
        b'[{"image": "a.png", "caption": "\\ud800"}, ',
        "t.json[0]: a.png: the caption holds half a surrogate pair, which is not text",
    ),
]

NO_IMAGE = "no column `image_path`; the columns are"
FATAL = [
    ("t.csv", b"", "{}: the file is empty; a header line is needed"),
    ("t.csv", b"image,caption\n", f"{{}}: {NO_IMAGE} `image`, `caption`; did you mean `image_column: image`?"),
    ("t.csv", b"x,y\n", f"{{}}: {NO_IMAGE} `x`, `y`; set `image_column` to one of them"),
    (
        "t.csv",
        b"image_path,text\n",
        "{}: no column `caption`; the columns are `image_path`, `text`; did you mean `caption_column: text`?",
    ),
    (
        "t.csv",
        b"image_path|caption\n",
        "{}: its only column is 'image_path|caption'; it may be separated by '|', save it with commas",
    ),
    (
        "t.tsv",
        HEADER,
        "{}: its only column is 'image_path,caption'; it may be separated by ',', save it with tabs in a .tsv file",
    ),
    ("t.csv", b"image_path,caption,caption\n", "{}: the header has 'caption' more than once"),
    (
        "t.csv",
        HEADER + b"a.png,caf\xe9\n",
        "{}: is not UTF-8: byte 0xe9 at offset 28, line 2; it looks like Windows-1252 ('a.png,café'): "
        "`encoding: cp1252` reads it",
    ),
    ("t.csv", HEADER + b"a.png,\xff\n", "{}: is not UTF-8: byte 0xff at offset 25, line 2; save it as UTF-8"),
    (
        "t.csv",
        HEADER + b"a.png,caf\xc3\xa9\na.png,caf\xe9\n",
        "{}: is not UTF-8: byte 0xe9 at offset 40, line 3; line 2 is, so that it mixes encodings; save it anew as "
        "UTF-8",
    ),
    ("t.csv", b"\xff\xfei\0m", "{}: begins as UTF-16 and is not; save it as UTF-8"),
    (
        "t.csv",
        b"i\0m\0",
        "{}: the header holds NUL characters; the file may be UTF-16, save it as UTF-8 or set `encoding: utf-16-le`",
    ),
    ("t.csv", b'"image_path" x,caption\n', f"{{}}:1: the header line has malformed quotes; {QUOTES}"),
    (
        "t.csv",
        HEADER + b'a.png,"a cat\na.png,a dog\n',
        "{}:2: a quote is opened and never closed; close it or double it",
    ),
    (
        "t.csv",
        HEADER + b'a.png,"' + b"x\n" * 524_289,
        "{}:2: a field is longer than 1048576 characters; is a quote left open?",
    ),
    (
        "captions.txt",
        b"image,caption\na.png,a cat\n",
        "{}: the first line is 'image,caption'; the file is separated by commas, name it .csv",
    ),
    (
        "captions.txt",
        b"a.png\tcaf\xe9\n",
        "{}: is not UTF-8: byte 0xe9 at offset 9, line 1; it looks like Windows-1252 ('a.png\\tcafé'): "
        "`encoding: cp1252` reads it",
    ),
    ("t.json", b'[{"image": "a.png",\n "caption"}]', "{}:2: not JSON: Expecting ':' delimiter at column 11"),
    ("t.json", b'["\xff"]', "{}: is not UTF-8: byte 0xff at offset 2, line 1; save it as UTF-8"),
    (
        "t.json",
        b'{"pairs": []}',
        "{}: expected a list of objects or {{\"data\": [...]}}, found an object with 'pairs'",
    ),
    ("t.json", b"7", '{}: expected a list of objects or {{"data": [...]}}, found int'),
    ("t.json", b"[" * 100_000, "{}: nested too deeply"),
    (
        "t.json",
        b'[{"file_name": "a.png", "text": "a"}]',
        "{}: no column `image`; the columns are `file_name`, `text`; did you mean `image_column: file_name`?",
    ),
    (
        "t.jsonl",
        b'{"image": "a.png", "text": "a"}',
        "{}: no column `caption`; the columns are `image`, `text`; did you mean `caption_column: text`?",
    ),
    ("t.jsonl", b"\xff\xfe{\0x", "{}: begins as UTF-16 and is not; save it as UTF-8"),
    (
        "t.xlsx",
        b"PK",
        "{}: unknown kind of file '.xlsx'; known are .csv, .tsv, .json, .jsonl, .ndjson, .txt, .parquet, .tar, "
        "folders, hub:NAME and stream:NAME",
    ),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "a.png")
    (tmp_path / "dir").mkdir()
    return tmp_path


@pytest.mark.parametrize(("name", "content", "expected"), REJECTED)
def test_a_row_that_cannot_be_used_is_rejected_and_the_next_is_read(
    folder: Path, name: str, content: bytes, expected: str
) -> None:
    rows = list(open_source(str(write(folder / name, content + GOOD[name])), DataConfig()).rows())

    assert [expected] == [f"{row.where}: {row.image}: {row.reason}" for row in rows if isinstance(row, Rejected)]
    assert "ok" == [row.caption for row in rows if isinstance(row, Row)][-1]


@pytest.mark.parametrize(("name", "content", "expected"), FATAL)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(
    folder: Path, name: str, content: bytes, expected: str
) -> None:
    path = write(folder / name, content)
    with pytest.raises(UnreadableData) as error:
        list(open_source(str(path), DataConfig()).rows())

    assert expected.format(path) == error.value.message
    assert 3 == error.value.exit_code
