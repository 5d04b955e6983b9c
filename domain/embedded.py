"""The embeddings of a data set, and where each of them comes from."""

import hashlib
import types
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from .model_identity import ModelIdentity

MODULUS: Final = 2**256


@frozen
class ImageRow:
    """
    The picture behind a row of embeddings.

    Attributes:
        image: What the picture is called in its data set.
        location: Absolute path of its file, empty where it is none.
        content: SHA-256 of its encoded bytes.
        columns: Every other column of the first row that names it.
    """

    image: str
    location: str
    content: str
    columns: Mapping[str, str] = field(factory=dict)


@frozen
class CaptionRow:
    """
    The caption behind a row of embeddings.

    Attributes:
        image: The picture that it describes.
        caption: As written; equal captions of several pictures have a row each, with the same embedding.
        where: Where a person finds it, such as ``captions.csv:12``.
        columns: Every other column of its row.
    """

    image: str
    caption: str
    where: str
    columns: Mapping[str, str] = field(factory=dict)


@frozen(eq=False)
class EmbeddingsFolder:
    """
    What ``cliptune embed`` left: every picture and caption of a data set, embedded by one model.

    Attributes:
        model: Which model made the embeddings.
        images: Float32, shape ``(pictures, width)``, each of length 1.
        captions: Float32, shape ``(captions, width)``, each of length 1.
        image_rows: The picture behind every row of ``images``.
        caption_rows: The caption behind every row of ``captions``.
        data_name: What a person calls the data set, such as its path.
        data_fingerprint: Equal where pictures, their bytes and their captions are the same, in whatever order.
        created: When, ISO 8601.
        versions: The libraries that made them.
    """

    model: ModelIdentity
    images: NDArray[np.float32] = field(repr=False)
    captions: NDArray[np.float32] = field(repr=False)
    image_rows: tuple[ImageRow, ...] = field(repr=False)
    caption_rows: tuple[CaptionRow, ...] = field(repr=False)
    data_name: str = ""
    data_fingerprint: str = ""
    created: str = ""
    versions: Mapping[str, str | None] = field(factory=lambda: types.MappingProxyType({}))


def embedded_fingerprint(images: Sequence[ImageRow], captions: Sequence[CaptionRow]) -> str:
    """
    Fingerprint of pictures, their bytes and their captions, 64 hexadecimal digits, independent of their order.

    References:
        Bellare and Micciancio, *A New Paradigm for Collision-Free Hashing: Incrementality at Reduced Cost*, 1997.
    """
    pictures = (("image", row.image, row.content) for row in images)
    texts = (("caption", row.image, row.caption) for row in captions)
    total = sum(_digest(*parts) for parts in (*pictures, *texts))
    return hashlib.sha256(f"{len(images)}:{len(captions)}:{total % MODULUS:064x}".encode()).hexdigest()


def _digest(*parts: str) -> int:
    # Lengths first: ("ab", "c") and ("a", "bc") must differ.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode(errors="surrogatepass")).digest(), "big")
