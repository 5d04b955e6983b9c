"""One look at every picture of a data set, several at the same time; what was seen before is not looked at again."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import Final, Protocol

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.typing import NDArray

from ..domain.audit.looks import KeptLook, Look, Looks, gather_looks
from ..domain.audit.table import EMPTY, Codes
from ..domain.pairs import ImageRef
from .ports import Progress

# Pictures of one task: enough to make a task cheap, few enough that little is lost when the process is killed.
TASK: Final = 8
# Tasks that may wait for every worker, so that memory does not grow with the data set.
AHEAD: Final = 3

Seen = tuple[Look, bytes] | None


class PictureLooker(Protocol):
    """Opens a picture's file once, and tells everything that can be told of it."""

    def state(self, image: ImageRef) -> str:
        """What changes when the file does, without reading it; empty where nothing of that kind is known."""
        ...

    def look(self, image: ImageRef, *, unless: str = "") -> Seen:
        """
        Look at a picture; what cannot be read is a look, too.

        Args:
            image: Which picture.
            unless: A checksum; None is returned if the picture's bytes have it.

        Returns:
            The look, and the picture's signature, empty where it has none.
        """
        ...


class LookStore(Protocol):
    """Where looks are kept between audits, one at a time, so that a killed audit loses next to nothing."""

    def kept(self, images: Sequence[ImageRef]) -> Iterator[tuple[int, KeptLook]]:
        """What is kept of pictures, each with the picture's place; of two looks at one the later counts."""
        ...

    def add(self, image: ImageRef, state: str, look: Look, signature: bytes) -> int:
        """Keep a look and a signature; where the signature is, -1 where it is empty."""
        ...

    def keep_on(self, image: ImageRef, state: str, kept: KeptLook) -> None:
        """Keep an earlier look under another state of the file."""
        ...

    def flush(self) -> None:
        """Hand everything added to the system."""
        ...

    def signatures(self, records: Sequence[int]) -> NDArray[np.uint8]:
        """Signatures by where they are kept, shape ``(records, bytes)``; in memory only as far as they are read."""
        ...


@frozen(eq=False)
class Looked:
    """
    Looks at all pictures.

    Attributes:
        looks: What was seen.
        records: Where the signature of each picture is kept, shape ``(images,)``; -1 where it has none.
        fresh: How many pictures were looked at just now.
        kept: How many looks were kept from earlier.
    """

    looks: Looks
    records: Codes
    fresh: int
    kept: int


@define
class _Course:
    """What a look at all pictures has come to."""

    records: Codes
    settled: set[int] = field(factory=set)
    unsure: dict[int, KeptLook] = field(factory=dict)
    fresh: int = 0


@frozen
class LookAtPictures:
    """
    Look at pictures, those first seen or changed only.

    Attributes:
        looker: Looks at one; used by several threads.
        store: Keeps looks.
        progress: A person watching.
        workers: Pictures looked at at the same time.
    """

    looker: PictureLooker
    store: LookStore
    progress: Progress
    workers: int = field(default=4, kw_only=True)

    def __call__(self, images: Sequence[ImageRef]) -> Looked:
        """The looks at all pictures; each is kept as soon as it was taken."""
        course = _Course(np.full(len(images), EMPTY, dtype=np.int64))
        looks = gather_looks(len(images), chain(self._kept(images, course), self._fresh(images, course)))
        return Looked(looks, course.records, course.fresh, len(images) - course.fresh)

    def _kept(self, images: Sequence[ImageRef], course: _Course) -> Iterator[tuple[int, Look]]:
        for number, kept in self.store.kept(images):
            state = self.looker.state(images[number])
            course.settled.discard(number)
            if kept.state and kept.state == state:
                course.settled.add(number)
            elif kept.look.content:
                # Whole only where it is written anew: of pictures that are no files the checksum is enough.
                course.unsure[number] = kept if state else evolve(kept, look=Look(content=kept.look.content))
            else:
                continue
            course.records[number] = kept.record
            yield number, kept.look

    def _fresh(self, images: Sequence[ImageRef], course: _Course) -> Iterator[tuple[int, Look]]:
        rest = (number for number in range(len(images)) if number not in course.settled)
        done = len(course.settled)
        with self.progress.track("looking at pictures", total=len(images), done=done) as ticker:
            for seen in self._ahead(images, rest, course.unsure):
                for number, state, found in seen:
                    known = course.unsure.pop(number, None)
                    if found is None and known is not None and state:
                        self.store.keep_on(images[number], state, known)
                    elif found is not None:
                        look, signature = found
                        course.records[number] = self.store.add(images[number], state, look, signature)
                        course.fresh += 1
                        yield number, look
                self.store.flush()
                ticker.advance(len(seen))

    def _ahead(
        self, images: Sequence[ImageRef], numbers: Iterator[int], unsure: dict[int, KeptLook]
    ) -> Iterator[list[tuple[int, str, Seen]]]:
        def look_at(part: tuple[int, ...]) -> list[tuple[int, str, Seen]]:
            # The state before the look: a file that changes meanwhile is looked at again the next time.
            contents = [unsure[one].look.content if one in unsure else "" for one in part]
            return [
                (one, self.looker.state(images[one]), self.looker.look(images[one], unless=content))
                for one, content in zip(part, contents, strict=True)
            ]

        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="look")
        waiting: deque[Future[list[tuple[int, str, Seen]]]] = deque()
        try:
            while part := tuple(islice(numbers, TASK)):
                waiting.append(pool.submit(look_at, part))
                if len(waiting) >= AHEAD * self.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # An interrupted look must not go on to the last of half a million pictures.
            pool.shutdown(cancel_futures=True)
