"""Tiny models in the form of OpenAI's first checkpoints, whose end id of 2 means the highest."""

from pathlib import Path
from typing import Final

import pytest

from .clips import CAPTIONS, TOKENS

REAL: Final = Path(__file__).resolve().parents[3] / "shared" / "tokenizer"


def legacy_folder(folder: Path, *, vocabulary: str, positions: int = TOKENS) -> Path:
    """A model folder; ``vocabulary`` is ``own``, learned from a few captions, or ``real``, OpenAI's (skips without)."""
    import torch
    from transformers import CLIPModel, CLIPTokenizer

    from cliptune.adapters.models.architectures import ARCHITECTURES, clip_config
    from cliptune.adapters.models.tokenizers import train_tokenizer

    if vocabulary == "real" and not REAL.is_dir():
        pytest.skip("the real CLIP vocabulary is not beside the project")
    tokenizer = train_tokenizer(CAPTIONS) if vocabulary == "own" else CLIPTokenizer.from_pretrained(REAL)
    special = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    config = clip_config(
        ARCHITECTURES["tiny"], vocabulary=len(tokenizer), positions=positions, pixels=32, special=special
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        CLIPModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
