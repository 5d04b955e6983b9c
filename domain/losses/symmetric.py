"""From a family of losses to the objective of a whole batch, in both directions, at once or block by block."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import torch
from attrs import frozen
from torch import Tensor

from ..config.objective import PositivesPolicy
from ..positives import Positives
from ..similarity import normalize
from .rows import Family, Rows, RowTerms
from .terms import LossTerms

Direction = Literal["image_to_text", "text_to_image"]
DIRECTIONS: tuple[Direction, ...] = ("image_to_text", "text_to_image")


@frozen(eq=False)
class Sides:
    """
    A whole batch as every block sees it.

    Attributes:
        images: Normalised, at least float32, shape ``(pairs, width)``.
        texts: Normalised, at least float32, shape ``(pairs, width)``.
        temperature: Divides the cosines; a number, or a scalar tensor where it is learned.
        bias: Bias of pairwise losses, a scalar tensor; None where there is none.
        positives: Which pairs say the same; None where none do, or nobody asked.
    """

    images: Tensor
    texts: Tensor
    temperature: float | Tensor
    bias: Tensor | None = None
    positives: Positives | None = None

    def __len__(self) -> int:
        return len(self.images)


@frozen(eq=False)
class Objective:
    """
    What is minimised: a pure function of one whole batch.

    Attributes:
        family: The loss of a row.
        policy: What it does with other pairs that say the same.
    """

    family: Family
    policy: PositivesPolicy = "mask"

    @property
    def biased(self) -> bool:
        """Whether it needs a bias."""
        return self.family.biased

    def __call__(
        self,
        image_embeds: Tensor,
        text_embeds: Tensor,
        *,
        temperature: float | Tensor,
        positives: Positives | None = None,
        bias: Tensor | None = None,
    ) -> LossTerms:
        """
        The value on a batch; half precision is raised to float32 before anything is computed.

        Args:
            image_embeds: Shape ``(pairs, width)``; need not be normalised.
            text_embeds: Shape ``(pairs, width)``; row ``i`` belongs to row ``i`` of the images.
            temperature: Divides the cosines; a number, or a scalar tensor where it is learned.
            positives: Which pairs say the same; with none related the value is the plain one to the bit.
            bias: Bias of pairwise losses, a scalar tensor.

        Raises:
            ValueError: If the two sides are not matrices of one shape.
        """
        check_sides(image_embeds, text_embeds)
        related = positives if positives is not None and positives.any else None
        sides = Sides(normalize(image_embeds), normalize(text_embeds), temperature, bias, related)
        whole, cosines = slice(0, len(sides)), sides.images @ sides.texts.T
        return self.reduced(
            [self._rows(sides, whole, cosines)],
            [self._rows(sides, whole, cosines.T)],
        )

    def block(self, sides: Sides, rows: slice, direction: Direction) -> RowTerms:
        """The terms of some queries of one direction against all candidates."""
        queries, candidates = (
            (sides.images, sides.texts) if direction == "image_to_text" else (sides.texts, sides.images)
        )
        return self._rows(sides, rows, queries[rows] @ candidates.T)

    def reduced(self, image_to_text: Sequence[RowTerms], text_to_image: Sequence[RowTerms]) -> LossTerms:
        """The value of a batch from the terms of its blocks: the mean of both directions, each the mean of its rows."""
        one, other = (torch.cat([terms.loss for terms in side]).mean() for side in (image_to_text, text_to_image))
        blocks = (*image_to_text, *text_to_image)
        return LossTerms(
            loss=(one + other) / 2,
            image_to_text_loss=one,
            text_to_image_loss=other,
            diagnostics={
                **{name: values.sum(dim=0) for name, values in _joined([terms.sums for terms in blocks])},
                **{name: values.mean(dim=0) for name, values in _joined([terms.means for terms in blocks])},
            },
        )

    def _rows(self, sides: Sides, rows: slice, cosines: Tensor) -> RowTerms:
        gallery = sides.texts.detach()
        return self.family.rows(
            Rows(
                cosines,
                first=rows.start,
                temperature=sides.temperature,
                captions=gallery[rows],
                gallery=gallery,
                bias=sides.bias,
                related=None if sides.positives is None else sides.positives.related(rows),
                policy=self.policy,
            )
        )


def _joined(blocks: Sequence[Mapping[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
    return ((name, torch.cat([block[name] for block in blocks])) for name in blocks[0])


def check_sides(image_embeds: Tensor, text_embeds: Tensor) -> None:
    """Raise ValueError unless both sides are matrices of one shape with at least one row."""
    if image_embeds.ndim != 2 or image_embeds.shape != text_embeds.shape or not len(image_embeds):
        raise ValueError(
            "images and captions must be embedded as matrices of one shape (pairs, width), "
            f"found {tuple(image_embeds.shape)} and {tuple(text_embeds.shape)}"
        )
