"""Laws of robustness: damage is measured on the same pictures with the same captions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from cliptune.adapters.images.loader import InlineLoader
from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.ports import PictureLoader
from cliptune.application.robustness import Robustness
from cliptune.domain.config import AlignmentConfig
from cliptune.domain.corruptions import Corruption
from support.assessing import Skilled, assessed, numbered

KINDS = (Corruption("harmless", "gray"), Corruption("all alike", "blur"), Corruption("unreadable", "jpeg"))


@contextmanager
def damaged(corruption: Corruption) -> Iterator[PictureLoader]:
    shown = {number: 5 if corruption.name == "all alike" else number for number in range(40)}
    if corruption.name == "unreadable":
        shown.pop(7)
    yield InlineLoader(
        MemoryReader({f"{number}.png": np.full((3, 8, 8), seen, dtype=np.float32) for number, seen in shown.items()})
    )


def measured(pictures: int) -> dict[str, Any] | None:
    robustness = Robustness(
        model=Skilled(),
        damaged=damaged,
        progress=SilentProgress(),
        alignment=AlignmentConfig(),
        batch_size=8,
        resamples=200,
        seed=0,
    )
    return robustness(assessed(Skilled(), numbered(40)).encoded, pictures=pictures, corruptions=KINDS)


def test_what_changes_nothing_costs_nothing_and_what_destroys_everything_is_first() -> None:
    found = measured(40)

    assert found is not None
    worst, harmless = found["rows"]
    assert ("all alike", "worse") == (worst["name"], worst["verdict"])
    assert ("harmless", 0.0, "cannot be told apart") == (harmless["name"], harmless["change"], harmless["verdict"])
    assert (40, 1.0) == (found["pictures"], found["clean"])


def test_a_damage_under_which_a_picture_cannot_be_read_is_left_out() -> None:
    found = measured(40)

    assert found is not None
    assert "unreadable" not in {row["name"] for row in found["rows"]}


def test_a_sample_is_as_large_as_asked_for() -> None:
    found = measured(10)

    assert found is not None
    assert 10 == found["pictures"]


@pytest.mark.parametrize("pictures", [0, 1])
def test_of_fewer_than_two_pictures_there_is_nothing_to_tell(pictures: int) -> None:
    assert measured(pictures) is None
