"""What a tokenizer's limit cuts off captions."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ...domain.captions.truncation import MARKS, Truncation, truncation_of

if TYPE_CHECKING:
    from .loading import LoadedClip

BATCH: Final = 1024


def truncations(clip: "LoadedClip", captions: Sequence[str]) -> Iterator[Truncation]:
    """How much of each caption a model reads, in order; the tokenizer says which characters are behind a token."""
    for start in range(0, len(captions), BATCH):
        batch = list(captions[start : start + BATCH])
        read = clip.tokenizer(batch, add_special_tokens=False, return_offsets_mapping=True)
        for caption, spans in zip(batch, read["offset_mapping"], strict=True):
            yield truncation_of(caption, spans, limit=clip.max_length)


def may_be_cut(clip: "LoadedClip", caption: str) -> bool:
    """Whether a caption can be over the limit at all: a plain letter never makes two tokens."""
    return len(caption) > clip.max_length - MARKS or not caption.isascii()
