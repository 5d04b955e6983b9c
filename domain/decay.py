"""Which parameters weight decay may touch."""

from typing import Final

NEVER_DECAYED: Final = ("logit_scale", "logit_bias", "class_embedding", "position_embedding", "token_embedding")


def is_decayed(name: str, *, dimensions: int) -> bool:
    """
    Whether the parameter ``name`` of so many dimensions is a weight matrix that decays.

    Biases, norms, embeddings and the logit scale do not: decay would pull them towards values that mean something.

    References:
        Radford et al., *Learning Transferable Visual Models From Natural Language Supervision*, 2021, section 2.5.
    """
    return dimensions > 1 and not any(part in NEVER_DECAYED for part in name.split("."))
