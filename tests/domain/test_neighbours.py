import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.neighbours import neighbouring_orders


@given(rows=st.integers(1, 9), columns=st.integers(1, 9), data=st.data())
def test_orders_are_permutations(rows: int, columns: int, data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)), max_size=20))
    row, column = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    orders = neighbouring_orders(row, column, rows=rows, columns=columns)

    assert [list(range(rows)), list(range(columns))] == [sorted(order.tolist()) for order in orders]


def test_pairs_scattered_at_random_come_to_lie_along_the_diagonal() -> None:
    draw, count = np.random.default_rng(0), 4000
    own = draw.permutation(count)
    row = np.concatenate((np.arange(count), draw.choice(count, 400)))
    column = np.concatenate((own, draw.choice(count, 400)))
    of_rows, of_columns = neighbouring_orders(row, column, rows=count, columns=count)
    distance = np.abs(np.argsort(of_rows)[row] - np.argsort(of_columns)[column])

    assert np.quantile(distance, 0.99) < 20
