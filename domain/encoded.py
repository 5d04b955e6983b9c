"""Examples beside what a model made of them."""

import torch
from attrs import frozen
from torch import Tensor

from .pairs import Example, Rejected


@frozen(eq=False)
class EncodedExamples:
    """
    Examples whose pictures could be decoded, embedded.

    Attributes:
        examples: In their order, without those whose picture could not be decoded; each picture once.
        images: Float32 on the CPU, shape ``(pictures, width)``, row by row theirs; not normalized.
        captions: Those of all examples, one after another.
        owner: Int64, shape ``(captions,)``: the number of each caption's example.
        texts: Float32 on the CPU, shape ``(captions, width)``; not normalized.
        undecodable: Every other picture, where it stands, and why.
    """

    examples: tuple[Example, ...]
    images: Tensor
    captions: tuple[str, ...]
    owner: Tensor
    texts: Tensor
    undecodable: tuple[Rejected, ...]

    def part(self, numbers: list[int]) -> "EncodedExamples":
        """Some of the pictures, by number and in that order, with their captions."""
        place = torch.full((len(self.examples),), -1)
        place[numbers] = torch.arange(len(numbers))
        kept = (place[self.owner] >= 0).nonzero().flatten()
        kept = kept[place[self.owner[kept]].argsort(stable=True)]
        return EncodedExamples(
            examples=tuple(self.examples[number] for number in numbers),
            images=self.images[numbers],
            captions=tuple(self.captions[row] for row in kept.tolist()),
            owner=place[self.owner[kept]],
            texts=self.texts[kept],
            undecodable=(),
        )
