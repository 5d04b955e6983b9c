"""Tokens of captions, counted with the tokenizer of a folder."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from ...domain.captions.truncation import Truncation, truncation_of

FILES: Final = ("tokenizer.json", "vocab.json")
BLOCK: Final = 1024


@frozen(eq=False)
class FolderTokenizer:
    """
    Counts with the tokenizer that a folder holds; nothing is fetched from anywhere.

    Attributes:
        folder: Of a tokenizer or a model.
    """

    folder: Path

    def cut(self, captions: Sequence[str], limit: int) -> Iterator[Truncation]:
        """What is left of each caption under a limit on tokens, begin and end included."""
        tokenizer = self._loaded()
        for start in range(0, len(captions), BLOCK):
            block = list(captions[start : start + BLOCK])
            coded = tokenizer(block, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
            for caption, spans in zip(block, coded["offset_mapping"], strict=True):
                yield truncation_of(caption, spans, limit=limit)

    def _loaded(self) -> Any:
        from transformers import CLIPTokenizer

        return CLIPTokenizer.from_pretrained(str(self.folder), local_files_only=True)


def tokenizer_at(name: str | None) -> FolderTokenizer | None:
    """The tokenizer of a folder; None where the name is none, or leads to no folder with one."""
    if not name:
        return None
    folder = Path(name).expanduser()
    for place in (folder, folder / "model"):
        if any((place / file).is_file() for file in FILES):
            return FolderTokenizer(place)
    return None
