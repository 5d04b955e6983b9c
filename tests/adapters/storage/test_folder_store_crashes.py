"""What a folder store shows after a crash, and after damage on the disk."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.storage.durable import disk_full_told, write_errors_told
from cliptune.adapters.storage.folder import FolderStore
from cliptune.domain.errors import CorruptArtifact, MissingArtifact, RunFailed

WRITER = """
import itertools, sys
from pathlib import Path
from cliptune.adapters.storage.folder import FolderStore

store = FolderStore(Path(sys.argv[1]))
for number in itertools.count():
    with store.write_folder("last") as folder:
        for name in "abc":
            (folder / name).write_text(f"{number}" * 2000)
    store.put("status.json", b"%d" % number * 2000)
    print(number, flush=True)
"""


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "run")
    with store.write_folder("checkpoints/step-000001") as folder:
        (folder / "weights").write_bytes(bytes(range(256)) * 40)
        (folder / "run.json").write_text("{}")
    return store


def hidden(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob(".*"))


def read(store: FolderStore, key: str) -> None:
    with store.read_folder(key):
        pass


def half_write(store: FolderStore, key: str, error: Exception) -> None:
    with store.write_folder(key) as folder:
        (folder / "weights").write_bytes(b"half")
        raise error


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_whenever_a_writer_is_killed_the_old_or_the_new_is_whole(tmp_path: Path) -> None:
    for turn in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        for _ in range(3):
            writer.stdout.readline()
        time.sleep(0.0007 * turn)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()

        store = FolderStore(tmp_path)
        store.sweep()

        assert ("last", "status.json") == store.keys()
        with store.read_folder("last") as folder:
            assert 1 == len({(folder / name).read_text() for name in "abc"})
        assert [] == hidden(tmp_path)


def test_a_folder_half_written_by_a_dead_process_is_neither_listed_nor_kept(store: FolderStore) -> None:
    aside = store.root / "checkpoints" / ".aside-7-0123abcd-0.step-000002"
    aside.mkdir()
    (aside / "weights").write_bytes(b"half")

    assert ("checkpoints/step-000001",) == store.keys()
    assert 1 == store.sweep()
    assert [] == hidden(store.root)
    assert ("checkpoints/step-000001",) == store.keys()


def test_a_value_half_written_by_a_dead_process_is_neither_listed_nor_kept(store: FolderStore) -> None:
    (store.root / ".aside-7-0123abcd-0.status.json").write_bytes(b'{"st')

    assert ("checkpoints/step-000001",) == store.keys()
    assert 1 == store.sweep()
    assert [] == hidden(store.root)


def test_a_folder_moved_aside_for_one_that_never_came_is_put_back(store: FolderStore) -> None:
    there = store.root / "checkpoints" / "step-000001"
    there.rename(there.with_name(".old-7-0123abcd-0.step-000001"))

    assert 1 == store.sweep()
    assert ("checkpoints/step-000001",) == store.keys()
    read(store, "checkpoints/step-000001")


def test_a_folder_moved_aside_for_one_that_came_is_removed(store: FolderStore) -> None:
    aside = store.root / "checkpoints" / ".old-7-0123abcd-0.step-000001"
    aside.mkdir()

    assert 1 == store.sweep()
    assert [] == hidden(store.root)
    read(store, "checkpoints/step-000001")


def test_a_half_deleted_folder_is_never_seen_and_swept(store: FolderStore) -> None:
    there = store.root / "checkpoints" / "step-000001"
    there.rename(there.with_name(".gone-7-0123abcd-0.step-000001"))

    assert () == store.keys()
    assert 1 == store.sweep()
    assert [] == hidden(store.root)


def test_sweeping_leaves_alone_what_this_store_is_writing_and_what_people_hide(store: FolderStore) -> None:
    (store.root / ".gitignore").write_text("*")

    with store.write_folder("model") as folder:
        (folder / "weights").write_bytes(b"1")
        assert 0 == store.sweep()

    read(store, "model")
    assert [".gitignore"] == hidden(store.root)


@given(st.data())
def test_any_flipped_bit_is_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    store = FolderStore(tmp_path_factory.mktemp("run"))
    with store.write_folder("model") as folder:
        (folder / "weights").write_bytes(b"some weights")
    path = store.root / "model" / "weights"
    damaged = bytearray(path.read_bytes())
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(damaged)

    with pytest.raises(CorruptArtifact, match="model/weights does not match the checksum"):
        read(store, "model")


def test_a_file_cut_short_is_named_with_both_sizes(store: FolderStore) -> None:
    path = store.root / "checkpoints" / "step-000001" / "weights"
    os.truncate(path, 4096)

    with pytest.raises(CorruptArtifact, match="step-000001/weights has 4096 bytes, its manifest says 10240"):
        read(store, "checkpoints/step-000001")


def test_a_missing_file_is_named(store: FolderStore) -> None:
    (store.root / "checkpoints" / "step-000001" / "run.json").unlink()

    with pytest.raises(CorruptArtifact, match=r"step-000001/run\.json is missing"):
        read(store, "checkpoints/step-000001")


def test_a_folder_in_place_of_a_file_is_corrupt(store: FolderStore) -> None:
    path = store.root / "checkpoints" / "step-000001" / "run.json"
    path.unlink()
    path.mkdir()

    with pytest.raises(CorruptArtifact, match=r"run\.json"):
        read(store, "checkpoints/step-000001")


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b'{"format": 1, "fil',
        b"[]",
        b'{"format": 2, "files": {}}',
        b'{"format": 1, "files": {"../../secret": {"size": 1, "sha256": "0"}}}',
        b'{"format": 1, "files": {"/etc/hostname": {"size": 1, "sha256": "0"}}}',
        b'{"format": 1, "files": {"weights": {"size": 1}}}',
        b'\xff\xfe{"format": 1}',
    ],
)
def test_a_broken_manifest_is_corrupt(store: FolderStore, manifest: bytes) -> None:
    (store.root / "checkpoints" / "step-000001" / "manifest.json").write_bytes(manifest)

    with pytest.raises(CorruptArtifact, match=r"step-000001/manifest\.json"):
        read(store, "checkpoints/step-000001")


def test_a_folder_whose_manifest_was_never_written_is_no_folder(store: FolderStore) -> None:
    (store.root / "checkpoints" / "step-000001" / "manifest.json").unlink()

    with pytest.raises(MissingArtifact):
        read(store, "checkpoints/step-000001")


def test_files_that_others_drop_into_a_folder_do_not_matter(store: FolderStore) -> None:
    (store.root / "checkpoints" / "step-000001" / ".DS_Store").write_bytes(b"\0\0")

    read(store, "checkpoints/step-000001")


def test_the_manifest_names_every_file_with_size_and_checksum(store: FolderStore) -> None:
    manifest = json.loads((store.root / "checkpoints" / "step-000001" / "manifest.json").read_text())

    assert {"size": 2, "sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"} == manifest[
        "files"
    ]["run.json"]
    assert ["run.json", "weights"] == list(manifest["files"])


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        Exception("Error while serializing: I/O error: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_is_told_with_what_to_do_and_leaves_nothing_behind(store: FolderStore, error: Exception) -> None:
    with pytest.raises(RunFailed) as told:
        half_write(store, "checkpoints/step-000002", error)

    assert str(told.value) == (
        "disk full while writing checkpoints/step-000002: free space or lower keep_checkpoints; "
        "the last checkpoint is intact"
    )
    assert ("checkpoints/step-000001",) == store.keys()
    assert [] == hidden(store.root)


def test_an_error_of_the_writer_itself_passes_unchanged(store: FolderStore) -> None:
    with pytest.raises(FileNotFoundError), store.write_folder("model"):
        Path("/nowhere/at/all").read_bytes()
    with pytest.raises(ZeroDivisionError), disk_full_told("model"):
        raise ZeroDivisionError


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("a file")

    with pytest.raises(RunFailed, match=r"cannot write status\.json .*outputs.*choose another output_dir"):
        FolderStore(tmp_path / "outputs").put("status.json", b"{}")
    with pytest.raises(RunFailed, match=r"cannot write model .*outputs.*choose another output_dir"):
        FolderStore(tmp_path / "outputs").write_folder("model").__enter__()
    with pytest.raises(RunFailed, match="disk full"), write_errors_told("model"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_reading_a_store_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "outputs")

    assert () == store.keys()
    assert 0 == store.sweep()
    assert [] == list(tmp_path.iterdir())
