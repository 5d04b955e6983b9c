"""Laws of looking at pictures: each once, those known not again, and a look that was stopped goes on where it was."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define, field

from cliptune.adapters.audit.looks_file import LooksFile
from cliptune.adapters.audit.memory import MemoryLooks
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.look_at_pictures import LookAtPictures, Looked, LookStore
from cliptune.domain.audit.looks import Look
from cliptune.domain.pairs import ImageRef
from support.pairs import CountingProgress

SIZE = 4


@define
class Shelf:
    """A looker at bytes in memory, whose states are numbers that a test turns; it notes what it was asked for."""

    contents: dict[str, bytes]
    states: dict[str, str] = field(factory=dict)
    decoded: list[str] = field(factory=list)
    stop_at: str = ""

    def state(self, image: ImageRef) -> str:
        """The state that the test gave."""
        return self.states.get(image.key, "")

    def look(self, image: ImageRef, *, unless: str = "") -> tuple[Look, bytes] | None:
        """A look at bytes."""
        if image.key == self.stop_at:
            raise KeyboardInterrupt
        content = hashlib.sha256(self.contents[image.key]).hexdigest()
        if content == unless:
            return None
        self.decoded.append(image.key)
        return Look(content=content, size=len(self.contents[image.key])), content[:SIZE].encode()


IMAGES = [ImageRef(f"{at:03}", f"shelf#{at:03}") for at in range(60)]


def shelf(**changes: bytes) -> Shelf:
    contents = {image.key: f"picture {image.key}".encode() for image in IMAGES} | {
        key.removeprefix("p"): value for key, value in changes.items()
    }
    return Shelf(contents, {image.key: f"state {contents[image.key]!r}" for image in IMAGES})


def look_with(looker: Shelf, store: LookStore, *, workers: int = 3) -> Looked:
    return LookAtPictures(looker, store, SilentProgress(), workers=workers)(IMAGES)


def seen(looked: Looked) -> list[tuple[str, int, int]]:
    return [
        (looked.looks.of("content", at), looked.looks.of("size", at), int(looked.records[at] >= 0))
        for at in range(len(IMAGES))
    ]


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LookStore]:
    if request.param == "memory":
        yield MemoryLooks()
        return
    looks = LooksFile(tmp_path, "rule", SIZE)
    yield looks
    looks.close()


def test_every_picture_is_looked_at_once_whatever_the_number_of_workers(store: LookStore) -> None:
    one, several = shelf(), shelf()

    alone = look_with(one, MemoryLooks(), workers=1)
    together = look_with(several, store, workers=4)

    assert [image.key for image in IMAGES] == one.decoded == sorted(several.decoded)
    assert seen(alone) == seen(together)
    assert (60, 0) == (together.fresh, together.kept)


def test_a_second_time_only_what_changed_is_looked_at(store: LookStore) -> None:
    first = look_with(shelf(), store)
    later = shelf(p007=b"another picture")

    again = look_with(later, store)

    assert ["007"] == later.decoded
    assert (1, 59) == (again.fresh, again.kept)
    assert [at for at in range(60) if seen(first)[at] != seen(again)[at]] == [7]


def test_a_file_that_was_only_touched_is_not_decoded_and_its_new_state_is_kept(store: LookStore) -> None:
    look_with(shelf(), store)
    touched = shelf()
    touched.states["005"] = "touched"

    again = look_with(touched, store)
    touched.contents["005"] = b"written since, without a trace"
    third = look_with(touched, store)

    assert [] == touched.decoded
    assert [0, 0] == [again.fresh, third.fresh]
    assert seen(again) == seen(third)


def test_pictures_that_are_no_files_are_known_by_their_content(store: LookStore) -> None:
    stateless, later = shelf(), shelf(p003=b"another")
    stateless.states, later.states = {}, {}

    first = look_with(stateless, store)
    again = look_with(later, store)

    assert (60, ["003"]) == (first.fresh, later.decoded)
    assert seen(look_with(shelf(p003=b"another"), MemoryLooks())) == seen(again)


@pytest.mark.parametrize("stop_at", ["000", "017", "059"])
def test_a_look_that_was_interrupted_goes_on_and_comes_to_the_same(stop_at: str, tmp_path: Path) -> None:
    stopped, goes_on = shelf(), shelf()
    stopped.stop_at = stop_at
    before = LooksFile(tmp_path, "rule", SIZE)
    with pytest.raises(KeyboardInterrupt):
        look_with(stopped, before, workers=1)
    before.close()

    after = LooksFile(tmp_path, "rule", SIZE)
    resumed = look_with(goes_on, after)
    after.close()

    assert seen(look_with(shelf(), MemoryLooks())) == seen(resumed)
    assert int(stop_at) // 8 * 8 == resumed.kept
    assert 60 - resumed.kept == len(goes_on.decoded)


def test_a_person_sees_every_picture_counted() -> None:
    progress = CountingProgress()

    LookAtPictures(shelf(), MemoryLooks(), progress, workers=2)(IMAGES)

    assert [("looking at pictures", 60, 60)] == [(title, total, ticker.done) for title, total, ticker in progress.bars]
