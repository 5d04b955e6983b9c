"""Which pictures a table may name, and what they are called."""

import os
from pathlib import Path

import pytest

from cliptune.adapters.datasets.pictures import OUTSIDE, PictureFolder, open_file
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef
from support.pairs import write

LINK_OUTSIDE = "is a link that leads outside the table's folder; set `allow_outside_paths: true` to accept it"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(tmp_path / "outside" / "o.png")
    write(tmp_path / "data" / "images" / "a.png")
    return tmp_path / "data"


def key(found: ImageRef | str) -> str:
    assert isinstance(found, ImageRef), found
    return found.key


@pytest.mark.parametrize("name", ["images/a.png", "./images/a.png", "images//a.png", "images/../images/a.png"])
def test_a_picture_has_one_key_however_its_path_is_written(data: Path, name: str) -> None:
    folder = PictureFolder(data, data)

    assert ImageRef("images/a.png", os.path.realpath(data / "images" / "a.png")) == folder.locate(name)
    assert "images/a.png" == folder.key(name)


def test_an_absolute_path_inside_the_folder_does_not_leave_it(data: Path) -> None:
    assert "images/a.png" == key(PictureFolder(data, data).locate(str(data / "images" / "a.png")))


@pytest.mark.parametrize(
    "name", ["../outside/o.png", "images/../../outside/o.png", "/etc/hostname", "../outside/none.png"]
)
def test_a_path_that_leaves_the_folder_is_refused_whether_it_leads_anywhere_or_not(data: Path, name: str) -> None:
    assert OUTSIDE == PictureFolder(data, data).locate(name)


def test_an_outside_path_is_accepted_when_that_is_allowed(data: Path) -> None:
    folder = PictureFolder(data, data, allow_outside=True)

    assert "../outside/o.png" == key(folder.locate("../outside/o.png"))


def test_a_link_to_a_picture_outside_is_refused(data: Path) -> None:
    (data / "link.png").symlink_to(data.parent / "outside" / "o.png")

    assert LINK_OUTSIDE == PictureFolder(data, data).locate("link.png")
    assert "link.png" == key(PictureFolder(data, data, allow_outside=True).locate("link.png"))


def test_a_linked_folder_that_leads_outside_is_refused(data: Path) -> None:
    (data / "linked").symlink_to(data.parent / "outside")

    assert OUTSIDE == PictureFolder(data, data).locate("linked/o.png")


def test_a_linked_folder_inside_gives_its_pictures_no_second_name(data: Path) -> None:
    (data / "linked").symlink_to(data / "images")

    assert "images/a.png" == key(PictureFolder(data, data).locate("linked/a.png"))


def test_a_link_that_leads_nowhere_is_a_missing_file(data: Path) -> None:
    (data / "dead.png").symlink_to(data / "none.png")

    assert "no such file" == PictureFolder(data, data).locate("dead.png")


def test_a_link_to_a_folder_is_no_picture(data: Path) -> None:
    (data / "folder.png").symlink_to(data / "images")

    assert "is a folder, not a picture" == PictureFolder(data, data).locate("folder.png")


def test_a_pipe_is_no_picture(data: Path) -> None:
    os.mkfifo(data / "pipe.png")

    assert "is not a regular file" == PictureFolder(data, data).locate("pipe.png")


def test_a_name_that_is_too_long_is_told(data: Path) -> None:
    assert "cannot be opened (File name too long)" == PictureFolder(data, data).locate("a" * 300)


@pytest.mark.parametrize("name", ["a" * 5_000, "images/../" * 50_000 + "images/a.png"])
def test_a_name_that_no_path_can_have_is_told_without_a_look_at_the_disk(data: Path, name: str) -> None:
    folder = PictureFolder(data, data)

    assert f"is {len(name):,} characters long, and no path is longer than 4,096" == folder.locate(name)
    assert name == folder.key(name)


@pytest.mark.parametrize(
    "name",
    ["a\nb.png", "a\tb.png", "what?.png", "50%.png", "a#1.png", "-rf.png", "\x1b[2J.png", "\u202egnp.a", "…"],
)
def test_a_picture_may_be_called_anything_that_a_file_may(data: Path, name: str) -> None:
    write(data / name, b"its bytes")
    found = PictureFolder(data, data).locate(name)

    assert name == key(found)
    assert isinstance(found, ImageRef)
    with open_file(found) as file:
        assert b"its bytes" == file.read()


@pytest.mark.parametrize("name", ["a\0.png", "a\0/b.png", "\0"])
def test_a_nul_character_is_in_no_path(data: Path, name: str) -> None:
    assert "its path holds a NUL character" == PictureFolder(data, data).locate(name)


def test_a_home_sign_is_no_home(data: Path) -> None:
    assert "no such file" == PictureFolder(data, data).locate("~/.bashrc")


def test_a_ring_of_links_is_refused(data: Path) -> None:
    (data / "one.png").symlink_to(data / "two.png")
    (data / "two.png").symlink_to(data / "one.png")
    (data / "ring").symlink_to(data / "ring")

    assert isinstance(PictureFolder(data, data).locate("one.png"), str)
    assert isinstance(PictureFolder(data, data).locate("ring/a.png"), str)


def test_a_picture_exchanged_for_a_pipe_or_device_is_refused_and_not_waited_for(data: Path) -> None:
    os.mkfifo(data / "pipe.png")
    for location in (data / "pipe.png", Path("/dev/zero")):
        with pytest.raises(UnreadableImage) as error:
            open_file(ImageRef("x.png", str(location)))

        assert "x.png: cannot be opened (not a regular file)" == error.value.message


def test_a_picture_exchanged_for_a_folder_is_refused(data: Path) -> None:
    with pytest.raises(UnreadableImage, match=r"^x\.png: cannot be opened \(Is a directory\)$"):
        open_file(ImageRef("x.png", str(data)))


def test_a_file_that_may_not_be_read_is_told(data: Path) -> None:
    write(data / "secret.png").chmod(0)
    if os.access(data / "secret.png", os.R_OK):
        pytest.skip("this user may read every file")

    with pytest.raises(UnreadableImage, match="Permission denied"):
        open_file(ImageRef("secret.png", str(data / "secret.png")))


def test_keys_are_relative_to_the_root_and_not_to_the_table(data: Path) -> None:
    assert "images/a.png" == key(PictureFolder(data / "images", data).locate("a.png"))


def test_a_data_folder_behind_a_link_gives_the_same_keys(data: Path) -> None:
    (data.parent / "alias").symlink_to(data)

    assert "images/a.png" == key(PictureFolder(data.parent / "alias", data).locate("images/a.png"))


def test_a_file_that_went_away_cannot_be_opened(data: Path) -> None:
    with pytest.raises(UnreadableImage) as error:
        open_file(ImageRef("gone.png", str(data / "gone.png")))

    assert "gone.png: cannot be opened (No such file or directory)" == error.value.message
