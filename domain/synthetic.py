"""A made-up batch in the size of a model, for checks that need no data."""

import math

import torch
from attrs import frozen
from torch import Tensor

from .batches import Batch


@frozen
class BatchShape:
    """
    What one pair looks like to a model.

    Attributes:
        pixels: Height and width of a picture.
        length: Tokens of a caption.
        vocabulary: Tokens that exist.
        end_token: The token that ends a caption, whose position the text tower reads out.
        bytes: Memory that the gradient of one pair takes in float32, roughly and rather too much.
    """

    pixels: int
    length: int
    vocabulary: int
    end_token: int
    bytes: int = 0


def synthetic_batch(shape: BatchShape, *, pairs: int, seed: int) -> Batch:
    """
    Pairs that differ clearly from one another, the same on every machine.

    Pictures are waves of different directions, frequencies and colors: a model embeds one noise much like another, and
    then rounding rules the gradient. Captions differ in length, so that the end token moves about.

    Args:
        shape: What one pair looks like.
        pairs: How many.
        seed: Changes waves and tokens.

    Raises:
        ValueError: If a caption cannot hold a token besides its end, or there is no token for it.
    """
    if shape.length < 2 or shape.vocabulary < 2:
        raise ValueError(f"a caption needs at least two positions and two tokens, found {shape}")
    names = tuple(f"synthetic {seed}/{index}" for index in range(pairs))
    return Batch(_pictures(shape, pairs=pairs, seed=seed), _tokens(shape, pairs=pairs, seed=seed), names, names)


def _pictures(shape: BatchShape, *, pairs: int, seed: int) -> Tensor:
    place = torch.arange(shape.pixels, dtype=torch.float32) / shape.pixels
    picture = torch.arange(pairs, dtype=torch.float32)[:, None, None, None] + seed % 997
    color = torch.arange(3, dtype=torch.float32)[None, :, None, None]
    across = (1 + picture % 5) * place[None, None, None, :]
    down = (1 + picture % 3 + color) * place[None, None, :, None]
    waves = torch.sin(2 * math.pi * (across + down) + 1.7 * picture * (1 + color))  # (pairs, 3, pixels, pixels)
    return waves + torch.cos(2.3 * picture + 2.1 * color)


def _tokens(shape: BatchShape, *, pairs: int, seed: int) -> Tensor:
    row = torch.arange(pairs, dtype=torch.int64)[:, None]
    position = torch.arange(shape.length, dtype=torch.int64)[None, :]
    mixed = (7919 * (row + seed % 997) + 104729 * position + 31 * row * position) % (shape.vocabulary - 1)
    words = mixed + (mixed >= shape.end_token)  # every token but the end
    end = 1 + (5 * row + seed) % (shape.length - 1)
    return torch.where(position < end, words, torch.full_like(words, shape.end_token))
