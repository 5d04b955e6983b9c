"""Checksums of pictures: always those of the bytes that are there, and read no oftener than need be."""

import hashlib
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from attrs import define, field

from cliptune.adapters.datasets.pictures import open_file
from cliptune.adapters.storage.content_hashes import FILE, PENDING, ContentHashes, remembered_contents
from cliptune.domain.contents import Content
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef


@define
class Opened:
    """Opens files, and counts how often."""

    pictures: list[str] = field(factory=list)

    def __call__(self, image: ImageRef) -> BinaryIO:
        """Open a file."""
        self.pictures.append(image.key)
        return open_file(image)


def picture(folder: Path, name: str, data: bytes = b"bytes") -> ImageRef:
    """A file that counts as written long ago once the clock says so."""
    (folder / name).write_bytes(data)
    return ImageRef(name, str(folder / name))


def later() -> int:
    """A clock a minute ahead: whatever was written until now was written long ago."""
    return time.time_ns() + 60_000_000_000


def content(data: bytes) -> Content:
    """What bytes are known by."""
    return Content(hashlib.sha256(data).hexdigest(), len(data))


def hashes(cache: Path, opener: Callable[[ImageRef], BinaryIO], *, now: Callable[[], int] = later) -> ContentHashes:
    """Checksums kept in a folder; nobody should have to be told anything."""

    def quiet(message: str) -> None:
        raise AssertionError(message)

    return ContentHashes(opener, cache / FILE, say=quiet, now=now)


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    images, opened = [picture(tmp_path, f"{n}.png", bytes([n])) for n in range(3)], Opened()
    for _ in range(3):
        known = hashes(tmp_path, opened)
        assert [content(bytes([n])) for n in range(3)] == [known.content(image) for image in images]
        known.keep()
    assert ["0.png", "1.png", "2.png"] == opened.pictures


def test_what_was_kept_is_known_to_the_same_object_as_well(tmp_path: Path) -> None:
    image, opened = picture(tmp_path, "a.png"), Opened()
    known = hashes(tmp_path, opened)
    for _ in range(2):
        known.content(image)
        known.keep()
    assert ["a.png"] == opened.pictures


def overwritten(path: Path) -> None:
    """Other bytes of the same size, and the old time of modification."""
    before = path.stat()
    path.write_bytes(b"other")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(path: Path) -> None:
    """Another file of the same size under the same name, with the old time of modification."""
    before = path.stat()
    path.rename(path.with_suffix(".old"))
    path.write_bytes(b"other")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def touched_and_written(path: Path) -> None:
    """Other bytes of the same size."""
    path.write_bytes(b"other")


@pytest.mark.parametrize("change", [overwritten, replaced, touched_and_written])
def test_other_bytes_under_a_name_are_noticed_even_where_size_and_time_are_as_they_were(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    image = picture(tmp_path, "a.png", b"bytes")
    known = hashes(tmp_path, open_file)
    known.content(image)
    known.keep()
    time.sleep(0.02)  # longer than the file system's clock takes from one time to the next
    change(Path(image.location))
    assert content(b"other") == hashes(tmp_path, open_file).content(image)


def test_a_link_that_leads_to_another_file_is_noticed(tmp_path: Path) -> None:
    picture(tmp_path, "a.png", b"bytes")
    picture(tmp_path, "b.png", b"other")
    link = tmp_path / "link.png"
    link.symlink_to("a.png")
    known = hashes(tmp_path, open_file)
    assert content(b"bytes") == known.content(ImageRef("link", str(link)))
    known.keep()
    link.unlink()
    link.symlink_to("b.png")
    assert content(b"other") == hashes(tmp_path, open_file).content(ImageRef("link", str(link)))


def test_a_file_written_a_moment_before_it_is_read_is_read_again(tmp_path: Path) -> None:
    image, opened = picture(tmp_path, "a.png"), Opened()
    changed = max(Path(image.location).stat().st_mtime_ns, Path(image.location).stat().st_ctime_ns)
    for age, times in ((0, 1), (1_999_999_999, 2), (2_000_000_000, 3), (2_000_000_001, 4), (0, 4)):
        known = hashes(tmp_path, opened, now=lambda age=age: changed + age)  # type: ignore[misc]
        known.content(image)
        known.keep()
        assert times == len(opened.pictures)


def test_a_file_that_changes_while_it_is_read_is_not_remembered(tmp_path: Path) -> None:
    image, opened = picture(tmp_path, "a.png", b"bytes"), Opened()

    def opening(wanted: ImageRef) -> BinaryIO:
        stream = opened(wanted)
        if len(opened.pictures) == 1:
            with Path(wanted.location).open("ab") as more:
                more.write(b" and more")
        return stream

    known = hashes(tmp_path, opening)
    known.content(image)
    known.keep()
    assert content(b"bytes and more") == hashes(tmp_path, opening).content(image)
    assert 2 == len(opened.pictures)


def test_pictures_that_are_no_files_are_read_each_time(tmp_path: Path) -> None:
    held = ImageRef("0", f"{tmp_path}/data.parquet#0")
    texts = iter((b"one", b"two"))
    for expected in (b"one", b"two"):
        known = hashes(tmp_path, lambda _: io.BytesIO(next(texts)))
        assert content(expected) == known.content(held)
        known.keep()


def test_a_file_is_not_taken_for_a_picture_that_is_held_elsewhere_under_its_name(tmp_path: Path) -> None:
    place = picture(tmp_path, "data#0", b"333")
    for expected in (b"one", b"two"):
        known = hashes(tmp_path, lambda _, data=expected: io.BytesIO(data))  # type: ignore[misc]
        assert content(expected) == known.content(place)
        known.keep()


def test_a_picture_that_is_gone_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match=r"a\.png: cannot be opened \(No such file"):
        hashes(tmp_path, open_file).content(ImageRef("a.png", str(tmp_path / "a.png")))
    folder = ImageRef("b", str(tmp_path))
    with pytest.raises(UnreadableImage, match=r"b: cannot be"):
        hashes(tmp_path, open_file).content(folder)


def test_a_folder_that_cannot_be_written_is_told_once_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    told: list[str] = []
    image = picture(tmp_path, "a.png")
    known = ContentHashes(open_file, tmp_path / "file" / FILE, say=told.append, now=later)
    for _ in range(2):
        assert content(b"bytes") == known.content(image)
        known.keep()
    assert [True] == ["cannot be written" in line for line in told if "cannot be read" not in line]


def test_what_was_learned_is_written_now_and_then_and_when_an_error_ends_it(tmp_path: Path) -> None:
    image = picture(tmp_path, "a.png")
    known = hashes(tmp_path, open_file)
    for number in range(PENDING):
        name = tmp_path / f"{number}.png"
        name.hardlink_to(image.location)
    for number in range(PENDING):
        known.content(ImageRef(str(number), str(tmp_path / f"{number}.png")))
    opened = Opened()
    hashes(tmp_path, opened).content(ImageRef("0", str(tmp_path / "0.png")))
    assert [] == opened.pictures

    def interrupted() -> None:
        with remembered_contents(tmp_path / "new", open_file, say=print) as other:
            other.now = later
            other.content(image)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    hashes(tmp_path / "new", opened).content(image)
    assert [] == opened.pictures


def test_without_a_file_nothing_is_remembered(tmp_path: Path) -> None:
    image, opened = picture(tmp_path, "a.png"), Opened()
    known = ContentHashes(opened, say=print, now=later)
    for _ in range(2):
        assert content(b"bytes") == known.content(image)
        known.keep()
    assert ["a.png"] * 2 == opened.pictures
