"""Work begun ahead of need, handed out in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import repeat
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from ...domain.augmentation import Augmentation
from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef

if TYPE_CHECKING:
    from torch import Tensor

Wanted: TypeAlias = Sequence[tuple[ImageRef, Augmentation | None]]
Picture: TypeAlias = NDArray[np.float32] | UnreadableImage
Work: TypeAlias = Future[list[Picture]]


class ArrayReader(Protocol):
    """An image reader that can do without torch."""

    def array(
        self, image: ImageRef, augmentation: Augmentation | None = None, *, size: int | None = None
    ) -> NDArray[np.float32]:
        """
        The pixels of ``ImageReader.pixels`` as a NumPy array.

        Raises:
            UnreadableImage: If the picture cannot be decoded faithfully.
        """
        ...


@frozen
class Order:
    """
    Pictures that are wanted together.

    Attributes:
        wanted: Which, and how each is shown.
        size: The side of their square; None is the reader's own.
    """

    wanted: Wanted
    size: int | None = None


def orders(plan: Iterable[Wanted], sizes: Iterable[int] | None) -> Iterator[Order]:
    """The batches of a plan with the size of each, taken no earlier than they are asked for."""
    return map(Order, plan, repeat(None) if sizes is None else sizes)


def read(reader: ArrayReader, order: Order) -> list[Picture]:
    """Read pictures one after the other; one that fails comes as its error."""
    return [_read_one(reader, image, augmentation, size=order.size) for image, augmentation in order.wanted]


def _read_one(reader: ArrayReader, image: ImageRef, augmentation: Augmentation | None, *, size: int | None) -> Picture:
    try:
        return reader.array(image, augmentation, size=size)
    except UnreadableImage as error:
        # A fresh error: the caught one keeps every frame of the decoder alive, and with them the picture's memory.
        return UnreadableImage(error.message)


def as_tensors(pictures: Iterable[Picture]) -> "tuple[Tensor | UnreadableImage, ...]":
    """Arrays as tensors, made in the thread that asks: where the device is MPS, only one thread may touch torch."""
    import torch

    return tuple(each if isinstance(each, UnreadableImage) else torch.from_numpy(each) for each in pictures)


def look_ahead(
    plan: Iterable[Order], *, submit: Callable[[Order], list[Work]], ahead: int
) -> "Iterator[tuple[Tensor | UnreadableImage, ...]]":
    """
    Yield the pictures of each batch of a plan in order, with up to ``ahead`` further batches under way.

    The plan may be endless: no more of it is taken than that. Closing the iterator cancels what has not begun.
    """
    under_way: deque[list[Work]] = deque()
    try:
        for batch in plan:
            under_way.append(submit(batch))
            if len(under_way) > ahead:
                yield _next(under_way)
        while under_way:
            yield _next(under_way)
    finally:
        for works in under_way:
            for work in works:
                work.cancel()


def _next(under_way: deque[list[Work]]) -> "tuple[Tensor | UnreadableImage, ...]":
    """Wait for the oldest batch; it stays in the queue until it is there, so that it can still be cancelled."""
    pictures = as_tensors(picture for work in under_way[0] for picture in work.result())
    under_way.popleft()
    return pictures
