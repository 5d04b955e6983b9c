"""Looks at pictures held in memory."""

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import define, evolve, field
from numpy.typing import NDArray

from ...domain.audit.looks import KeptLook, Look
from ...domain.pairs import ImageRef


@define(eq=False)
class MemoryLooks:
    """A `LookStore` that forgets everything with the process, for small data sets and tests."""

    _kept: dict[tuple[str, int], KeptLook] = field(factory=dict, init=False)
    _signatures: list[bytes] = field(factory=list, init=False)

    def kept(self, images: Sequence[ImageRef]) -> Iterator[tuple[int, KeptLook]]:
        """What is kept of pictures, each with the picture's place."""
        for number, image in enumerate(images):
            found = self._kept.get((image.location, image.page))
            if found is not None:
                yield number, found

    def add(self, image: ImageRef, state: str, look: Look, signature: bytes) -> int:
        """Keep a look and a signature; where the signature is, -1 where it is empty."""
        record = -1
        if signature:
            record = len(self._signatures)
            self._signatures.append(signature)
        self._kept[image.location, image.page] = KeptLook(state, record, look)
        return record

    def keep_on(self, image: ImageRef, state: str, kept: KeptLook) -> None:
        """Keep an earlier look under another state of the file."""
        self._kept[image.location, image.page] = evolve(kept, state=state)

    def flush(self) -> None:
        """There is nothing to hand on."""

    def signatures(self, records: Sequence[int]) -> NDArray[np.uint8]:
        """Signatures by where they are kept, shape ``(records, bytes)``."""
        kept = b"".join(self._signatures[record] for record in records)
        return np.frombuffer(kept, dtype=np.uint8).reshape(len(records), -1 if records else 0)
