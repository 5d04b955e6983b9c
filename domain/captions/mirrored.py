"""Captions that a mirrored picture makes wrong, told before a run mirrors any."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from .laterality import names_a_side, side_words

# Looking takes twenty microseconds a caption; a part of a large data set tells as much as all of it.
LOOKED_AT: Final = 20_000
LONGEST_SHOWN: Final = 80


def mirror_note(captions: Sequence[str]) -> str | None:
    """How many captions name a side, with the first that does; None where none of the first 20,000 does."""
    looked = list(islice(captions, LOOKED_AT))
    sided = [caption for caption in looked if names_a_side(caption)]
    if not sided:
        return None
    among = "the first " if len(captions) > len(looked) else ""
    return (
        f"horizontal_flip mirrors half of the pictures, and {len(sided):,} of {among}{len(looked):,} training captions "
        f"name a side, such as {side_words(sided[0])[0]!r} in {_short(sided[0])!r}: horizontal_flip: false keeps them "
        "true"
    )


def _short(caption: str) -> str:
    return caption if len(caption) <= LONGEST_SHOWN else f"{caption[:LONGEST_SHOWN]}…"
