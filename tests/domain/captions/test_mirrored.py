"""What is said of captions that a mirrored picture makes wrong."""

from cliptune.domain.captions.mirrored import LOOKED_AT, mirror_note


def test_captions_that_name_a_side_are_counted_and_the_first_is_shown() -> None:
    captions = ["a dog", "a scar on the left knee", "bilateral opacities", "rechts ein Hund"]

    assert (
        "horizontal_flip mirrors half of the pictures, and 2 of 4 training captions name a side, such as 'left' in 'a "
        "scar on the left knee': horizontal_flip: false keeps them true"
    ) == mirror_note(captions)


def test_without_a_side_there_is_nothing_to_say() -> None:
    assert mirror_note(["a dog", "bilateral opacities"]) is None
    assert mirror_note([]) is None


def test_of_many_captions_a_part_is_looked_at_and_that_is_told() -> None:
    note = mirror_note(["the left one"] * (LOOKED_AT + 1))

    assert note is not None
    assert "20,000 of the first 20,000 training captions" in note
