"""Parts of Croissant metadata."""

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.croissant import Table, croissant_of_table
from cliptune.domain.croissant_parts import FOLDERS, Published, file_set

paths = st.lists(
    st.lists(st.text(alphabet="ab[]*?. ", min_size=1, max_size=3), max_size=2).flatmap(
        lambda parts: st.sampled_from([".png", ".JPG", ".tar.gz"]).map(lambda end: "/".join((*parts, f"x{end}")))
    ),
    min_size=1,
    max_size=80,
)


@given(paths)
def test_every_file_is_included(names: list[str]) -> None:
    patterns = file_set("files", names)["includes"]
    assert all(any(fnmatchcase(name, pattern) for pattern in patterns) for name in names)


def test_very_many_folders_are_told_by_those_that_they_lie_in() -> None:
    names = [f"i/{number}/a.png" for number in range(FOLDERS + 1)]
    assert (["i/*.png"], "image/png") == (file_set("f", names)["includes"], file_set("f", names)["encodingFormat"])
    assert FOLDERS == len(file_set("f", names[1:])["includes"])


def test_a_column_that_is_called_as_the_picture_would_be_keeps_its_name() -> None:
    table = Table("t.csv", "0" * 64, 9, "image", "caption", ("image_content",))
    document = croissant_of_table(Published("t"), table, pictures=["a.png"], root="0")
    names = [one["name"] for one in document["recordSet"][-1]["field"]]
    assert ["image", "caption", "image_content", "image_content_content"] == names
