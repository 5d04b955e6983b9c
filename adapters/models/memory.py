"""A model without weights to load, for tests of one's own."""

import hashlib
from collections.abc import Sequence
from typing import Final

import torch
from attrs import Factory, field, frozen
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, embedding_bag

from ...domain.devices import ModelState

GRID: Final = 8
WORDS: Final = 4096
PADDING: Final = 0
END: Final = 1
STATE: Final = ModelState(
    device_type="cpu",
    apple_silicon=False,
    mps_available=False,
    precision="float32",
    domain="general",
    mode="evaluation",
)


@frozen(eq=False)
class MemoryBackend:
    """
    A `ModelBackend` that projects pixels and hashed words at random, always in the same way.

    A picture is seen as a grid of 8 × 8 mean colors, a caption as the sum of its words. Pictures and captions know
    nothing of each other, so a retrieval on them is near chance; equal inputs have equal embeddings.

    Attributes:
        width: Width of the embeddings.
        seed: Of the projections.
        max_length: Tokens of a caption at most, the end token among them.
        state: What it says of itself.
    """

    width: int = field(default=32, kw_only=True)
    seed: int = field(default=0, kw_only=True)
    max_length: int = field(default=77, kw_only=True)
    state: ModelState = field(default=STATE, kw_only=True)
    _pixels: Tensor = field(
        init=False, repr=False, default=Factory(lambda self: self.draw("pixels", rows=3 * GRID * GRID), takes_self=True)
    )
    _words: Tensor = field(
        init=False, repr=False, default=Factory(lambda self: self.draw("words", rows=WORDS), takes_self=True)
    )

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """A number for each word, the end token, and padding; int64, shape ``(captions, length)``."""
        rows = [[*map(_token, caption.lower().split()[: self.max_length - 1]), END] for caption in captions]
        length = max(map(len, rows), default=1)
        tokens = [row + [PADDING] * (length - len(row)) for row in rows]
        return torch.tensor(tokens, dtype=torch.int64).reshape(len(rows), length)

    def encode_image(self, pixel_values: Tensor) -> Tensor:
        """Embed pictures of shape ``(batch, 3, H, W)``; float32, shape ``(batch, width)``, not normalized."""
        return adaptive_avg_pool2d(pixel_values.float(), GRID).flatten(1) @ self._pixels

    def encode_text(self, input_ids: Tensor) -> Tensor:
        """Embed tokens of shape ``(batch, length)``; float32, shape ``(batch, width)``, not normalized."""
        return embedding_bag(input_ids, self._words, mode="sum", padding_idx=PADDING)

    def draw(self, what: str, *, rows: int) -> Tensor:
        """A random matrix of shape ``(rows, width)`` that depends on its name and the seed alone."""
        generator = torch.Generator().manual_seed(_number(f"{what}/{self.seed}", below=2**63))
        return torch.randn(rows, self.width, generator=generator)


def _token(word: str) -> int:
    """A number after those of padding and end, the same in every process."""
    return 2 + _number(word, below=WORDS - 2)


def _number(name: str, *, below: int) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % below
