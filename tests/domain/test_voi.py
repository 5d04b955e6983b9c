"""Laws of a DICOM file's units and windows; the arithmetic is held against pydicom's in the tests of the adapter."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.voi import looked_up, own_bits, rescaled, sigmoid, window_bounds


@given(
    st.integers(1, 16).flatmap(lambda bits: st.tuples(st.just(bits), st.integers(0, 2**bits - 1), st.integers(0, 255)))
)
def test_bits_of_a_cell_that_belong_to_something_else_are_left_out(drawn: tuple[int, int, int]) -> None:
    bits, value, other = drawn
    cell = np.array([value | other << bits], dtype=np.int64)

    assert [value] == own_bits(cell, bits=bits, high=bits - 1, signed=False).tolist()
    assert [value] == own_bits(cell << 3, bits=bits, high=bits + 2, signed=False).tolist()


@given(
    st.integers(2, 16).flatmap(
        lambda bits: st.tuples(st.just(bits), st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
    )
)
def test_signed_numbers_of_any_bits_keep_their_sign(drawn: tuple[int, int]) -> None:
    bits, value = drawn
    cell = np.array([value & (2**bits - 1)], dtype=np.uint16)

    assert [value] == own_bits(cell, bits=bits, high=bits - 1, signed=True).tolist()


@given(st.lists(st.integers(-50, 300), min_size=1), st.integers(-20, 20), st.lists(st.integers(0, 65535), min_size=1))
def test_a_table_says_for_each_value_what_its_entry_says_and_beyond_its_ends_what_the_last_one_says(
    values: list[int], first: int, table: list[int]
) -> None:
    expected = [table[min(max(value - first, 0), len(table) - 1)] for value in values]

    assert expected == looked_up(np.array(values), np.array(table), first=first).tolist()


def test_slope_and_intercept_give_units() -> None:
    assert [-1024.0, 0.0, 1024.0] == rescaled(np.array([0, 512, 1024]), slope=2.0, intercept=-1024.0).tolist()


def test_a_linear_window_is_half_a_unit_off_and_an_exact_one_is_not() -> None:
    # The standard's own example: a center of 2048 and a width of 4096 show exactly the values of 12 bits.
    assert (0.0, 4095.0) == window_bounds(2048, 4096)
    assert (0.0, 4096.0) == window_bounds(2048, 4096, function="LINEAR_EXACT")


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0.1, 1e4))
def test_a_sigmoid_is_one_half_at_its_center_and_rises(value: float, center: float, width: float) -> None:
    seen = sigmoid(np.array([value, center, value + 1.0]), center=center, width=width)

    assert 0.5 == seen[1]
    assert 0.0 <= seen[0] <= seen[2] <= 1.0
