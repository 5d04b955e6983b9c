"""What identifies a loaded model."""

import hashlib
import json

from ...domain.model_identity import ModelIdentity
from .adaptation import tower_digest
from .loading import LoadedClip


def clip_identity(clip: LoadedClip) -> ModelIdentity:
    """
    The identity of a model with its tokenizer and its picture rule.

    The weights are those in memory, so that it does not matter in which file, or how many, they were kept.
    """
    towers = "".join(tower_digest(clip.model, tower) for tower in ("image", "text"))
    return ModelIdentity(
        name=clip.name,
        weights=hashlib.sha256(towers.encode()).hexdigest(),
        preprocessing=clip.preprocessing.digest(),
        tokenizer=_tokenizer_digest(clip),
        width=int(clip.model.config.projection_dim),
    )


def _tokenizer_digest(clip: LoadedClip) -> str:
    """What the tokenizer makes of a text; how it pads and cuts is the caller's, and changes from call to call."""
    parts = json.loads(clip.tokenizer.backend_tokenizer.to_str())
    known = {name: part for name, part in parts.items() if name not in ("padding", "truncation")}
    return hashlib.sha256(json.dumps([clip.max_length, known], sort_keys=True).encode()).hexdigest()
