"""Where embeddings go: one writer, progress that outlives it, and a folder that is replaced whole."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen

from ...domain.errors import RunFailed, UsageError
from .durable import is_disk_full, sync
from .embeddings import DATA_FILES, MANIFEST, has_embeddings
from .lock import run_lock

NEW: Final = "new"
OLD: Final = "old"
PARTS: Final = "parts"
# What file managers leave in any folder that they show.
IGNORED: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@frozen(eq=False)
class EmbeddingsPlace:
    """
    A folder of embeddings that is about to be replaced.

    Attributes:
        folder: What is replaced; it may not be there yet.
        work: A hidden folder beside it, for what is under way.
    """

    folder: Path
    work: Path

    @property
    def parts(self) -> Path:
        """For embeddings that were made, until the folder has them."""
        return self.work / PARTS

    @property
    def has_progress(self) -> bool:
        """Whether embeddings are kept that the folder does not have."""
        return any(self.parts.glob("*/*"))

    @contextmanager
    def replacing(self) -> Iterator[Path]:
        """
        An empty folder to fill; it then takes the place of the folder, whole, and progress is forgotten.

        Raises:
            RunFailed: If the place cannot be written.
        """
        new, old = self.work / NEW, self.work / OLD
        with _told(self.folder):
            new.mkdir()
            yield new
            if self.folder.exists():
                self.folder.rename(old)
            try:
                new.rename(self.folder)
            except BaseException:
                if old.exists():
                    old.rename(self.folder)
                raise
            sync(self.folder.parent)
        shutil.rmtree(self.parts, ignore_errors=True)


@contextmanager
def embeddings_place(out: Path) -> Iterator[EmbeddingsPlace]:
    """
    Be the only process that writes a folder of embeddings, for as long as the context lasts.

    A process that was killed while it exchanged the folders left the old one aside; it is put back first.

    Raises:
        UsageError: If something else is there.
        RunFailed: If another process is writing there, or the place cannot be written.
    """
    folder = out.expanduser().resolve()
    work = folder.with_name(f".{folder.name or 'root'}.embedding")
    with ExitStack() as held:
        with _told(folder):
            _check_replaceable(folder)
            work.mkdir(parents=True, exist_ok=True)
        try:
            held.enter_context(run_lock(work))
        except RunFailed as error:
            if isinstance(error.__cause__, OSError):
                raise _unwritable(folder, error.__cause__) from error
            raise RunFailed(
                f"{folder} is being written by another process: wait for it, or choose another --out"
            ) from error
        with _told(folder):
            _recover(folder, work)
        place = EmbeddingsPlace(folder, work)
        try:
            yield place
        except RunFailed as error:
            # A full disk while progress was kept: the parts speak of runs and checkpoints.
            if isinstance(error.__cause__, OSError):
                raise _unwritable(folder, error.__cause__) from error
            raise
        finally:
            _clear(place)


def _check_replaceable(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file; --out names a folder")
    names = {path.name for path in folder.iterdir()} - IGNORED
    others = sorted(names - {*DATA_FILES, MANIFEST}) if has_embeddings(folder) else sorted(names)
    if others:
        listed = ", ".join(others[:3]) + (" …" if len(others) > 3 else "")
        raise UsageError(
            f"{folder} holds something else ({listed}), and embeddings replace the whole folder: choose another --out"
        )


def _recover(folder: Path, work: Path) -> None:
    if (work / OLD).is_dir() and not folder.exists():
        (work / OLD).rename(folder)
    for leftover in (work / OLD, work / NEW):
        shutil.rmtree(leftover, ignore_errors=True)


def _clear(place: EmbeddingsPlace) -> None:
    """Nothing stays beside the folder but what the folder does not have."""
    shutil.rmtree(place.work / NEW, ignore_errors=True)
    if place.folder.exists():
        shutil.rmtree(place.work / OLD, ignore_errors=True)
    if not place.has_progress and not (place.work / OLD).exists():
        shutil.rmtree(place.work, ignore_errors=True)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) or is_disk_full(error):
            raise _unwritable(folder, error) from error
        raise


def _unwritable(folder: Path, error: BaseException) -> RunFailed:
    if is_disk_full(error):
        return RunFailed(f"disk full while writing {folder}: free space and run the same command again; it goes on")
    reason = getattr(error, "strerror", None) or str(error)
    return RunFailed(f"cannot write {folder}: {reason}; choose another --out")
