"""Several models on one test set."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.errors import UsageError
from cliptune.domain.outcomes import BOTH, Outcomes, both_directions, curve_ks, group_numbers
from cliptune.domain.side_by_side import Candidate, side_by_side


def outcomes(values: np.ndarray, *, fingerprint: str = "same") -> Outcomes:
    """One caption a picture, of which both find each other equally well."""
    groups = np.arange(len(values))
    return Outcomes(
        fingerprint=fingerprint,
        settings="",
        values={f"{side}_{BOTH}": values for side in ("i2t", "t2i")},
        image_groups=groups,
        caption_groups=groups,
        summary={BOTH: float(values.mean()), "chance_mean_recall": 0.1},
        curves={},
    )


def candidate(name: str, share: float, *, size: int = 200, **settings: object) -> Candidate:
    values = (np.arange(size) < share * size).astype(np.float64)
    return Candidate(name, outcomes(values), settings)


def test_every_two_models_are_compared_and_the_better_one_is_named() -> None:
    found = side_by_side([candidate("a", 0.2), candidate("b", 0.5), candidate("c", 0.505)], resamples=500, seed=0)

    assert [("a", "b"), ("a", "c"), ("b", "c")] == [(pair.first, pair.second) for pair in found.pairs]
    assert ["better", "better", "cannot be told apart"] == [pair.verdict for pair in found.pairs]
    assert "b is better than a" == found.pairs[0].sentence
    assert "b and c cannot be told apart" == found.pairs[2].sentence
    assert {BOTH: (0.2, 0.5, 0.505)} == found.metrics


def test_more_models_make_it_harder_to_call_a_difference_real() -> None:
    close = [candidate("a", 0.50), candidate("b", 0.53)]
    alone = side_by_side(close, resamples=2000, seed=0).pairs[0]
    among = side_by_side([*close, *(candidate(str(n), 0.5) for n in range(4))], resamples=2000, seed=0).pairs[0]

    assert alone.difference.p == among.difference.p
    assert alone.adjusted < among.adjusted


def test_only_what_was_configured_differently_is_shown() -> None:
    found = side_by_side(
        [candidate("a", 0.2, seed=1, learning_rate=1e-3), candidate("b", 0.2, seed=1, learning_rate=1e-4)],
        resamples=200,
        seed=0,
    )

    assert {"learning_rate": (1e-3, 1e-4)} == found.settings


def test_models_on_different_queries_are_refused() -> None:
    other = Candidate("b", outcomes(np.ones(3), fingerprint="other"), {})

    with pytest.raises(UsageError, match="not measured on the same pictures and captions"):
        side_by_side([candidate("a", 0.5), other], resamples=200, seed=0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_both_directions_count_alike_however_many_queries_they_have(images: list[float], captions: list[float]) -> None:
    whole = both_directions(np.array(images), np.array(captions))

    assert pytest.approx((np.mean(images) + np.mean(captions)) / 2) == whole.mean()


@given(st.integers(1, 5000))
def test_a_curve_grows_and_ends_with_the_whole_gallery(candidates: int) -> None:
    ks = curve_ks(candidates)

    assert sorted(set(ks)) == list(ks)
    assert candidates == ks[-1]


@given(st.lists(st.text(max_size=2), min_size=1, max_size=20))
def test_groups_are_numbered_by_name(names: list[str]) -> None:
    numbers = group_numbers(names)

    assert [[a == b for b in names] for a in names] == (numbers[:, None] == numbers).tolist()
