"""Laws of the cache in files: what is half written or damaged is as if it had never been there."""

from pathlib import Path

import pytest
import torch

from cliptune.adapters.features.files import FeatureFiles
from cliptune.domain.errors import RunFailed


def fill(root: Path) -> None:
    FeatureFiles(root).add("tower", {"a": torch.ones(3)})
    FeatureFiles(root).add("tower", {"b": torch.zeros(3)})


@pytest.mark.parametrize("damage", [b"", b"no safetensors"])
def test_a_damaged_file_is_passed_over_and_written_anew(tmp_path: Path, damage: bytes) -> None:
    fill(tmp_path)
    for file in (tmp_path / "tower").iterdir():
        file.write_bytes(damage)

    assert {} == FeatureFiles(tmp_path).read("tower")
    fill(tmp_path)
    assert {"a", "b"} == FeatureFiles(tmp_path).read("tower").keys()


def test_a_file_cut_short_loses_its_own_embeddings_only(tmp_path: Path) -> None:
    fill(tmp_path)
    first, _ = sorted((tmp_path / "tower").iterdir())
    first.write_bytes(first.read_bytes()[:-2])

    assert 1 == len(FeatureFiles(tmp_path).read("tower"))


def test_a_leftover_of_a_killed_process_is_not_read(tmp_path: Path) -> None:
    fill(tmp_path)
    first, second = sorted((tmp_path / "tower").iterdir())
    first.rename(first.with_name(f".aside-1.{first.name}"))

    assert 1 == len(FeatureFiles(tmp_path).read("tower"))
    assert second.is_file()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "tower").write_bytes(b"a file")

    with pytest.raises(RunFailed, match="cannot write embeddings of a frozen tower"):
        fill(tmp_path)
