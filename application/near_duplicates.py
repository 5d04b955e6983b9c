"""Which pictures of a data set are nearly the same: look at each once, compare each with each."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, Protocol, TypeVar

import numpy as np
from attrs import field, frozen

from ..domain.errors import UnreadableImage
from ..domain.near_candidates import candidates, descriptors, row_blocks
from ..domain.near_duplicates import NearPair, chunks, comparable, in_order, merged, verified
from ..domain.pairs import ImageRef
from ..domain.perceptual import SIZE, Signatures, of_table
from .ports import Progress

# Signatures that are lost at most when a process is killed.
BATCH: Final = 512

Part = TypeVar("Part")
Found = TypeVar("Found")


class SignatureStore(Protocol):
    """Signatures of pictures, kept by their content."""

    def read(self, contents: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield those of these contents whose signature is kept, each with it."""
        ...

    def add(self, signatures: Mapping[str, bytes]) -> None:
        """
        Keep signatures by content, whole or not at all.

        Raises:
            RunFailed: If they cannot be written.
        """
        ...


@frozen(eq=False)
class Signed:
    """
    Contents and what they look like.

    Attributes:
        contents: The contents that were looked at, sorted.
        signatures: What they look like, in that order.
        unseen: Contents that cannot be decoded, each with the reason.
    """

    contents: tuple[str, ...]
    signatures: Signatures
    unseen: Mapping[str, str]


@frozen
class SignPictures:
    """
    Look at pictures that are not known yet.

    Attributes:
        look: Decodes a picture and makes its signature; called by several threads.
        store: What is known from before.
        progress: A person watching.
        workers: Pictures decoded at the same time.
    """

    look: Callable[[ImageRef], bytes]
    store: SignatureStore
    progress: Progress
    workers: int = field(default=4, kw_only=True)

    def __call__(self, images: Mapping[str, ImageRef], *, remembered: Collection[str] = ()) -> Signed:
        """
        Signatures of contents.

        Args:
            images: One picture for each content.
            remembered: Contents without a picture, which are taken along where their signature is kept.

        Raises:
            RunFailed: If signatures cannot be kept.
        """
        contents = sorted({*images, *remembered})
        places = {content: place for place, content in enumerate(contents)}
        table = np.zeros((len(contents), SIZE), dtype=np.uint8)
        seen = np.zeros(len(contents), dtype=bool)

        def note(content: str, signature: bytes) -> None:
            table[places[content]] = np.frombuffer(signature, dtype=np.uint8)
            seen[places[content]] = True

        for content, signature in self.store.read(contents):
            note(content, signature)
        new = {content: image for content, image in sorted(images.items()) if not seen[places[content]]}
        unseen: dict[str, str] = {}
        with self.progress.track("looking at pictures", total=len(images), done=len(images) - len(new)) as ticker:
            for batch in self._looked_at(new):
                made = {content: one for content, one in batch.items() if isinstance(one, bytes)}
                self.store.add(made)
                for content, signature in made.items():
                    note(content, signature)
                unseen |= {content: one.message for content, one in batch.items() if isinstance(one, UnreadableImage)}
                ticker.advance(len(batch))
        kept = np.flatnonzero(seen)
        rows = table if len(kept) == len(contents) else table[kept]
        return Signed(tuple(contents[place] for place in kept.tolist()), of_table(rows), unseen)

    def _looked_at(self, images: Mapping[str, ImageRef]) -> Iterator[dict[str, bytes | UnreadableImage]]:
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="look")
        rest = iter(images.items())
        try:
            while batch := tuple(islice(rest, BATCH)):
                looks = pool.map(self._look, (image for _, image in batch))
                yield dict(zip((content for content, _ in batch), looks, strict=True))
        finally:
            pool.shutdown(cancel_futures=True)

    def _look(self, image: ImageRef) -> bytes | UnreadableImage:
        try:
            return self.look(image)
        except UnreadableImage as error:
            # A fresh error: the caught one keeps the decoder alive, and with it the picture's memory.
            return UnreadableImage(error.message)


@frozen(eq=False)
class NearDuplicates:
    """
    Pictures that are nearly the same.

    Attributes:
        pairs: In the order of their places.
        flat: Places of pictures with nothing to be seen in them, which were compared with none.
        suspects: How many pairs were laid upon one another.
    """

    pairs: tuple[NearPair, ...]
    flat: tuple[int, ...]
    suspects: int


def find_near_duplicates(signatures: Signatures, *, progress: Progress, workers: int = 2) -> NearDuplicates:
    """
    Compare every picture with every other, in bounded memory beside the signatures themselves.

    Args:
        signatures: What they look like.
        progress: A person watching.
        workers: Threads; what is found does not depend on them.
    """
    ready = comparable(signatures)
    described = descriptors(signatures.luma, ready.places)
    with ThreadPoolExecutor(workers, thread_name_prefix="near") as pool:
        blocks = tuple(row_blocks(len(described)))
        with progress.track("comparing pictures coarsely", total=len(blocks)) as ticker:
            alike = list(_each(pool, lambda rows: candidates(described, rows), blocks, ticker.advance))
        suspects = merged(alike)
        parts = tuple(chunks(suspects))
        with progress.track("laying pictures upon one another", total=len(parts)) as ticker:
            found = list(_each(pool, lambda part: verified(ready, part), parts, ticker.advance))
    pairs = in_order((*ready.equal, *(pair for part in found for pair in part)))
    return NearDuplicates(pairs, ready.flat, len(suspects))


def _each(
    pool: ThreadPoolExecutor, work: Callable[[Part], Found], parts: Sequence[Part], done: Callable[[], None]
) -> Iterable[Found]:
    futures = [pool.submit(work, part) for part in parts]
    try:
        for future in futures:
            yield future.result()
            done()
    finally:
        for future in futures:
            future.cancel()
