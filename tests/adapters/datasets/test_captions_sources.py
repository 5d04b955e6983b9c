"""Captions files, and folders with a text file beside each picture."""

from pathlib import Path

import pytest

from cliptune.adapters.datasets.captions_file import CaptionsFileSource
from cliptune.adapters.datasets.captions_folder import CaptionsFolderSource
from cliptune.domain.pairs import Rejected, Row
from support.pairs import write


def described(rows: list[Row | Rejected]) -> list[tuple[str, str, str]]:
    return [
        (row.where, row.image, row.reason) if isinstance(row, Rejected) else (row.where, row.image.key, row.caption)
        for row in rows
    ]


def folder_rows(folder: Path) -> list[tuple[str, str, str]]:
    return described(list(CaptionsFolderSource(folder, folder).rows()))


@pytest.mark.parametrize("header", ["image\tcaption\n", "Image\tCaption\r\n", "image_path\tcaption\n"])
def test_a_header_line_is_recognized_and_skipped(tmp_path: Path, header: str) -> None:
    write(tmp_path / "a.png")
    path = write(tmp_path / "captions.txt", f"\ufeff{header}a.png\ta cat\n".encode())

    assert [("captions.txt:2", "a.png", "a cat")] == described(list(CaptionsFileSource(path, tmp_path).rows()))


def test_only_line_ends_end_a_line_of_captions(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    path = write(tmp_path / "captions.txt", "a.png\tone\u2028two\x0bthree\r\n\na.png\tfour".encode())

    assert [("captions.txt:1", "a.png", "one\u2028two\x0bthree"), ("captions.txt:3", "a.png", "four")] == described(
        list(CaptionsFileSource(path, tmp_path).rows())
    )


def test_each_line_beside_a_picture_is_a_caption_in_all_folders(tmp_path: Path) -> None:
    write(tmp_path / "x" / "y" / "b.JPG")
    write(tmp_path / "x" / "y" / "b.txt", b"\xef\xbb\xbfa dog\r\n\r\n a pet \r\n")
    write(tmp_path / "a.png")
    write(tmp_path / "a.txt", b"a cat")
    write(tmp_path / ".hidden" / "c.png")
    write(tmp_path / "._a.png")
    write(tmp_path / "notes.md")

    assert [
        ("a.txt:1", "a.png", "a cat"),
        ("x/y/b.txt:1", "x/y/b.JPG", "a dog"),
        ("x/y/b.txt:3", "x/y/b.JPG", "a pet"),
    ] == folder_rows(tmp_path)


def test_what_has_no_partner_is_rejected(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    write(tmp_path / "b.txt", b"a cat")

    assert [
        ("a.png", "a.png", "there is no text file of that name beside it"),
        ("b.txt", "b.txt", "there is no picture of that name beside it"),
    ] == folder_rows(tmp_path)


def test_two_pictures_of_one_name_are_rejected(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "a.txt"):
        write(tmp_path / name, b"a cat")

    reason = "a.jpg and a.png and a.txt share a name, so that it is open what belongs together"
    assert [("a.jpg", "a.jpg", reason), ("a.png", "a.png", reason)] == folder_rows(tmp_path)


def test_a_text_that_is_empty_or_not_utf8_loses_only_its_own_picture(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        write(tmp_path / name)
    write(tmp_path / "a.txt", b"\n")
    write(tmp_path / "b.txt", b"caf\xe9")
    write(tmp_path / "c.txt", b"a cat")

    assert [
        ("a.txt:1", "a.png", "the caption is empty"),
        (
            "b.txt",
            "b.png",
            "b.txt is not UTF-8: byte 0xe9 at offset 3, line 1; it looks like Windows-1252 ('café'): "
            "`encoding: cp1252` reads it",
        ),
        ("c.txt:1", "c.png", "a cat"),
    ] == folder_rows(tmp_path)


def test_a_linked_folder_is_not_followed_and_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)

    assert [("loop", "loop", "is a linked folder, which is not followed; move its files here")] == folder_rows(tmp_path)


def test_a_text_that_leads_nowhere_loses_only_its_own_picture(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    (tmp_path / "a.txt").symlink_to("nowhere")

    assert [("a.txt", "a.png", "a.txt no such file")] == folder_rows(tmp_path)
