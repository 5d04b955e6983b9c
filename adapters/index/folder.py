"""The folder of an index: parts that never change, and one manifest that says which of them count."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import field, frozen

from ...domain.errors import MissingArtifact, RunFailed, UnreadableData, UsageError
from ...domain.index_manifest import PART, IndexManifest, ServerCollection, manifest_from
from ..storage.asides import HALF_WRITTEN, Asides
from ..storage.durable import is_disk_full, replace_file, sync
from ..storage.lock import run_lock
from ..storage.manifest import seal, verify

MANIFEST: Final = "manifest.json"
FAMILY: Final = "cliptune-index/"
# The pairs of an index are embedded beside its parts.
ALLOWED: Final = frozenset({MANIFEST, "embeddings"})


@frozen(eq=False)
class IndexFolder:
    """
    Parts of an index, each written aside and renamed whole, and the manifest that names those which count.

    Replacing the manifest is the one moment at which a change counts: a process that is killed before leaves the old
    index, and parts that the next change clears.

    Attributes:
        root: The folder.
    """

    root: Path
    _asides: Asides = field(init=False, factory=Asides, repr=False)

    def read(self) -> IndexManifest:
        """
        The manifest.

        Raises:
            UnreadableData: If there is none, or it is damaged.
        """
        path = self.root / MANIFEST
        try:
            raw = json.loads(path.read_bytes())
        except FileNotFoundError as error:
            raise UnreadableData(
                f"{self.root} is no index; `cliptune index build SOURCE --out DIR` makes one"
            ) from error
        except (OSError, ValueError) as error:
            raise UnreadableData(f"{path} cannot be read: {error}; build the index again") from error
        return manifest_from(raw, place=str(path))

    def server(self) -> ServerCollection | None:
        """The collection of the index that is there; None where there is none, or its manifest is damaged."""
        try:
            return self.read().server
        except UnreadableData:
            return None

    def last_generation(self) -> int:
        """
        The highest number of a part that is there, so that new parts have names of their own.

        Raises:
            UsageError: If the folder holds something else than an index.
        """
        if not self.root.exists():
            return 0
        names = {path.name for path in self.root.iterdir()} if self.root.is_dir() else {str(self.root)}
        parts = {name for name in names if PART.fullmatch(name)}
        others = sorted(name for name in names - parts - ALLOWED if not name.startswith("."))
        if others or (MANIFEST in names and not self._is_ours()):
            told = ", ".join(others[:3]) or MANIFEST
            raise UsageError(f"{self.root} holds something else ({told}); choose another --out")
        return max((int(name.rpartition("-")[2]) for name in parts), default=0)

    def _is_ours(self) -> bool:
        try:
            raw = json.loads((self.root / MANIFEST).read_bytes())
        except (OSError, ValueError):
            # A damaged manifest among parts of an index; among nothing else it could be anyone's.
            return any(PART.fullmatch(path.name) for path in self.root.iterdir())
        return isinstance(raw, dict) and str(raw.get("format", "")).startswith(FAMILY)

    def commit(self, manifest: IndexManifest) -> None:
        """
        Make ``manifest`` the index, and clear what it does not name.

        Raises:
            RunFailed: If the disk is full or cannot be written; the index is then as it was.
        """
        path = self.root / MANIFEST
        text = json.dumps(manifest.as_plain(), indent=1, ensure_ascii=False) + "\n"
        with refusals_told(self.root):
            replace_file(path, text.encode(), aside=self._asides.beside(path, HALF_WRITTEN))
        self.clear(keep=manifest.files.names)

    @contextmanager
    def new_part(self, name: str) -> Iterator[Path]:
        """
        An empty folder to fill; it appears as part ``name`` whole, with checksums, or not at all.

        Raises:
            RunFailed: If the disk is full or cannot be written.
        """
        aside = self._asides.beside(self.root / name, HALF_WRITTEN)
        try:
            with refusals_told(self.root):
                aside.mkdir(parents=True)
                yield aside
                seal(aside)
                # A leftover of the same name was never committed.
                shutil.rmtree(self.root / name, ignore_errors=True)
                aside.rename(self.root / name)
                sync(self.root)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise

    def part(self, name: str) -> Path:
        """
        The folder of a part.

        Raises:
            MissingArtifact: If it is not there.
        """
        path = self.root / name
        if not path.is_dir():
            raise MissingArtifact(f"{path} is missing; build the index again")
        return path

    def verify(self, manifest: IndexManifest) -> None:
        """
        Compare every part with its checksums.

        Raises:
            CorruptArtifact: If a file is missing, cut short or changed.
        """
        for name in sorted(manifest.files.names):
            verify(self.part(name), name)

    def clear(self, *, keep: frozenset[str]) -> None:
        """Remove parts that no manifest names, and what killed processes left; only the one writer calls this."""
        for path in self.root.iterdir():
            if path.name.startswith(HALF_WRITTEN) or (PART.fullmatch(path.name) and path.name not in keep):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """
        Be the only process that changes the index, for as long as the context lasts.

        Raises:
            RunFailed: If another process is.
        """
        with run_lock(self.root):
            yield


@contextmanager
def refusals_told(root: Path) -> Iterator[None]:
    """
    Turn whatever the file system refuses into a failed run that says that the index is whole.

    Raises:
        RunFailed: If it refuses.
    """
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise RunFailed(f"disk full while writing {root}: free space and try again; nothing was changed") from error
        place = error.filename or root
        raise RunFailed(f"cannot write {place}: {error.strerror or error}; nothing was changed") from error
