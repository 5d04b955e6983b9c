"""Names of files that are safe on every system."""

from pathlib import PurePosixPath, PureWindowsPath

from hypothesis import example, given
from hypothesis import strategies as st

from cliptune.domain.file_names import folded, folders_of, safe_name

parts = st.text(max_size=12) | st.sampled_from(["..", ".", "con", "NUL.txt", "a", "A", "é", "e\u0301"])
keys = st.lists(parts, max_size=4).map("/".join).filter(bool)
suffixes = st.sampled_from([".png", ".JPG", ".img"])


def named(keys: list[str], suffix: str) -> list[str]:
    """The names of pictures, one after the other."""
    files: set[str] = set()
    folders: set[str] = set()
    found = []
    for key in keys:
        name = safe_name(key, suffix, files=files, folders=folders)
        found.append(name)
        files.add(folded(name))
        folders.update(folders_of(folded(name)))
    return found


@given(st.lists(keys, max_size=8), suffixes)
@example(["a.png", "a.png/b", "A.PNG", "a.png/B.png"], ".png")
@example(["a/b.png", "a"], ".png")
@example(["a.png/b", "a.png"], ".png")
def test_no_two_pictures_have_one_name_on_any_system_nor_is_a_file_a_folder(keys: list[str], suffix: str) -> None:
    distinct = list(dict.fromkeys(keys))
    found = [folded(name) for name in named(distinct, suffix)]
    above = {folder for name in found for folder in folders_of(name)}

    assert len(distinct) == len(set(found))
    assert set() == above & set(found)


@given(keys, suffixes)
@example("../../etc/passwd", ".png")
@example("C:\\windows\\x", ".png")
@example("\ud800\0\n\u2028.png", ".png")
@example("x" * 5000, ".png")
@example("漢" * 300 + "/" + "b" * 300, ".png")
@example("con", ".img")
@example("aux.png", ".png")
def test_a_name_leads_nowhere_and_has_nothing_that_a_system_or_a_table_stumbles_over(key: str, suffix: str) -> None:
    (name,) = named([key], suffix)
    path = PurePosixPath(name)

    assert name.endswith(suffix)
    assert name.encode().decode() == name
    assert all(character.isprintable() or character == " " for character in name if character.isascii())
    assert not path.is_absolute()
    assert [] == [
        part for part in path.parts if part in ("..", ".") or part.startswith(".") or len(part.encode()) > 255
    ]
    assert not any(mark in name for mark in '<>:"\\|?*#\t\n\r\0')
    assert not PureWindowsPath(name).is_absolute()
    assert name == name.strip()
    assert not any(PureWindowsPath(part).is_reserved() for part in path.parts)


@given(
    st.lists(st.from_regex(r"[a-z0-9]([a-z0-9 ._-]{0,6}[a-z0-9])?", fullmatch=True), min_size=1, max_size=3).map(
        "/".join
    )
)
def test_a_name_that_is_safe_already_stays(key: str) -> None:
    reserved = any(PureWindowsPath(part).is_reserved() for part in key.split("/"))

    assert reserved or [f"{key}.png"] == named([f"{key}.png"], ".png")


def test_capitals_and_ways_to_write_an_accent_make_no_other_name() -> None:
    assert 1 == len({folded(name) for name in ("É.png", "é.PNG", "e\u0301.png", "E\u0301.png")})
