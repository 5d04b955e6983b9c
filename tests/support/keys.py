"""Keys of pairs for tests: strategies, and the relation spelled out."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Keys = NDArray[np.int64]


@st.composite
def key_tables(draw: st.DrawFn, *, least: int = 0, most: int = 24, kinds: int = 3, values: int = 6) -> Keys:
    """Keys of shape ``(kinds, pairs)``, some of them missing."""
    pairs = draw(st.integers(least, most))
    column = st.lists(st.integers(-1, values - 1), min_size=pairs, max_size=pairs)
    columns = draw(st.lists(column, min_size=1, max_size=kinds))
    return np.array(columns, dtype=np.int64).reshape(len(columns), pairs)


def relation(keys: Keys) -> list[list[bool]]:
    """Which pairs say the same, by loops."""
    kinds, pairs = keys.shape
    return [
        [i != j and any(keys[kind, i] == keys[kind, j] >= 0 for kind in range(kinds)) for j in range(pairs)]
        for i in range(pairs)
    ]
