"""What pairs say: integer keys of every example, equal where two pairs say the same."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .config import LossConfig
from .pairs import Example

CAPTION: Final = "caption"
IMAGE: Final = "image"
NO_KEY: Final = -1


def keys_in_use(loss: LossConfig) -> tuple[str, ...]:
    """The kinds of keys that anything follows from: none where positives are ignored and batches simply shuffled."""
    return () if loss.positives == "ignore" and loss.batch_plan == "shuffle" else loss.positive_keys


def key_columns(kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds of keys that are columns of the user's table: every one but ``caption`` and ``image``."""
    return tuple(kind for kind in kinds if kind not in (CAPTION, IMAGE))


def normalised_caption(caption: str) -> str:
    """
    What a caption says, whatever its case, spacing, width of letters and trailing punctuation; for comparing only.

    A caption of punctuation alone keeps it.

    References:
        The Unicode Standard, section 3.13, identifier caseless matching, for the order of folding and composition.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", caption).casefold()).casefold()
    text = " ".join(unicodedata.normalize("NFKC", folded).split())
    end = len(text)
    while end and (text[end - 1] == " " or unicodedata.category(text[end - 1]).startswith("P")):
        end -= 1
    return text[:end] or text


@frozen(eq=False)
class ExampleKeys:
    """
    The keys of every caption of every example.

    Attributes:
        kinds: Names of the kinds of keys.
        values: Int64, shape ``(kinds, captions)``, the captions of all examples one after another; -1 is no key.
        starts: Int64, shape ``(examples,)``: where each example's captions begin.
        texts: For each kind, the text behind every key.
    """

    kinds: tuple[str, ...]
    values: NDArray[np.int64]
    starts: NDArray[np.int64]
    texts: tuple[tuple[str, ...], ...]

    def shown(self, captions: Sequence[int]) -> NDArray[np.int64]:
        """Keys of the pairs of an epoch that shows caption ``captions[i]`` of example ``i``: ``(kinds, examples)``."""
        return self.values[:, self.starts + np.asarray(captions, dtype=np.int64)]


def example_keys(examples: Sequence[Example], kinds: Sequence[str]) -> ExampleKeys:
    """
    Number what every caption of every example says, kind by kind.

    Equal texts of one kind have equal numbers; an empty cell, and a picture whose bytes no other has, have no key.

    Args:
        examples: The training pictures with their captions.
        kinds: ``caption``, ``image`` and names of columns that were gathered.
    """
    counts = np.fromiter((len(example.captions) for example in examples), dtype=np.int64, count=len(examples))
    numbered = [_numbered(text for example in examples for text in _texts(example, kind)) for kind in kinds]
    return ExampleKeys(
        kinds=tuple(kinds),
        values=np.array([numbers for numbers, _ in numbered], dtype=np.int64).reshape(len(numbered), counts.sum()),
        starts=np.cumsum(counts) - counts,
        texts=tuple(texts for _, texts in numbered),
    )


def _texts(example: Example, kind: str) -> Iterable[str]:
    if kind == CAPTION:
        return map(normalised_caption, example.captions)
    if kind == IMAGE:
        return (example.content,) * len(example.captions)
    return dict(example.labels)[kind]


def _numbered(texts: Iterable[str]) -> tuple[list[int], tuple[str, ...]]:
    known: dict[str, int] = {}
    numbers = [known.setdefault(text, len(known)) if text else NO_KEY for text in texts]
    return numbers, tuple(known)
