"""A Hugging Face CLIP model that embeds."""

from collections.abc import Sequence

import torch
from attrs import field, frozen
from torch import Tensor

from ...domain.devices import ModelState, Precision
from ...domain.tokens import bucket
from .towers import image_embeds, text_embeds, to_device
from .transformers_types import Clip, ClipTokenizer


@frozen(eq=False)
class ClipTokens:
    """Captions to tokens, padded to the bucket of the longest."""

    tokenizer: ClipTokenizer = field(repr=False)
    max_length: int

    def __call__(self, captions: Sequence[str]) -> Tensor:
        """Tokens of shape ``(captions, length)``, int64; cut at the maximum with the end token kept."""
        rows = self.tokenizer(list(captions), truncation=True, max_length=self.max_length)["input_ids"]
        length = bucket(max(map(len, rows)), maximum=self.max_length)
        pad = int(self.tokenizer.pad_token_id)
        return torch.tensor([row + [pad] * (length - len(row)) for row in rows], dtype=torch.int64)


@frozen(eq=False)
class ClipBackend:
    """
    A `ModelBackend` on a Hugging Face CLIP model.

    The model stays in evaluation mode; embeddings carry no gradient.
    """

    model: Clip = field(repr=False)
    tokens: ClipTokens
    state: ModelState

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """Tokens of captions, int64, shape ``(captions, length)``."""
        return self.tokens(captions)

    def encode_image(self, pixel_values: Tensor) -> Tensor:
        """Embed pictures of shape ``(batch, 3, H, W)``; float32 on the model's device, not normalised."""
        with torch.no_grad():
            return image_embeds(self.model, self._here(pixel_values), precision=self._precision)

    def encode_text(self, input_ids: Tensor) -> Tensor:
        """Embed tokens of shape ``(batch, length)``; float32 on the model's device, not normalised."""
        with torch.no_grad():
            return text_embeds(self.model, self._here(input_ids), precision=self._precision)

    @property
    def _precision(self) -> Precision:
        return self.state.precision

    def _here(self, tensor: Tensor) -> Tensor:
        return to_device(tensor, self.model.device)
