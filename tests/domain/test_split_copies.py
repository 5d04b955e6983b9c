"""Laws of pictures that a held-out split shares with training under another name."""

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.pairs import SPLITS, Example, ImageRef, Split
from cliptune.domain.split_copies import copies_note
from cliptune.domain.splits import sort_into

placed = st.lists(st.tuples(st.sampled_from(SPLITS), st.integers(0, 5)), max_size=12)
"""The split and the content of every picture."""


@given(placed)
def test_the_number_told_is_that_of_held_out_pictures_whose_bytes_training_has(
    pictures: list[tuple[Split, int]],
) -> None:
    examples = [Example(ImageRef(str(at), ""), ("a",), str(at), split) for at, (split, _) in enumerate(pictures)]
    contents = {str(at): f"content {content}" for at, (_, content) in enumerate(pictures)}
    learned = {content for split, content in pictures if split == "train"}
    expected = sum(split != "train" and content in learned for split, content in pictures)

    notes = copies_note(sort_into(examples, lambda example: example.split or "train"), contents)

    assert ([expected] if expected else []) == [int(note.split()[0]) for note in notes]


def test_pictures_whose_bytes_nobody_knows_are_like_no_other() -> None:
    splits = sort_into([Example(ImageRef("a", ""), ("x",), "a")], lambda _: "train")

    assert () == copies_note({**splits, "test": (Example(ImageRef("b", ""), ("x",), "b"),)}, {})
