"""Captions of pictures in class folders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.class_captions import class_captions, first_folders_are_splits, label_of


@pytest.mark.parametrize(
    ("folder", "label"),
    [
        ("hot_spot", "hot spot"),
        ("hot-spot", "hot spot"),
        ("Rolled_in__scale-", "Rolled in scale"),
        ("7", "7"),
        ("__", ""),
    ],
)
def test_a_folder_s_name_becomes_words(folder: str, label: str) -> None:
    assert label == label_of(folder)


@given(st.text(max_size=6), st.lists(st.sampled_from(["a {label}", "{label}", "{label} of {label}", "{0} {label.x}"])))
def test_every_template_gives_one_caption_and_nothing_but_the_label_is_filled_in(
    label: str, templates: list[str]
) -> None:
    assert tuple(template.replace("{label}", label) for template in templates) == class_captions(label, templates)


@given(st.lists(st.sampled_from(["train", "Val", "test", "scratch", "pit"]), min_size=1))
def test_folders_are_splits_only_where_all_of_them_are(folders: list[str]) -> None:
    named = [folder not in ("scratch", "pit") for folder in folders]

    assert (True if all(named) else None if any(named) else False) == first_folders_are_splits(folders)
