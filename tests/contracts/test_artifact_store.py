"""What every artifact store must do."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cliptune.adapters.storage.folder import FolderStore
from cliptune.adapters.storage.memory import MemoryStore
from cliptune.application.ports import ArtifactStore
from cliptune.domain.errors import MissingArtifact

NO_KEYS = (
    *("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b"),
    *("a\\b", ".hidden", "a/.b", "a\0", "manifest.json"),
)


def fill(
    store: ArtifactStore, key: str, files: Mapping[str, bytes], *, then: type[BaseException] | None = None
) -> None:
    """Write a folder of files, and perhaps fail before it is finished."""
    with store.write_folder(key) as folder:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if then is not None:
            raise then


def content(store: ArtifactStore, key: str) -> dict[str, bytes]:
    """The files of a folder, without the store's own manifest."""
    with store.read_folder(key) as folder:
        files = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


class ArtifactStoreContract:
    """What every artifact store must do."""

    def test_last_put_wins(self, store: ArtifactStore) -> None:
        store.put("evaluation/metrics.csv", b"a longer first value")
        store.put("evaluation/metrics.csv", b"2")

        assert b"2" == store.get("evaluation/metrics.csv")

    def test_last_folder_wins_as_a_whole(self, store: ArtifactStore) -> None:
        fill(store, "model", {"old.bin": b"1", "both.bin": b"2"})
        fill(store, "model", {"both.bin": b"3", "sub/new.bin": b"4"})

        assert {"both.bin": b"3", "sub/new.bin": b"4"} == content(store, "model")

    def test_what_was_never_kept_is_missing(self, store: ArtifactStore) -> None:
        with pytest.raises(MissingArtifact, match="status"):
            store.get("status.json")
        with pytest.raises(MissingArtifact, match="model"), store.read_folder("model"):
            pass

    def test_a_value_is_no_folder_and_a_folder_no_value(self, store: ArtifactStore) -> None:
        store.put("value", b"1")
        fill(store, "folder", {"file": b"1"})

        with pytest.raises(MissingArtifact), store.read_folder("value"):
            pass
        with pytest.raises(MissingArtifact):
            store.get("folder")
        with pytest.raises(ValueError, match="at once"):
            store.put("folder", b"1")
        with pytest.raises(ValueError, match="at once"):
            fill(store, "value", {})

    def test_files_inside_a_folder_have_no_key(self, store: ArtifactStore) -> None:
        fill(store, "a/b", {"file": b"1", "sub/file": b"2"})

        store.delete("a/b/file")
        with pytest.raises(MissingArtifact):
            store.get("a/b/file")
        assert ("a/b",) == store.keys()
        assert ("a/b",) == store.keys("a/")
        assert () == store.keys("a/b/")
        assert {"file": b"1", "sub/file": b"2"} == content(store, "a/b")

    def test_no_key_stands_inside_another(self, store: ArtifactStore) -> None:
        store.put("a/b", b"1")
        fill(store, "c/d", {})

        for key in ("a", "a/b/c", "c", "c/d/e"):
            with pytest.raises(ValueError, match="inside"):
                store.put(key, b"2")
            with pytest.raises(ValueError, match="inside"):
                fill(store, key, {})
        assert ("a/b", "c/d") == store.keys()

    def test_a_name_is_free_again_once_everything_below_it_is_deleted(self, store: ArtifactStore) -> None:
        store.put("a/b/c", b"1")
        store.delete("a/b/c")
        store.put("a", b"2")

        assert ("a",) == store.keys()

    def test_an_exception_leaves_the_folder_that_was_there(self, store: ArtifactStore) -> None:
        fill(store, "step-1", {"weights": b"old"})

        with pytest.raises(KeyboardInterrupt):
            fill(store, "step-1", {"weights": b"ne"}, then=KeyboardInterrupt)
        with pytest.raises(ZeroDivisionError):
            fill(store, "step-2", {}, then=ZeroDivisionError)
        assert ("step-1",) == store.keys()
        assert {"weights": b"old"} == content(store, "step-1")

    def test_a_folder_does_not_appear_before_it_is_whole(self, store: ArtifactStore) -> None:
        with store.write_folder("model") as folder:
            (folder / "weights").write_bytes(b"1")
            assert () == store.keys()
            assert [] == [path for path in folder.iterdir() if path.name != "weights"]

        assert ("model",) == store.keys()

    def test_a_folder_may_not_bring_its_own_manifest(self, store: ArtifactStore) -> None:
        with pytest.raises(ValueError, match=r"manifest\.json"):
            fill(store, "model", {"manifest.json": b"{}"})
        assert () == store.keys()

    def test_deleting_forgets_and_deleting_nothing_is_fine(self, store: ArtifactStore) -> None:
        store.put("value", b"1")
        fill(store, "runs/model", {"file": b"1"})

        for key in ("value", "runs/model", "value", "runs", "nothing"):
            store.delete(key)
        assert () == store.keys()

    def test_deleting_a_prefix_deletes_nothing(self, store: ArtifactStore) -> None:
        store.put("a/b", b"1")

        store.delete("a")

        assert ("a/b",) == store.keys()

    @pytest.mark.parametrize("key", NO_KEYS)
    def test_what_is_no_key_is_refused_by_every_method(self, store: ArtifactStore, key: str) -> None:
        with pytest.raises(ValueError, match="not a key"):
            store.put(key, b"1")
        with pytest.raises(ValueError, match="not a key"):
            store.get(key)
        with pytest.raises(ValueError, match="not a key"):
            fill(store, key, {})
        with pytest.raises(ValueError, match="not a key"):
            content(store, key)
        with pytest.raises(ValueError, match="not a key"):
            store.delete(key)
        assert () == store.keys(key)

    def test_a_key_may_hold_spaces_and_letters_of_any_script(self, store: ArtifactStore) -> None:
        store.put("évaluation/mit Leerzeichen/試験 .json", b"1")

        assert ("évaluation/mit Leerzeichen/試験 .json",) == store.keys("évalu")


class TestMemoryStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self) -> ArtifactStore:
        return MemoryStore()


class TestFolderStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ArtifactStore:
        return FolderStore(tmp_path / "outputs" / "run")


parts = st.sampled_from(["a", "b", "c"])
keys = st.lists(parts, min_size=1, max_size=3).map("/".join)
files = st.dictionaries(st.sampled_from(["x", "y", "sub/z"]), st.binary(max_size=8), max_size=3)


class AnyStore(RuleBasedStateMachine):
    """A store behaves like a dictionary whose keys do not stand inside one another."""

    def __init__(self) -> None:
        super().__init__()
        self.store = self.make_store()
        self.model: dict[str, bytes | dict[str, bytes]] = {}

    def make_store(self) -> ArtifactStore:
        return MemoryStore()

    def is_free(self, key: str, kind: type) -> bool:
        nested = any(k.startswith(f"{key}/") or key.startswith(f"{k}/") for k in self.model)
        return not nested and isinstance(self.model.get(key, kind()), kind)

    @rule(key=keys, data=st.binary(max_size=8))
    def put(self, key: str, data: bytes) -> None:
        if self.is_free(key, bytes):
            self.store.put(key, data)
            self.model[key] = data
        else:
            with pytest.raises(ValueError, match=key):
                self.store.put(key, data)

    @rule(key=keys, files=files)
    def write_folder(self, key: str, files: dict[str, bytes]) -> None:
        if self.is_free(key, dict):
            fill(self.store, key, files)
            self.model[key] = files
        else:
            with pytest.raises(ValueError, match=key):
                fill(self.store, key, files)

    @rule(key=keys, files=files)
    def fail_to_write_folder(self, key: str, files: dict[str, bytes]) -> None:
        with pytest.raises((ZeroDivisionError, ValueError)):
            fill(self.store, key, files, then=ZeroDivisionError)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete_present(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        self.store.delete(key)
        del self.model[key]

    @rule(key=keys)
    def delete_any(self, key: str) -> None:
        self.store.delete(key)
        self.model.pop(key, None)

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        assert tuple(sorted(self.model)) == self.store.keys()
        for key, expected in self.model.items():
            actual = self.store.get(key) if isinstance(expected, bytes) else content(self.store, key)
            assert expected == actual


class AnyFolderStore(AnyStore):
    """The same on disk, where writers crash, and the next one sweeps up before it begins."""

    def make_store(self) -> ArtifactStore:
        self.root = Path(tempfile.mkdtemp())
        return FolderStore(self.root)

    @rule(key=keys)
    def crash_while_writing(self, key: str) -> None:
        above, _, name = key.rpartition("/")
        if self.is_free(key, dict):
            aside = self.root / above / f".aside-1-deadbeef-0.{name}"
            aside.mkdir(parents=True)
            (aside / "half").write_bytes(b"x")
        self.holds_what_the_model_holds()
        store = FolderStore(self.root)
        store.sweep()
        self.store = store

        assert [] == list(self.root.rglob(".*"))

    def teardown(self) -> None:
        shutil.rmtree(self.root)


TestMemoryStoreIsADictionary = AnyStore.TestCase
TestMemoryStoreIsADictionary.settings = settings(stateful_step_count=8)
TestFolderStoreIsADictionary = AnyFolderStore.TestCase
TestFolderStoreIsADictionary.settings = settings(stateful_step_count=8)
