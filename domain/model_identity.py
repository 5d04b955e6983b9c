"""Which model made an embedding."""

import hashlib

from attrs import frozen


@frozen
class ModelIdentity:
    """
    Everything that decides what a model makes of a picture or a caption.

    Attributes:
        name: What a person calls the model; no part of what it is.
        weights: SHA-256 of configuration and weights of both towers.
        preprocessing: Digest of the rule by which a picture becomes the model's input.
        tokenizer: SHA-256 of the tokenizer and of how many tokens are read.
        width: Numbers in an embedding.
    """

    name: str
    weights: str
    preprocessing: str
    tokenizer: str
    width: int

    @property
    def image_key(self) -> str:
        """Equal where the same picture gets the same embedding."""
        return _digest(self.weights, self.preprocessing)

    @property
    def text_key(self) -> str:
        """Equal where the same caption gets the same embedding."""
        return _digest(self.weights, self.tokenizer)

    @property
    def key(self) -> str:
        """Equal where embeddings of either side can be compared with one another."""
        return _digest(self.weights, self.preprocessing, self.tokenizer)

    def differences(self, other: "ModelIdentity") -> tuple[str, ...]:
        """What is not the same, in a person's words; nothing where embeddings can be compared."""
        parts = {"weights": "the weights", "preprocessing": "the picture rule", "tokenizer": "the tokenizer"}
        return tuple(words for part, words in parts.items() if getattr(self, part) != getattr(other, part))


def _digest(*parts: str) -> str:
    return hashlib.sha256(":".join(parts).encode()).hexdigest()
