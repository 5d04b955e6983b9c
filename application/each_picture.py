"""One look at every picture of a data set, several at the same time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, TypeVar

from ..domain.pairs import ImageRef
from .ports import Progress

# Pictures a worker looks at before it reports: one future for each picture would cost more than the look.
SLICE: Final = 64

Found = TypeVar("Found")


def each_picture(
    images: Sequence[ImageRef], look: Callable[[ImageRef], Found], *, title: str, progress: Progress, workers: int
) -> dict[str, Found]:
    """
    What a look at each picture finds, by the picture's key.

    Args:
        images: Distinct pictures.
        look: Looks at one; called by several threads.
        title: What a person watching is told.
        progress: The person watching.
        workers: Pictures looked at at the same time.
    """

    def look_at(part: Sequence[ImageRef]) -> list[tuple[str, Found]]:
        return [(image.key, look(image)) for image in part]

    found: dict[str, Found] = {}
    with progress.track(title, total=len(images)) as ticker:
        pool = ThreadPoolExecutor(workers, thread_name_prefix="look")
        try:
            for results in pool.map(look_at, _slices(images)):
                found.update(results)
                ticker.advance(len(results))
        finally:
            # An interrupted look must not go on to the last of half a million pictures.
            pool.shutdown(cancel_futures=True)
    return found


def _slices(images: Iterable[ImageRef]) -> Iterator[tuple[ImageRef, ...]]:
    rest = iter(images)
    while taken := tuple(islice(rest, SLICE)):
        yield taken
