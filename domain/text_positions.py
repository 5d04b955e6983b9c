"""Positions of a text tower, stretched so that it reads longer captions."""

from typing import Final

import torch
from torch import Tensor

# Most captions that CLIP learned from are shorter, so that these positions are well trained and stay as they are.
KEPT: Final = 20


def stretched(positions: Tensor, *, length: int) -> Tensor:
    """
    Positions for longer captions: the first 20 as they are, the rest spread over what is left.

    Between two old positions the new ones lie on the line from one to the other; after the last they go on along the
    last of these lines. 77 positions become 248 where each step after the first 20 is cut in four, as in the paper. At
    the length that there is already nothing changes.

    Args:
        positions: Shape ``(positions, width)``.
        length: Positions that are wanted.

    Raises:
        ValueError: If there are no more than 20 positions, or fewer are wanted than there are.

    References:
        Zhang et al., *Long-CLIP: Unlocking the Long-Text Capability of CLIP*, 2024, section 3.2.
    """
    own = len(positions)
    if own <= KEPT or length < own:
        raise ValueError(f"{own} positions, of which {KEPT} stay as they are, cannot be stretched to {length}")
    steps = torch.arange(length - KEPT, device=positions.device) * (own - KEPT)
    below = KEPT + steps // (length - KEPT)
    share = (steps % (length - KEPT)).type(positions.dtype) / (length - KEPT)
    # The last old position has none above it: the line that leads to it goes on.
    slopes = torch.cat([positions[1:] - positions[:-1], positions[-1:] - positions[-2:-1]])
    return torch.cat([positions[:KEPT], positions[below] + share[:, None] * slopes[below]])
