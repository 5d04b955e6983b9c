"""InfoNCE and its gradient by hand, tile by tile: what a matrix of all pairs costs in memory is never paid."""

from collections.abc import Callable, Iterator
from typing import Final

import torch
from attrs import frozen
from torch import Tensor

from ...domain.losses import LossTerms, Sides
from ...domain.similarity import row_blocks

ROWS: Final = 512
COLUMNS: Final = 1024
# exp(88) is the largest float32 has: this leaves room for a sum of a hundred thousand, and logits 135 below the top.
HEADROOM: Final = 75.0
# Some devices drop what is below the smallest normal number: a sum that is this much larger, a term, misses nothing.
SURE: Final = 1e6


@frozen(eq=False)
class _Sums:
    """Sums of the shifted exponentials of all logits: a number for every image, and one for every caption."""

    of_images: Tensor
    of_texts: Tensor


def streamed_contrastive(
    sides: Sides, *, scale_loss: Callable[[Tensor], Tensor], rows: int = ROWS, columns: int = COLUMNS
) -> LossTerms | None:
    """
    Add the gradient of InfoNCE to ``.grad`` of normalised embeddings and temperature, and return its value.

    Two passes over tiles that stay in the processor's cache: the first sums exponentials, the second makes them again
    and multiplies them with the other side. All exponentials share a shift, which is safe because cosines are bounded.

    Args:
        sides: Normalised leaves.
        scale_loss: Multiplies the loss before it goes backward.
        rows: Images in a tile.
        columns: Captions in a tile.

    Returns:
        None, with nothing added, in the one case where the shared shift is not enough: a sum that vanishes.

    References:
        Cheng et al., *Breaking the Memory Barrier: Near Infinite Batch Size Scaling for Contrastive Loss*, 2024, cut
        into tiles likewise, but with a running maximum.
    """
    with torch.no_grad():
        scale = 1 / float(sides.temperature)
        images, texts = sides.images.detach() * scale, sides.texts.detach()
        shift = scale - HEADROOM
        sums = _sums(images, texts, shift=shift, tile=(rows, columns))
        least = SURE * len(sides) * torch.finfo(torch.float32).tiny
        if min(sums.of_images.min().item(), sums.of_texts.min().item()) <= least:
            return None
        own = (images * texts).sum(dim=1)
        one, other = (of_side.log().add(shift).sub(own).mean() for of_side in (sums.of_images, sums.of_texts))
        factor = scale_loss(torch.ones_like(one)) / (2 * len(sides))
        to_images, to_texts = _gradients(images, texts, sums, shift=shift, tile=(rows, columns))
        del images, own
        to_images, to_texts = to_images.mul_(factor * scale), to_texts.mul_(factor)
        _add(sides.images, to_images)
        _add(sides.texts, to_texts)
        if isinstance(sides.temperature, Tensor):
            # The logits are cosines / τ, so that the sum of (gradient × cosine) tells how they move together.
            _add(sides.temperature, -(to_images * sides.images.detach()).sum() * scale)
    return LossTerms(loss=(one + other) / 2, image_to_text_loss=one, text_to_image_loss=other)


def _tiles(
    images: Tensor, texts: Tensor, *, shift: float, tile: tuple[int, int]
) -> Iterator[tuple[slice, slice, Tensor]]:
    """Exponentials of the shifted logits, tile by tile, in a buffer that is used again for every tile."""
    buffer = images.new_empty(min(tile[0], len(images)) * min(tile[1], len(texts)))
    for some in row_blocks(len(images), size=tile[0]):
        left = images[some]
        for others in row_blocks(len(texts), size=tile[1]):
            right = texts[others]
            out = buffer[: len(left) * len(right)].view(len(left), len(right))
            torch.mm(left, right.T, out=out)
            yield some, others, out.sub_(shift).exp_()


def _sums(images: Tensor, texts: Tensor, *, shift: float, tile: tuple[int, int]) -> _Sums:
    of_images, of_texts = images.new_zeros(len(images)), texts.new_zeros(len(texts))
    for some, others, powers in _tiles(images, texts, shift=shift, tile=tile):
        of_images[some] += powers.sum(dim=1)
        of_texts[others] += powers.sum(dim=0)
    return _Sums(of_images, of_texts)


def _gradients(
    images: Tensor, texts: Tensor, sums: _Sums, *, shift: float, tile: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Gradients of the sum of both directions with respect to ``images`` (as given) and ``texts``."""
    to_images, to_texts = images * 0, texts * 0
    for some, others, powers in _tiles(images, texts, shift=shift, tile=tile):
        shares = sums.of_images[some].reciprocal()[:, None] + sums.of_texts[others].reciprocal()
        powers.mul_(shares)
        to_images[some].addmm_(powers, texts[others])
        to_texts[others].addmm_(powers.T, images[some])
    return to_images.sub_(texts, alpha=2), to_texts.sub_(images, alpha=2)


def _add(leaf: Tensor, gradient: Tensor) -> None:
    if leaf.requires_grad:
        leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient
