"""One hostile input judged: what came of it, how long it took, how much memory, and what it touched."""

import os
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import define, frozen

from cliptune.domain.errors import CliptuneError
from support.resident import most_resident

MIB: Final = 1024 * 1024
ORDER: Final = frozenset({"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"})
# An input has at most a megabyte; what takes longer, or this many times its size, does so by the input's own choice.
# Seconds are the processor's: other programs on the machine do not count.
SECONDS: Final = 5.0
STUCK: Final = 60.0
LONGEST_LINE: Final = 2_000
LONGEST_MESSAGE: Final = 50_000
MEMORY: Final = 256 * MIB
STATUS: Final = Path("/proc/self/status")
FORGET: Final = Path("/proc/self/clear_refs")
WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# What a process may look at whatever it reads: its own program, and what the system tells of itself.
OWN: Final = (sys.prefix, sys.base_prefix, "/proc/", "/sys/", "/dev/null", "/etc/", "/usr/", "/lib")
PROJECT: Final = str(Path(__file__).resolve().parents[2])
OUTSIDE_EVENTS: Final = frozenset(
    {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.truncate", "shutil.rmtree"}
)

Attack = Callable[[bytes, Path], object]
"""Reads the input; the folder is all that it may touch."""


class Hang(BaseException):
    """It took too long. No handler of `Exception` catches it."""


@frozen
class Verdict:
    """
    What came of one input.

    Attributes:
        crash: Empty where it was read or refused as it should be; otherwise what went wrong.
        where: The innermost place of the crash; two crashes at one place are one.
        seconds: How long the processor was busy with it.
        memory: Bytes at the peak above those before.
    """

    crash: str
    where: str
    seconds: float
    memory: int


@define
class _Watch:
    """What the audit hook, which can never be taken off again, is to look at."""

    folder: str = ""
    touched: str = ""
    hooked: bool = False


_watch = _Watch()


def judge(attack: Attack, data: bytes, folder: Path) -> Verdict:
    """Let ``attack`` read ``data`` in ``folder``; whatever is neither read nor refused in our own words is a crash."""
    before = _reset_peak()
    began = time.process_time()
    crash, where = "", ""
    try:
        with _watched(folder), _at_most(STUCK):
            attack(data, folder)
    except CliptuneError as error:
        crash = unfit(str(error))
        where = type(error).__name__
    except (Exception, Hang) as error:  # noqa: BLE001 that is what is looked for
        crash, where = f"{type(error).__name__}: {error}"[:LONGEST_LINE], _innermost(error)
    seconds, memory = time.process_time() - began, max(0, _peak() - before)
    if not crash and _watch.touched:
        crash, where = f"touched {_watch.touched}", _watch.touched
    if not crash and seconds > SECONDS:
        crash, where = f"took {seconds:.1f} s", "time"
    if not crash and memory > MEMORY:
        crash, where = f"took {memory // MIB} MiB", "memory"
    return Verdict(crash, where, seconds, memory)


def unfit(message: str) -> str:
    """Why a message is none for a person, or nothing."""
    if not message.strip():
        return "an empty message"
    if len(message) > LONGEST_MESSAGE or any(len(line) > LONGEST_LINE for line in message.splitlines()):
        return f"a message of {len(message)} characters"
    odd = next((character for character in message if character != "\n" and steers(character)), "")
    return f"a message with U+{ord(odd):04X}: {message!r}" if odd else ""


def steers(character: str) -> bool:
    """Whether a terminal obeys a character, or reorders a line by it."""
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or unicodedata.bidirectional(character) in ORDER


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for attacks, in memory where the system has such a place."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="cliptune-fuzz-", dir=place) as folder:
        yield Path(folder).resolve()


@contextmanager
def _watched(folder: Path) -> Iterator[None]:
    if not _watch.hooked:
        sys.addaudithook(_look)
        _watch.hooked = True
    _watch.touched, _watch.folder = "", str(folder)
    try:
        yield
    finally:
        _watch.folder = ""


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watch.folder or _watch.touched:
        return
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, str | bytes) and not _allowed(os.fsdecode(path), writes=bool((flags or 0) & WRITES)):
            _watch.touched = os.fsdecode(path)
    elif event in OUTSIDE_EVENTS:
        paths = [os.fsdecode(path) for path in arguments[:2] if isinstance(path, str | bytes)]
        _watch.touched = next((path for path in paths if not _inside(path)), "")


def _allowed(path: str, *, writes: bool) -> bool:
    return _inside(path) or (not writes and path.startswith((*OWN, PROJECT)))


def _inside(path: str) -> bool:
    # Lexically: what lies behind a link in the folder was put there to be refused, and is told by the row's place.
    full = os.path.normpath(path)
    return full == _watch.folder or full.startswith(_watch.folder + os.sep)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Hang(f"more than {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _innermost(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.name}" for frame in frames[-3:]]
    return " > ".join((type(error).__name__, *places))


def _reset_peak() -> int:
    """Forget the peak so far, and say how much memory is resident now."""
    if FORGET.exists():
        FORGET.write_text("5", encoding="ascii")
    return _peak()


def _peak() -> int:
    """Bytes resident at the peak; 0 where the system does not say."""
    return most_resident() if STATUS.exists() else 0
