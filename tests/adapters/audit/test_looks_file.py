"""Laws of kept looks: what was added is there, a torn end is cut off, another rule starts anew."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from cliptune.adapters.audit.looks_file import LOOKS, SIGNATURES, LooksFile
from cliptune.adapters.audit.memory import MemoryLooks
from cliptune.application.look_at_pictures import LookStore
from cliptune.domain.pairs import ImageRef
from support.audits import look

IMAGES = [ImageRef(f"{at}.png", f"/data/{at}.png") for at in range(4)]
SIZE = 8


def signature(number: int) -> bytes:
    return bytes([number] * SIZE)


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LookStore]:
    if request.param == "memory":
        yield MemoryLooks()
        return
    looks = LooksFile(tmp_path / "audit", "rule 1", SIZE)
    yield looks
    looks.close()


def test_what_was_added_is_kept_with_its_signature(store: LookStore) -> None:
    records = [store.add(image, f"state {at}", look(size=at), signature(at)) for at, image in enumerate(IMAGES[:3])]
    store.flush()

    kept = dict(store.kept([*reversed(IMAGES)]))

    assert {3 - at: (f"state {at}", at) for at in range(3)} == {
        at: (one.state, one.look.size) for at, one in kept.items()
    }
    assert [list(signature(at)) for at in (2, 0)] == store.signatures([records[2], records[0]]).tolist()


def test_a_picture_without_a_signature_has_no_record(store: LookStore) -> None:
    assert -1 == store.add(IMAGES[0], "", look(refused="damaged"), b"")
    store.flush()

    assert ["damaged"] == [one.look.refused for _, one in store.kept(IMAGES)]


def test_of_two_looks_the_later_comes_last(store: LookStore) -> None:
    store.add(IMAGES[0], "a", look(size=1), signature(1))
    store.add(IMAGES[0], "b", look(size=2), signature(2))
    store.flush()

    assert 2 == dict(store.kept(IMAGES))[0].look.size


def test_an_earlier_look_is_kept_under_another_state(store: LookStore) -> None:
    store.add(IMAGES[0], "", look(size=1), signature(1))
    store.flush()
    kept = dict(store.kept(IMAGES))[0]

    store.keep_on(IMAGES[0], "later", kept)
    store.flush()

    assert evolve(kept, state="later") == dict(store.kept(IMAGES))[0]


def test_pages_of_one_file_are_pictures_of_their_own(store: LookStore) -> None:
    pages = [ImageRef(f"a.tif#{page}", "/data/a.tif", page) for page in range(2)]
    for page in pages:
        store.add(page, "s", look(size=page.page), b"")
    store.flush()

    assert [(0, 0), (1, 1)] == [(at, one.look.size) for at, one in store.kept(pages)]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    store = LooksFile(tmp_path, "rule 1", SIZE)
    for at, image in enumerate(IMAGES[:3]):
        store.add(image, "s", look(size=at), signature(at))
    store.close()
    return tmp_path


@pytest.mark.parametrize("lost", [1, 20, 80])
def test_a_torn_end_is_cut_off_and_the_rest_stays(written: Path, lost: int) -> None:
    lines = (written / LOOKS).read_bytes()
    (written / LOOKS).write_bytes(lines[:-lost])
    (written / SIGNATURES).write_bytes((written / SIGNATURES).read_bytes() + b"torn")

    store = LooksFile(written, "rule 1", SIZE)
    assert [0, 1] == [at for at, _ in store.kept(IMAGES)]
    record = store.add(IMAGES[3], "s", look(size=9), signature(9))
    store.close()

    again = LooksFile(written, "rule 1", SIZE)
    assert [0, 1, 3] == [at for at, _ in again.kept(IMAGES)]
    assert [list(signature(9))] == again.signatures([record]).tolist()


def test_a_look_whose_signature_is_not_there_is_not_kept(written: Path) -> None:
    (written / SIGNATURES).write_bytes((written / SIGNATURES).read_bytes()[: 2 * SIZE])

    assert [0, 1] == [at for at, _ in LooksFile(written, "rule 1", SIZE).kept(IMAGES)]


@pytest.mark.parametrize("damage", [b"{}\n", b"[1, 2]\n", b"\xff\xfe\n", b'["/data/0.png", 0, "s", 0, ["x"]]\n', b"\n"])
def test_a_line_that_says_nothing_is_passed_over(written: Path, damage: bytes) -> None:
    (written / LOOKS).write_bytes((written / LOOKS).read_bytes() + damage)

    assert [0, 1, 2] == [at for at, _ in LooksFile(written, "rule 1", SIZE).kept(IMAGES)]


def test_looks_under_another_rule_are_thrown_away(written: Path) -> None:
    store = LooksFile(written, "rule 2", SIZE)

    assert [] == list(store.kept(IMAGES))
    assert 0 == store.add(IMAGES[0], "s", look(size=7), signature(7))
    store.close()
    assert [7] == [one.look.size for _, one in LooksFile(written, "rule 2", SIZE).kept(IMAGES)]
    assert [] == list(LooksFile(written, "rule 1", SIZE).kept(IMAGES))


def test_signatures_of_a_first_audit_are_not_copied(written: Path) -> None:
    store = LooksFile(written, "rule 1", SIZE)

    assert isinstance(store.signatures([0, 1, 2]), np.memmap)
    assert [list(signature(at)) for at in range(3)] == store.signatures([0, 1, 2]).tolist()
    assert [list(signature(1))] == store.signatures([1]).tolist()


def test_what_is_forgotten_is_gone(written: Path) -> None:
    store = LooksFile(written, "rule 1", SIZE)
    store.forget()

    assert [] == list(store.kept(IMAGES))
    assert (0, SIZE) == store.signatures([]).shape
