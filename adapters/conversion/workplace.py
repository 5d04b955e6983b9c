"""Where a conversion is put together: a hidden folder beside its target, with a journal of what is finished."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from ...domain.captioned import Captioned
from ...domain.errors import RunFailed, UsageError
from ..storage.durable import is_disk_full, sync
from ..storage.lock import LOCK_FILE, run_lock

JOURNAL: Final = ".journal.jsonl"
MANIFEST: Final = ".conversion.json"
HALF: Final = ".half."
UNFINISHED: Final = ".converting"


@define
class Workplace:
    """
    A folder in which a data set grows, and what is finished of it.

    Attributes:
        folder: Where files are written.
        target: What it becomes.
        fingerprint: What the conversion is made of.
        entries: What was noted of finished parts, oldest first.
    """

    folder: Path
    target: Path
    fingerprint: str
    entries: list[dict[str, Any]] = field(factory=list)

    def note(self, entry: Mapping[str, Any]) -> None:
        """Note that a part is finished."""
        self.entries.append(dict(entry))
        with (self.folder / JOURNAL).open("ab") as journal:
            journal.write(_line(entry))

    def keep(self, count: int) -> None:
        """Forget all but the first parts, and every file that belongs to none of them."""
        self.entries[:] = self.entries[:count]
        half = self.half(JOURNAL)
        half.write_bytes(b"".join([_line({"fingerprint": self.fingerprint}), *map(_line, self.entries)]))
        half.replace(self.folder / JOURNAL)
        known = {entry.get("file") for entry in self.entries} | {JOURNAL, LOCK_FILE}
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(self.folder).as_posix() not in known:
                path.unlink()

    def half(self, name: str) -> Path:
        """Where a file is written before it gets its name."""
        return self.folder / f"{HALF}{hashlib.sha256(name.encode()).hexdigest()[:16]}"

    def is_there(self, entry: Mapping[str, Any]) -> bool:
        """Whether the file of a finished part still has its length."""
        if entry.get("file") is None:
            return True
        try:
            return bool((self.folder / entry["file"]).stat().st_size == entry["size"])
        except OSError:
            return False

    def publish(self, manifest: Mapping[str, Any], *, only: str | None = None) -> dict[str, Any]:
        """
        Let the data set appear under its name: the whole folder, or ``only`` one file of it with the manifest beside.

        Raises:
            RunFailed: If something has appeared there meanwhile.
        """
        told = {**manifest, "result": str(self.target), "fingerprint": self.fingerprint}
        text = json.dumps(told, indent=1, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"
        (self.folder / MANIFEST).write_bytes(text)
        os.sync()  # every file at once; waiting for each of a hundred thousand pictures would take hours
        if self.target.exists() or self.target.is_symlink():
            raise RunFailed(f"{self.target}: has appeared while it was written; move it away and convert again")
        if only is None:
            self.folder.rename(self.target)
            for name in (JOURNAL, LOCK_FILE):
                (self.target / name).unlink(missing_ok=True)
        else:
            (self.folder / only).rename(self.target)
            (self.folder / MANIFEST).rename(manifest_beside(self.target))
            shutil.rmtree(self.folder)
        sync(self.target.parent)
        return {**told, "manifest": str(manifest_beside(self.target) if only else self.target / MANIFEST)}


def check_free(target: Path) -> None:
    """
    Make sure that nothing is overwritten.

    Raises:
        UsageError: If something is at the target already.
    """
    for path in (target, manifest_beside(target)):
        if path.exists() or path.is_symlink():
            raise UsageError(f"{path}: is already there, and data is never overwritten; choose another name")


def manifest_beside(target: Path) -> Path:
    """Where it is told what a single file is made of."""
    return target.with_name(target.name + MANIFEST)


@contextmanager
def workplace(
    target: Path, pictures: Sequence[Captioned], *, fingerprint: str, options: Mapping[str, Any]
) -> Iterator[Workplace]:
    """
    The folder of a conversion; one that was interrupted is found as it was, and one made of something else is cleared.

    Args:
        target: What it becomes.
        pictures: What it is made of.
        fingerprint: Of their rows.
        options: What else decides how it is written.

    Raises:
        RunFailed: If another process writes there, or it cannot be written.
    """
    whole = _fingerprint(pictures, fingerprint=fingerprint, options=options)
    target = Path(os.path.abspath(target))  # noqa: PTH100 - resolving would follow a link at the target itself
    folder = target.with_name(f".{target.name}{UNFINISHED}")
    with _errors_told(target), run_lock(folder):
        place = Workplace(folder, target, whole, _noted(folder / JOURNAL, whole))
        sound = next((at for at, entry in enumerate(place.entries) if not place.is_there(entry)), len(place.entries))
        place.keep(sound)
        yield place


@contextmanager
def _errors_told(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = "the disk is full" if is_disk_full(error) else str(error.strerror or error)
        raise RunFailed(
            f"{target}: cannot be written ({what}); mend that and convert again, which goes on where it stopped"
        ) from error


def _noted(journal: Path, fingerprint: str) -> list[dict[str, Any]]:
    """The finished parts of a journal that was begun with this fingerprint; a line cut short ends it."""
    found: list[dict[str, Any]] = []
    try:
        lines = journal.read_bytes().split(b"\n")[:-1]
        for line in lines:
            entry = json.loads(line)
            if not isinstance(entry, dict):
                break
            found.append(entry)
    except (OSError, ValueError):
        pass
    return found[1:] if found and found[0] == {"fingerprint": fingerprint} else []


def _fingerprint(pictures: Sequence[Captioned], *, fingerprint: str, options: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps([fingerprint, options], sort_keys=True).encode())
    for picture in pictures:
        location = picture.image.location
        digest.update(f"{location}\n{_stamp(location)}\n".encode(errors="surrogatepass"))
    return digest.hexdigest()


def _stamp(location: str) -> str:
    """Size and time of a picture that is a file: another one under its name is told by them."""
    try:
        known = Path(location).stat() if location.startswith("/") else None
    except (OSError, ValueError):
        return ""
    return "" if known is None else f"{known.st_size}:{known.st_mtime_ns}"


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry).encode() + b"\n"
