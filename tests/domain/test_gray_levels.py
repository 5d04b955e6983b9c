"""Laws of bringing stored values to 256 levels."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.gray_levels import Gray, clipped_share, gray_levels, is_refused, linear_levels
from cliptune.domain.shown import shortened

KINDS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64", ">u2", ">i2", ">f4")
SPANS = {"uint8": (0, 255), "uint16": (0, 65535), "int16": (-32768, 32767), "uint32": (0, 2**32 - 1)}
shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))
finite = {"allow_nan": False, "allow_infinity": False}
RULES = (
    FidelityConfig(gray_rule="window", gray_window=(40.0, 400.0)),
    FidelityConfig(gray_rule="percentile"),
    FidelityConfig(gray_rule="percentile", gray_percentiles=(10.0, 60.0)),
    FidelityConfig(gray_rule="picture_range"),
)


def elements(kind: str, **options: Any) -> st.SearchStrategy[Any]:
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        return st.floats(-1e6, 1e6, width=32 if dtype.itemsize == 4 else 64, **(finite | options))
    limits = np.iinfo(dtype)
    return st.integers(int(limits.min), int(limits.max)) | st.integers(0, min(500, int(limits.max)))


@st.composite
def pictures(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> NDArray[Any]:
    kind = draw(st.sampled_from(kinds))
    return draw(arrays.arrays(np.dtype(kind), draw(shapes), elements=elements(kind)))


def slow_levels(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Value by value, in plain numbers."""

    def level(value: float) -> int:
        if math.isnan(value):
            return 0
        if high <= low:
            return 255 if value > low else 0
        share = (value - low) / (high - low)
        return math.floor(min(max(share, 0.0), 1.0) * 255 + 0.5)

    return np.array([level(float(value)) for value in values.ravel()], dtype=np.uint8).reshape(values.shape)


@given(pictures(), st.sampled_from(RULES))
def test_levels_never_fall_where_values_rise(values: NDArray[Any], rule: FidelityConfig) -> None:
    levels = gray_levels(Gray(values), rule).ravel()
    order = np.argsort(values.ravel(), kind="stable")

    assert (np.diff(levels[order].astype(int)) >= 0).all()


@given(pictures(), st.sampled_from(RULES))
def test_an_inverted_picture_is_the_negative_of_the_same_levels(values: NDArray[Any], rule: FidelityConfig) -> None:
    plain = gray_levels(Gray(values), rule)

    np.testing.assert_array_equal(255 - plain, gray_levels(Gray(values, inverted=True), rule))


@given(pictures())
def test_the_range_of_a_picture_is_black_at_one_end_and_white_at_the_other(values: NDArray[Any]) -> None:
    levels = gray_levels(Gray(values), FidelityConfig(gray_rule="picture_range"))

    low, high = float(values.min()), float(values.max())
    np.testing.assert_array_equal(slow_levels(values, low, high), levels)
    assert low == high or {0, 255} <= set(levels.ravel().tolist())


@given(st.sampled_from(sorted(SPANS)).flatmap(lambda kind: pictures((kind,))))
def test_the_full_range_of_a_type_never_clips(values: NDArray[Any]) -> None:
    span = SPANS[values.dtype.name]
    levels = gray_levels(Gray(values, span=span), FidelityConfig(gray_rule="full_range"))

    np.testing.assert_array_equal(slow_levels(values, *span), levels)
    # Values that are a level apart stay apart, up to both ends.
    step = (span[1] - span[0]) / 255
    far = np.abs(values.ravel()[:, None].astype(float) - values.ravel()[None].astype(float)) > step
    assert (levels.ravel()[:, None] != levels.ravel()[None])[far].all()


@given(pictures(), st.floats(0, 49), st.floats(51, 100))
def test_percentiles_clip_at_most_what_they_say(values: NDArray[Any], below: float, above: float) -> None:
    rule = FidelityConfig(gray_rule="percentile", gray_percentiles=(below, above))
    levels = gray_levels(Gray(values), rule).ravel()
    flat = np.sort(values.ravel().astype(np.float64))
    low = flat[math.floor((flat.size - 1) * below / 100)]
    high = flat[math.ceil((flat.size - 1) * above / 100)]

    np.testing.assert_array_equal(slow_levels(values, low, high).ravel(), levels)
    assert (flat < low).mean() <= below / 100
    assert (flat > high).mean() <= 1 - above / 100 + 1e-12


@given(pictures())
def test_the_share_that_is_clipped_is_what_a_slow_loop_counts(values: NDArray[Any]) -> None:
    expected = sum(1 for value in values.ravel() if float(value) < 0 or float(value) > 255) / values.size

    assert expected == clipped_share(values)


