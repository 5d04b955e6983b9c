"""A conversion that was interrupted takes nothing from a shard or Parquet file that was written anew meanwhile."""

from pathlib import Path
from typing import BinaryIO

import pytest

from cliptune.adapters.datasets.source_state import source_state
from cliptune.domain.config import FineTuneConfig
from cliptune.domain.pairs import ImageRef
from cliptune.entrypoints import wiring
from cliptune.entrypoints.wiring.converting import conversion
from support.tars import write_tar

STOP = 5


def shard(path: Path, *, byte: bytes) -> None:
    """Ten pictures; whatever the byte, names, captions, lengths and places are the same."""
    samples = [(f"{at}.jpg", byte * 900) for at in range(10)]
    write_tar(path, [*samples, *((f"{at}.txt", f"picture {at}".encode()) for at in range(10))])


def test_pictures_of_a_shard_that_was_written_anew_are_not_mixed_with_earlier_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / "all.tar", tmp_path / "new"
    shard(source, byte=b"a")
    first = conversion(str(source), out, "csv", FineTuneConfig(), megabytes=1, watcher=wiring.silence())
    read = type(first.source).open

    def stopping(_: object, image: ImageRef) -> BinaryIO:
        if image.key.endswith(f"{STOP}.jpg"):
            raise KeyboardInterrupt
        return read(first.source, image)

    with monkeypatch.context() as patch:
        patch.setattr(type(first.source), "open", stopping)
        with pytest.raises(KeyboardInterrupt):
            first()
    shard(source, byte=b"b")

    done = conversion(str(source), out, "csv", FineTuneConfig(), megabytes=1, watcher=wiring.silence())()

    assert (0, {b"b" * 900}) == (done["resumed_at"], {path.read_bytes() for path in out.rglob("*.jpg")})


@pytest.mark.parametrize("path", ["{0}", "{0}/a.tar", "{0}/{{a,b}}.tar", "hub:{0}", "stream:{0}:train"])
def test_a_source_is_in_another_state_when_a_file_of_it_is_written_anew(tmp_path: Path, path: str) -> None:
    shard(tmp_path / "a.tar", byte=b"a")
    before = source_state(path.format(tmp_path))
    again = source_state(path.format(tmp_path))
    (tmp_path / "a.tar").unlink()
    shard(tmp_path / "a.tar", byte=b"b")

    assert (before, True) == (again, bool(before))
    assert before != source_state(path.format(tmp_path))


def test_what_holds_no_pictures_has_no_state(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("image_path,caption\n")

    assert ["", "", ""] == [
        source_state(str(tmp_path)),
        source_state(str(tmp_path / "pairs.csv")),
        source_state("hub:x"),
    ]
