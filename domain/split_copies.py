"""Pictures of a held-out split that training has under another name."""

from collections.abc import Mapping

from .splits import Splits


def copies_note(splits: Splits, contents: Mapping[str, str]) -> tuple[str, ...]:
    """
    What to tell of pictures that are validated or tested on and learned from, byte for byte; nothing where none is.

    Args:
        splits: The examples of every split.
        contents: What the content of pictures is known by, by key; one that is not there is like no other.
    """
    learned = {
        contents[example.image.key]: example.image.key for example in splits["train"] if example.image.key in contents
    }
    held_out = [example for split in ("val", "test") for example in splits[split]]
    copied = [example for example in held_out if contents.get(example.image.key) in learned]
    if not copied:
        return ()
    first = copied[0].image.key
    some = "1 picture" if len(copied) == 1 else f"{len(copied)} pictures"
    return (
        f"{some} of validation and test have the bytes of a training picture, such as {first!r} those of "
        f"{learned[contents[first]]!r}, so that scores flatter; `cliptune data split` keeps copies together",
    )
