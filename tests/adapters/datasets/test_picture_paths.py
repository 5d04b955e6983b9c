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


def test_keys_are_relative_to_the_root_and_not_to_the_table(data: Path) -> None:
    assert "images/a.png" == key(PictureFolder(data / "images", data).locate("a.png"))


def test_a_data_folder_behind_a_link_gives_the_same_keys(data: Path) -> None:
    (data.parent / "alias").symlink_to(data)

    assert "images/a.png" == key(PictureFolder(data.parent / "alias", data).locate("images/a.png"))


def test_a_file_that_went_away_cannot_be_opened(data: Path) -> None:
    with pytest.raises(UnreadableImage) as error:
        open_file(ImageRef("gone.png", str(data / "gone.png")))

    assert "gone.png: cannot be opened (No such file or directory)" == error.value.message
