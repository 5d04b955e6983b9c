"""A stream of rows taken into shards: what is whole stays, and the place in the stream is known exactly."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from attrs import asdict, define, evolve, field, frozen

from ...domain.errors import UnreadableImage
from ...domain.pairs import Rejected
from ..shards.kinds import suffix_of
from ..shards.paths import SUFFIX
from ..shards.writing import ShardWriter, sample_parts
from ..storage.asides import HALF_WRITTEN, Asides
from ..storage.durable import replace_file, sync, write_errors_told
from ..storage.lock import run_lock
from ..system.clock import SystemClock
from ..tracking.progress import progress_on_stderr
from .held import KEY
from .hub import SPLIT_COLUMN
from .rows import plain_columns
from .streams import Stream

STATE: Final = "intake.json"
HALF: Final = ".half"
MEGABYTE: Final = 1_000_000


@frozen
class Place:
    """
    Where a stream goes on.

    Attributes:
        split: Which split, by number.
        shard: Which of the split's files.
        offset: Which row of the file.
        index: Which row of the split.
    """

    split: int = 0
    shard: int = 0
    offset: int = 0
    index: int = 0


@frozen
class State:
    """What has come so far: the shards, the rows that have no picture, and where the stream goes on."""

    shards: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    place: Place = field(factory=Place)
    complete: bool = False


@define
class Intake:
    """
    Reads a data set as a stream into shards, and goes on where it was stopped.

    The place in the stream is counted here, by file and row: how the library itself resumes has been wrong before
    (datasets#8308, #7901). A file of the data set is read from its beginning and counted up to the row.
    """

    path: str
    prefix: str
    split: str | None
    image_column: str
    caption_column: str
    allow_outside: bool
    folder: Path
    megabytes: int

    def complete(self) -> tuple[tuple[Path, ...], tuple[Rejected, ...]]:
        """
        Read what has not come yet; the shards in order, and the rows without a picture.

        Raises:
            UnreadableData: If the stream breaks off.
            RunFailed: If the shards cannot be written, or another process is at it.
        """
        state = self._state()
        if not state.complete:
            with write_errors_told(str(self.folder)), run_lock(self.folder):
                state = self._read_on(self._state())
        return tuple(self.folder / name for name in state.shards), state.rejected

    def _state(self) -> State:
        try:
            told = json.loads((self.folder / STATE).read_bytes())
            state = State(
                tuple(map(str, told["shards"])),
                tuple(Rejected(**row) for row in told["rejected"]),
                Place(**told["place"]),
                told["complete"] is True,
            )
        except (OSError, ValueError, TypeError, KeyError):
            return State()
        return state if all((self.folder / name).is_file() for name in state.shards) else State()

    def _read_on(self, state: State) -> State:
        stream = Stream(self.path, self.split, self.image_column, self.caption_column, self.allow_outside)
        progress = progress_on_stderr(SystemClock())
        rejected = list(state.rejected)
        place = state.place
        with progress.track(f"reading {self.path}", total=stream.rows or 0, done=place.index) as ticker:
            part = _Part(self.folder / HALF)
            try:
                for at, split, record in _after(stream, place):
                    taken = self._sample(stream, split, at, record)
                    if isinstance(taken, Rejected):
                        rejected.append(taken)
                    else:
                        part.shard.add(taken)
                    place = evolve(at, offset=at.offset + 1, index=at.index + 1)
                    ticker.advance()
                    if part.shard.size > self.megabytes * MEGABYTE:
                        part.close()
                        state = self._keep(State(state.shards, tuple(rejected), place), part.path)
                        part = _Part(part.path)
            finally:
                part.close()
        final = State(state.shards, tuple(rejected), place, complete=True)
        if part.shard.size:
            return self._keep(final, part.path)
        part.path.unlink()
        return self._note(final)

    def _keep(self, state: State, half: Path) -> State:
        """Give a whole shard its name, and note that it is there."""
        name = f"{len(state.shards):06}{SUFFIX}"
        sync(half)
        half.rename(self.folder / name)
        sync(self.folder)
        return self._note(evolve(state, shards=(*state.shards, name)))

    def _note(self, state: State) -> State:
        path = self.folder / STATE
        text = json.dumps({**asdict(state)}, ensure_ascii=True).encode()
        replace_file(path, text, aside=Asides().beside(path, HALF_WRITTEN))
        return state

    def _sample(self, stream: Stream, split: str, place: Place, record: dict[str, Any]) -> dict[str, bytes] | Rejected:
        key = f"{self.prefix}{split}/{place.index}" if split else f"{self.prefix}{place.index}"
        where = f"{self.path}:{key.removeprefix(self.prefix)}"
        try:
            picture = stream.picture(record)
        except UnreadableImage as error:
            return Rejected(where, key, error.message)
        caption = record.get(self.caption_column)
        told = {
            **plain_columns(record, without=(self.image_column, self.caption_column)),
            **({SPLIT_COLUMN: split} if split else {}),
            self.caption_column: caption if isinstance(caption, str | list) else None,
            KEY: key,
        }
        first = caption[0] if isinstance(caption, list) and caption else caption
        return sample_parts(
            f"{split or 'row'}-{place.index:09}",
            suffix=suffix_of(record_path(record.get(self.image_column)), picture),
            picture=picture,
            caption=first if isinstance(first, str) else "",
            record=told,
        )


class _Part:
    """A shard that is being written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        self.shard = ShardWriter(self._file)

    def close(self) -> None:
        """Write the end mark, once."""
        if not self._file.closed:
            self.shard.close()
            self._file.close()


def record_path(held: object) -> str:
    """The name that a row tells of its picture; empty where it tells none."""
    path = held.get("path") if isinstance(held, dict) else held
    return path if isinstance(path, str) else ""


def _after(stream: Stream, begun: Place) -> Iterator[tuple[Place, str, dict[str, Any]]]:
    """Every row from a place on, with its own."""
    for number, split in enumerate(stream.splits):
        if number < begun.split:
            continue
        place = begun if number == begun.split else Place(split=number)
        for shard in range(place.shard, stream.files(split)):
            offset = place.offset if shard == place.shard else 0
            place = evolve(place, shard=shard, offset=offset)
            for record in islice(stream.records(split, shard), offset, None):
                yield place, split, record
                place = evolve(place, offset=place.offset + 1, index=place.index + 1)
            place = evolve(place, shard=shard + 1, offset=0)
