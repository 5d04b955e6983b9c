"""Strategies of embeddings: a seed is drawn, not a tensor, so that examples shrink well."""

import torch
from hypothesis import strategies as st
from torch import Tensor

temperatures = st.floats(0.01, 1.0)


@st.composite
def embedding_pairs(
    draw: st.DrawFn, max_pairs: int = 8, max_width: int = 6, dtype: torch.dtype = torch.float32
) -> tuple[Tensor, Tensor]:
    """Two sides of embeddings that belong together row by row, shape ``(pairs, width)`` each."""
    shape = draw(st.integers(1, max_pairs)), draw(st.integers(2, max_width))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
    images, texts = (torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype) for _ in range(2))
    return images, texts
