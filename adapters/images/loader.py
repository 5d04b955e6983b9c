"""Pictures decoded ahead of need: in line, in threads, or in processes, with the same result."""

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import TYPE_CHECKING, Final

from attrs import define, evolve, field, frozen
from attrs.validators import ge

from ...domain.config.training import WorkerKind
from ...domain.errors import RunFailed, UnreadableImage
from .look_ahead import ArrayReader, Order, Wanted, Work, as_tensors, look_ahead, orders, read
from .worker import begin, work

if TYPE_CHECKING:
    from torch import Tensor

AHEAD: Final = 2
# Pictures of one task in a worker process: enough to make the way there cheap, few enough to spread a batch.
TASK: Final = 8


@frozen
class InlineLoader:
    """A `PictureLoader` that decodes each batch when it is asked for, in the thread that asks."""

    reader: ArrayReader

    def load(
        self, plan: Iterable[Wanted], *, sizes: Iterable[int] | None = None
    ) -> "Iterator[tuple[Tensor | UnreadableImage, ...]]":
        """Yield the pixels of each batch of the plan in order; a picture that fails comes as its error."""
        for order in orders(plan, sizes):
            yield as_tensors(read(self.reader, order))


@frozen
class ThreadLoader:
    """
    A `PictureLoader` that decodes in threads; Pillow leaves the interpreter to others while it decodes and resizes.

    Attributes:
        reader: Reads one picture; used by several threads at once.
        workers: Number of threads.
        ahead: Batches that may be under way beyond the one that is asked for.
    """

    reader: ArrayReader
    workers: int = field(validator=ge(1))
    ahead: int = field(default=AHEAD, validator=ge(1))

    def load(
        self, plan: Iterable[Wanted], *, sizes: Iterable[int] | None = None
    ) -> "Iterator[tuple[Tensor | UnreadableImage, ...]]":
        """Yield the pixels of each batch of the plan in order; a picture that fails comes as its error."""
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="pictures")

        def submit(order: Order) -> list[Work]:
            return [pool.submit(read, self.reader, evolve(order, wanted=(each,))) for each in order.wanted]

        try:
            yield from look_ahead(orders(plan, sizes), submit=submit, ahead=self.ahead)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@define(eq=False)
class ProcessLoader:
    """
    A `PictureLoader` that decodes in processes, which are started once and serve every later call.

    Processes are spawned, not forked: a fork would copy the locks that torch's threads hold. So a script that uses
    this needs the usual ``if __name__ == "__main__":``, and the reader must be picklable, its opener included.

    Attributes:
        reader: Reads one picture; each process gets a copy of it.
        workers: Number of processes.
        ahead: Batches that may be under way beyond the one that is asked for.
    """

    reader: ArrayReader
    workers: int = field(validator=ge(1))
    ahead: int = field(default=AHEAD, validator=ge(1))
    _pool: ProcessPoolExecutor | None = field(default=None, init=False, repr=False)

    def load(
        self, plan: Iterable[Wanted], *, sizes: Iterable[int] | None = None
    ) -> "Iterator[tuple[Tensor | UnreadableImage, ...]]":
        """
        Yield the pixels of each batch of the plan in order; a picture that fails comes as its error.

        Raises:
            RunFailed: If a worker process died.
        """
        try:
            yield from look_ahead(orders(plan, sizes), submit=self._submit, ahead=self.ahead)
        except BrokenProcessPool as error:
            self.close()
            raise RunFailed(
                "a process that decodes pictures died; it was killed, most likely for want of memory, or could not "
                "start: use fewer num_workers or worker_kind: thread, and in a script of your own call this under "
                'if __name__ == "__main__":'
            ) from error

    def close(self) -> None:
        """End the processes; the next ``load`` starts new ones."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def __enter__(self) -> "ProcessLoader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _submit(self, order: Order) -> list[Work]:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.workers, context, begin, (self.reader,))
        batch = tuple(order.wanted)
        share = max(1, min(TASK, -(-len(batch) // self.workers)))
        parts = (batch[start : start + share] for start in range(0, len(batch), share))
        return [self._pool.submit(work, evolve(order, wanted=part)) for part in parts]


def picture_loader(
    reader: ArrayReader, *, workers: int, kind: WorkerKind
) -> InlineLoader | ThreadLoader | ProcessLoader:
    """The loader for a number of workers and their kind; none at all decodes in line."""
    if workers == 0:
        return InlineLoader(reader)
    return ThreadLoader(reader, workers) if kind == "thread" else ProcessLoader(reader, workers)
