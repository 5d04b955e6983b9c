"""Signatures in files."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cliptune.adapters.storage.signatures import SUFFIX, SignatureFiles, SignaturesInMemory
from cliptune.domain.errors import RunFailed

A, B, C = ("a" * 64, "b" * 64, "c" * 64)

Store = SignatureFiles | SignaturesInMemory
stores = pytest.mark.parametrize("made", [lambda root: SignatureFiles(root, 3), lambda _: SignaturesInMemory()])


@stores
def test_what_is_added_is_read_and_nothing_else(tmp_path: Path, made: Callable[[Path], Store]) -> None:
    store = made(tmp_path / "kept")
    store.add({A: b"one", B: b"two"})
    store.add({C: b"thr"})
    store.add({})

    assert {A: b"one", C: b"thr"} == dict(store.read([A, C, "d" * 64]))
    assert {} == dict(store.read([]))


def test_another_process_finds_it(tmp_path: Path) -> None:
    SignatureFiles(tmp_path, 3).add({A: b"one"})

    assert {A: b"one"} == dict(SignatureFiles(tmp_path, 3).read([A]))


@pytest.mark.parametrize("harm", [lambda data: data[:-1], lambda data: b"x" + data[1:], lambda _: b""])
def test_a_file_that_is_harmed_is_passed_over(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    store = SignatureFiles(tmp_path, 3)
    store.add({A: b"one"})
    file = next(tmp_path.glob(f"*{SUFFIX}"))
    file.write_bytes(harm(file.read_bytes()))
    store.add({B: b"two"})

    assert {B: b"two"} == dict(store.read([A, B]))


def test_a_signature_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected signatures of 3 bytes, found 2"):
        SignatureFiles(tmp_path, 3).add({A: b"no"})


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunFailed, match="cannot write what pictures look like"):
        SignatureFiles(tmp_path / "file" / "kept", 3).add({A: b"one"})


def test_a_process_that_is_killed_while_it_adds_leaves_whole_files_only(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom cliptune.adapters.storage.signatures import SignatureFiles\n"
        f"store = SignatureFiles(Path({str(tmp_path)!r}), 4224)\n"
        "for number in range(10**6):\n"
        "    store.add({f'{number * 100 + at:064x}': bytes(4224) for at in range(100)})\n"
        "    print(number, flush=True)\n"
    )
    writing = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ})
    assert writing.stdout is not None
    done = 0
    for _ in range(5):
        done = int(writing.stdout.readline())
    writing.send_signal(signal.SIGKILL)
    writing.wait()
    writing.stdout.close()
    kept = dict(SignatureFiles(tmp_path, 4224).read([f"{number:064x}" for number in range((done + 1) * 100)]))

    assert (done + 1) * 100 == len(kept)