@given(
    arrays.arrays(np.float64, shapes, elements=st.floats(-1e3, 1e3) | st.sampled_from([math.nan, math.inf, -math.inf]))
)
def test_what_is_no_number_is_black_and_changes_nothing_else(values: NDArray[np.float64]) -> None:
    known = np.isfinite(values)
    rule = FidelityConfig(gray_rule="picture_range")
    if not known.any():
        with pytest.raises(ValueError, match="none of the picture's values is a finite number"):
            gray_levels(Gray(values), rule)
        return
    levels = gray_levels(Gray(values), rule)
    inverted = gray_levels(Gray(values, inverted=True), rule)

    np.testing.assert_array_equal(gray_levels(Gray(values[known]), rule), levels[known])
    assert not levels[np.isnan(values)].any()
    assert not inverted[np.isnan(values)].any()
    assert {255} >= set(levels[values == math.inf].tolist()) or values[known].min() == values[known].max()
    assert not levels[values == -math.inf].any()


@given(pictures(("uint16", "int16", "int32", "float32")), st.sampled_from(RULES))
def test_the_order_of_bytes_does_not_matter(values: NDArray[Any], rule: FidelityConfig) -> None:
    swapped = values.astype(values.dtype.newbyteorder())

    np.testing.assert_array_equal(gray_levels(Gray(values), rule), gray_levels(Gray(swapped), rule))


@given(pictures(("uint16", "int16", ">u2")), st.sampled_from(RULES), st.floats(0.5, 3.0), st.integers(-1100, 100))
def test_looking_levels_up_gives_what_computing_every_value_gives(
    values: NDArray[Any], rule: FidelityConfig, slope: float, intercept: int
) -> None:
    def meaning(stored: NDArray[Any]) -> NDArray[np.float64]:
        return stored.astype(np.float64) * slope + intercept

    looked_up = gray_levels(Gray(values, meaning=meaning), rule)
    # Floating-point values are never looked up.
    computed = gray_levels(Gray(values.astype(np.float64), meaning=meaning), rule)

    np.testing.assert_array_equal(computed, looked_up)


@given(pictures(), st.sampled_from((0.0, 0.01, 0.3, 1.0)))
def test_a_picture_without_a_rule_is_refused_exactly_when_too_much_would_be_lost(
    values: NDArray[Any], most: float
) -> None:
    rule = FidelityConfig(max_clipped=most)
    numbers = values.astype(np.float64).ravel()
    fractions = any(number != math.floor(number) for number in numbers)
    lost = clipped_share(values) > most or (fractions and numbers.max() - numbers.min() < 128)

    assert lost == is_refused(Gray(values), max_clipped=most)
    if lost:
        with pytest.raises(ValueError, match="declare how it is shown with gray_rule: window, percentile"):
            gray_levels(Gray(values), rule)
    else:
        expected = np.clip(np.floor(numbers + 0.5), 0, 255).reshape(values.shape)
        np.testing.assert_array_equal(expected, gray_levels(Gray(values), rule))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.array([-1.0, 0.0, 1.0]), "a picture from -1 to 1 becomes black and almost black"),
        (np.array([0.0, 0.5, 1.0]), "a picture from 0 to 1 becomes two levels"),
        (np.array([math.nan, math.nan]), "nothing is there"),
        (np.array([300, 2000, 1040], dtype=np.uint16), "everything becomes white"),
    ],
)
def test_pictures_that_the_usual_conversion_destroys_are_refused(values: NDArray[Any], why: str) -> None:
    assert is_refused(Gray(values), max_clipped=0.01), why


def test_the_window_of_the_file_holds_only_where_no_rule_is_declared() -> None:
    gray = Gray(np.array([0, 1000, 2000, 3000], dtype=np.uint16), window=(1000.0, 3000.0))

    assert [0, 0, 128, 255] == gray_levels(gray, FidelityConfig()).tolist()
    assert [0, 85, 170, 255] == gray_levels(gray, FidelityConfig(gray_rule="picture_range")).tolist()


def test_a_window_is_black_at_its_lower_edge_and_white_at_its_upper() -> None:
    rule = FidelityConfig(gray_rule="window", gray_window=(40.0, 400.0))

    assert [0, 0, 128, 255, 255] == gray_levels(
        Gray(np.array([-161, -160, 40, 240, 241], dtype=np.int16)), rule
    ).tolist()


def test_fractions_from_0_to_1_have_a_full_range_and_others_have_none() -> None:
    rule = FidelityConfig(gray_rule="full_range")

    assert [0, 64, 255] == gray_levels(Gray(np.array([0.0, 0.25, 1.0])), rule).tolist()
    with pytest.raises(ValueError, match="have no full range"):
        gray_levels(Gray(np.array([0.0, 1.5])), rule)


def test_large_pictures_are_computed_in_parts_with_the_same_result() -> None:
    values = np.random.default_rng(0).normal(0, 1e5, 2**20 + 77).astype(np.float32)
    rule = FidelityConfig(gray_rule="percentile")
    low, high = np.sort(values)[[math.floor((values.size - 1) * 0.005), math.ceil((values.size - 1) * 0.995)]]

    np.testing.assert_array_equal(
        linear_levels(values.astype(np.float64), float(low), float(high)), gray_levels(Gray(values), rule)
    )


def test_why_a_picture_is_refused_is_short_enough_to_be_shown_whole() -> None:
    with pytest.raises(ValueError, match="would be clipped") as raised:
        gray_levels(Gray(np.full((3, 3), 4000)), FidelityConfig(max_clipped=0.0125))

    assert str(raised.value) == shortened(str(raised.value))
