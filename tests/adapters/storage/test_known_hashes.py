"""The file of checksums: what is added is found, in whatever pieces and by however many processes."""

import fcntl
import multiprocessing
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.storage import known_hashes
from cliptune.adapters.storage.known_hashes import (
    HEADER,
    RECORD,
    FileState,
    Noted,
    add_known,
    compact,
    known_from,
    read_known,
)

names = st.text(max_size=4)
states = st.builds(
    FileState, st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1), st.just(7), st.integers(0, 2**64 - 1)
)
records = st.lists(st.builds(Noted, names, states, st.binary(min_size=32, max_size=32)), max_size=12)


def noted(name: str, *, size: int = 1, mark: int = 0) -> Noted:
    """A record about a file."""
    return Noted(name, FileState(size, 2, 3, 4), bytes([mark]) * 32)


def quiet(message: str) -> None:
    """Fail: nobody should have to be told anything."""
    raise AssertionError(message)


@given(parts=st.lists(records, max_size=4))
def test_the_last_record_of_a_name_is_found_in_its_state_and_in_no_other(
    parts: list[list[Noted]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("known") / "hashes.bin"
    for part in parts:
        add_known(path, part)
    last = {one.name: one for part in parts for one in part}
    known = read_known(path, say=quiet)
    assert len(last) == len(known)
    for name, one in last.items():
        other = FileState(one.state.size, one.state.modified, one.state.changed + 1, one.state.inode)
        assert (one.sha256, None) == (known.find(name, one.state), known.find(name, other))


def test_names_whose_checksums_begin_alike_are_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(known_hashes, "name_digest", lambda name: bytes(8) + name.encode().rjust(8))
    add_known(tmp_path / "hashes.bin", [noted("a", mark=1), noted("b", mark=2), noted("c", mark=3)])
    known = read_known(tmp_path / "hashes.bin", say=quiet)
    found = [known.find(name, FileState(1, 2, 3, 4)) for name in "abcd"]
    assert [bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32, None] == found


@pytest.mark.parametrize("cut", range(1, RECORD))
def test_a_record_that_a_killed_process_left_half_written_costs_only_itself(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "hashes.bin"
    add_known(path, [noted("a", mark=1), noted("b", mark=2)])
    path.write_bytes(path.read_bytes()[:-cut])
    assert 1 == len(read_known(path, say=quiet))
    add_known(path, [noted("c", mark=3)])
    known = read_known(path, say=quiet)
    state = FileState(1, 2, 3, 4)
    assert [bytes([1]) * 32, None, bytes([3]) * 32] == [known.find(name, state) for name in "abc"]


@pytest.mark.parametrize("at", [0, len(HEADER) - 1, len(HEADER), len(HEADER) + 40, len(HEADER) + RECORD - 1, -1])
def test_a_damaged_file_is_told_and_begun_anew(at: int, tmp_path: Path) -> None:
    path, told = tmp_path / "hashes.bin", list[str]()
    add_known(path, [noted("a"), noted("b")])
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert 0 == len(read_known(path, say=told.append))
    assert [True] == [f"{path} was damaged" in line for line in told]
    add_known(path, [noted("c")])
    assert 1 == len(read_known(path, say=quiet))


def test_a_file_that_is_shorter_than_its_header_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "hashes.bin"
    path.write_bytes(HEADER[:5])
    add_known(path, [noted("a")])
    assert 1 == len(read_known(path, say=quiet))


def add_many(path: Path, first: int) -> None:
    """Add a hundred records one by one."""
    for number in range(first, first + 100):
        add_known(path, [noted(str(number), mark=number % 256)])
        compact(path)


def test_processes_that_add_and_tidy_at_the_same_time_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_hashes, "OUTDATED", 20)
    path, context = tmp_path / "hashes.bin", multiprocessing.get_context("fork")
    workers = [context.Process(target=add_many, args=(path, first)) for first in (0, 50, 0, 50)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [0] * 4 == [worker.exitcode for worker in workers]
    known, state = read_known(path, say=quiet), FileState(1, 2, 3, 4)
    assert [bytes([number % 256]) * 32 for number in range(150)] == [known.find(str(n), state) for n in range(150)]


def test_what_is_added_while_another_process_writes_the_file_anew_is_in_the_new_one(tmp_path: Path) -> None:
    path, new = tmp_path / "hashes.bin", tmp_path / "new"
    add_known(path, [noted("a")])
    new.write_bytes(path.read_bytes())
    with path.open("rb") as old:
        fcntl.flock(old, fcntl.LOCK_EX)
        adding = threading.Thread(target=add_known, args=(path, [noted("b")]))
        adding.start()
        adding.join(0.2)
        assert adding.is_alive()
        new.replace(path)
    adding.join()
    assert 2 == len(read_known(path, say=quiet))


def test_outdated_records_are_thrown_away_where_they_are_most_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_hashes, "OUTDATED", 3)
    path = tmp_path / "hashes.bin"
    add_known(path, [noted("a", mark=mark) for mark in range(4)])
    assert not compact(path)
    add_known(path, [noted("a", mark=9), noted("b")])
    assert compact(path)
    assert len(HEADER) + 2 * RECORD == path.stat().st_size
    assert bytes([9]) * 32 == read_known(path, say=quiet).find("a", FileState(1, 2, 3, 4))


def test_nothing_is_known_at_first(tmp_path: Path) -> None:
    assert 0 == len(known_from(b"")) == len(read_known(tmp_path / "none.bin", say=quiet))
