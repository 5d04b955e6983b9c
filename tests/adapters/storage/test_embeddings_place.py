"""A folder of embeddings is replaced whole, by one process at a time."""

from pathlib import Path

import pytest

from cliptune.adapters.storage.embeddings_place import embeddings_place
from cliptune.domain.errors import RunFailed, UsageError

MANIFEST = '{"format": "cliptune-embeddings/1"}'


def replaced(out: Path, content: str) -> None:
    with embeddings_place(out) as place, place.replacing() as folder:
        (folder / "manifest.json").write_text(MANIFEST, encoding="utf-8")
        (folder / "images.jsonl").write_text(content, encoding="utf-8")


def fails_on_the_way(out: Path) -> None:
    with embeddings_place(out) as place:
        (place.parts / "tower").mkdir(parents=True)
        (place.parts / "tower" / "part").write_bytes(b"embeddings")
        with place.replacing() as folder:
            (folder / "manifest.json").write_text(MANIFEST, encoding="utf-8")
            raise KeyError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_takes_the_place_of_the_old_one_and_nothing_else_stays(tmp_path: Path) -> None:
    replaced(tmp_path / "deep" / "out", "first")
    replaced(tmp_path / "deep" / "out", "second")

    assert "second" == (tmp_path / "deep" / "out" / "images.jsonl").read_text(encoding="utf-8")
    assert ["out"] == names(tmp_path / "deep")


def test_what_fails_on_the_way_leaves_the_old_folder_and_the_progress(tmp_path: Path) -> None:
    replaced(tmp_path / "out", "first")

    with pytest.raises(KeyError):
        fails_on_the_way(tmp_path / "out")

    assert "first" == (tmp_path / "out" / "images.jsonl").read_text(encoding="utf-8")
    with embeddings_place(tmp_path / "out") as place:
        assert place.has_progress
        with place.replacing() as folder:
            (folder / "manifest.json").write_text(MANIFEST, encoding="utf-8")
        assert not place.has_progress
    assert ["out"] == names(tmp_path)


def test_a_process_killed_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    replaced(tmp_path / "out", "first")
    work = tmp_path / ".out.embedding"
    (work / "new").mkdir(parents=True)
    (tmp_path / "out").rename(work / "old")

    with embeddings_place(tmp_path / "out"):
        assert "first" == (tmp_path / "out" / "images.jsonl").read_text(encoding="utf-8")
    assert ["out"] == names(tmp_path)


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    with (
        embeddings_place(tmp_path / "out"),
        pytest.raises(RunFailed, match="is being written by another process"),
        embeddings_place(tmp_path / "out"),
    ):
        pass


@pytest.mark.parametrize("name", ["notes.txt", "images.npy", "manifest.json"])
def test_what_is_not_of_embeddings_is_never_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError, match=f"holds something else .{name}."), embeddings_place(tmp_path / "out"):
        pass
    assert [name] == names(tmp_path / "out")
    assert ["out"] == names(tmp_path)


def test_other_files_beside_embeddings_are_not_lost_either(tmp_path: Path) -> None:
    replaced(tmp_path / "out", "first")
    (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError, match=r"notes\.txt"), embeddings_place(tmp_path / "out"):
        pass
    assert "mine" == (tmp_path / "out" / "notes.txt").read_text(encoding="utf-8")


def test_what_a_file_manager_leaves_in_a_folder_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".DS_Store").write_bytes(b"")

    replaced(tmp_path / "out", "first")

    assert ["images.jsonl", "manifest.json"] == names(tmp_path / "out")


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError, match="is a file; --out names a folder"), embeddings_place(tmp_path / "file"):
        pass
    with (
        pytest.raises(RunFailed, match="Not a directory; choose another --out"),
        embeddings_place(tmp_path / "file" / "out"),
    ):
        pass


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "far")

    replaced(tmp_path / "out", "first")

    assert (tmp_path / "out").is_symlink()
    assert "first" == (tmp_path / "far" / "images.jsonl").read_text(encoding="utf-8")
