"""One writer for a run directory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cliptune.adapters.storage.folder import FolderStore
from cliptune.adapters.storage.lock import run_lock
from cliptune.adapters.storage.processes import process_alive, this_process
from cliptune.domain.errors import RunFailed

HOLDER = """
import sys, time
from pathlib import Path
from cliptune.adapters.storage.lock import run_lock

with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def dead_process() -> int:
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return int(child.stdout)


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(RunFailed, match=f"is being written by process {holder.pid} on "), run_lock(tmp_path):
            pass
    finally:
        holder.kill()
        holder.communicate()

    with run_lock(tmp_path):
        assert os.getpid() == json.loads((tmp_path / ".lock").read_text())["pid"]


def test_one_process_cannot_write_a_run_twice_at_once(tmp_path: Path) -> None:
    with (
        run_lock(tmp_path),
        pytest.raises(RunFailed, match=f"process {os.getpid()} on"),
        run_lock(tmp_path),
    ):
        pass


def test_a_lock_is_free_after_its_context_even_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), run_lock(tmp_path):
        raise KeyboardInterrupt

    with run_lock(tmp_path):
        pass
    assert "" == (tmp_path / ".lock").read_text()


@pytest.mark.parametrize("left", ['{"pid": 1, "host": "elsewhere"}', "half a li", "[]", ""])
def test_what_a_dead_writer_left_in_the_file_does_not_matter(tmp_path: Path, left: str) -> None:
    (tmp_path / ".lock").write_text(left)

    with run_lock(tmp_path):
        pass


def test_the_lock_is_no_key_and_is_not_swept(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    with run_lock(tmp_path):
        assert () == store.keys()
        assert 0 == store.sweep()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(RunFailed, match=r"cannot write .*file"), run_lock(tmp_path / "file" / "run"):
        pass


def test_a_process_is_alive_until_it_ends_and_one_elsewhere_is_taken_to_be() -> None:
    me = this_process()
    dead = dead_process()

    assert process_alive(me.pid, me.host)
    assert not process_alive(dead, me.host)
    assert process_alive(dead, "another-machine")
