"""Only files that end are read."""

import os
import socket
from pathlib import Path

import pytest

from cliptune.adapters.storage.regular import open_regular, read_regular
from support.pairs import write


def test_a_file_of_the_most_bytes_is_read_and_one_of_more_is_not(tmp_path: Path) -> None:
    assert b"1234" == read_regular(write(tmp_path / "a", b"1234"), most=4)
    with pytest.raises(OSError, match="larger than 4 bytes"):
        read_regular(write(tmp_path / "b", b"12345"), most=4)


def test_what_has_no_end_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero"), tmp_path):
            with pytest.raises(OSError, match=r"not a regular file|No such device|not supported|Is a directory"):
                open_regular(path)


def test_nothing_stays_open_behind_a_refusal(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = os.open(os.devnull, os.O_RDONLY)
    os.close(before)
    for _ in range(3):
        with pytest.raises(OSError, match="not a regular file"):
            open_regular(tmp_path / "pipe")
    after = os.open(os.devnull, os.O_RDONLY)
    os.close(after)

    assert before == after
