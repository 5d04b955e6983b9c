"""Manifests as files."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from cliptune.adapters.storage.data_manifest_file import is_manifest_file, read_manifest, write_manifest
from cliptune.domain.data_manifest import DataManifest
from cliptune.domain.errors import RunFailed, UnreadableData
from support.manifests import manifest, manifests, row

ONE = manifest([row("a.png", "x"), row("b\ud800.png", "\u2028y")])


@pytest.mark.parametrize("name", ["m.jsonl", "m.jsonl.gz"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=manifests())
def test_what_was_written_is_read_packed_or_not(name: str, one: DataManifest, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / name
    write_manifest(path, one)
    first = path.read_bytes()
    assert (one, True) == (read_manifest(path), is_manifest_file(path))
    write_manifest(path, one)
    assert first == path.read_bytes()
    assert [path] == list(path.parent.iterdir())
    path.unlink()


def test_names_that_are_half_a_surrogate_pair_come_back(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.jsonl", ONE)
    assert ONE == read_manifest(tmp_path / "m.jsonl")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no manifest"),
        (b'{"image": "a.png"}\n', "no manifest"),
        (b"\xff\n", "is not UTF-8"),
        (b"\x1f\x8bnot packed", "cannot be read"),
        (gzip.compress(b"x" * 100, mtime=0)[:-9], "cannot be read"),
        (gzip.compress(b" " * 40_000_000, mtime=0), "a line is longer than 16777216 bytes"),
    ],
)
def test_what_is_no_manifest_is_told(data: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(data)
    with pytest.raises(UnreadableData, match=told):
        read_manifest(path)
    assert not is_manifest_file(path)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunFailed, match="cannot write"):
        write_manifest(tmp_path / "file" / "m.jsonl", ONE)


def test_a_file_of_another_name_is_a_data_set_whatever_it_holds(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.csv", ONE)
    assert [False, False] == [is_manifest_file(tmp_path / name) for name in ("m.csv", "none.jsonl")]
