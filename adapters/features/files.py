"""A cache of embeddings in files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from attrs import field, frozen
from torch import Tensor

from ..storage.asides import HALF_WRITTEN, Asides
from ..storage.durable import replace_file, write_errors_told

CONTENTS: Final = "contents"
EMBEDDINGS: Final = "embeddings"
SUFFIX: Final = ".safetensors"


@frozen(eq=False)
class FeatureFiles:
    """
    A `FeatureCache` below a folder: one folder for each tower, one file for each time that something was added.

    A file is named after its contents, written aside and renamed, so that several runs may add at the same time and a
    killed one leaves whole files only. A file that cannot be read is passed over: what it held is made again.

    Attributes:
        root: Made by the first write; it may be deleted at any time between runs.
    """

    root: Path
    _asides: Asides = field(init=False, factory=Asides, repr=False)

    def read(self, tower: str) -> Mapping[str, Tensor]:
        """Every embedding of a tower by the content that it was made from."""
        found: dict[str, Tensor] = {}
        for file in sorted((self.root / tower).glob(f"[!.]*{SUFFIX}")):
            found |= _read(file)
        return found

    def add(self, tower: str, embeddings: Mapping[str, Tensor]) -> None:
        """
        Keep embeddings by content, whole or not at all, beside those that are there.

        Raises:
            RunFailed: If the disk is full or cannot be written.
        """
        from safetensors.torch import save

        if not embeddings:
            return
        contents = "\n".join(embeddings).encode()
        data = save(
            {
                CONTENTS: torch.frombuffer(bytearray(contents), dtype=torch.uint8),
                EMBEDDINGS: torch.stack(list(embeddings.values())),
            }
        )
        path = self.root / tower / f"{hashlib.sha256(contents).hexdigest()[:32]}{SUFFIX}"
        with write_errors_told("embeddings of a frozen tower"):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data, aside=self._asides.beside(path, HALF_WRITTEN))


def _read(file: Path) -> Mapping[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(file)
        contents = bytes(tensors[CONTENTS].numpy()).decode().split("\n")
        return dict(zip(contents, tensors[EMBEDDINGS], strict=True))
    except (SafetensorError, OSError, KeyError, ValueError):
        return {}
