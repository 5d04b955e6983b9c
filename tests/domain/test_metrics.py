import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.metrics import (
    RankCounts,
    by_chance,
    chance_recall,
    hit_probability,
    mean_rank,
    median_rank,
    mrr,
    recall_at,
    reciprocal_rank,
    tie_rate,
)
from cliptune.domain.ranking import rank_counts_from_scores
from cliptune.domain.retrieval import RetrievalMetrics, chance_key
from support.scores import Scored, slow_mrr, slow_ranks, slow_recall, tied_scores

EXACT = 1e-12


def counted(scored: Scored) -> RankCounts:
    return rank_counts_from_scores(*scored)


@given(scored=tied_scores(), k=st.integers(1, 7))
def test_recall_is_the_average_over_every_order_of_what_is_tied(scored: Scored, k: int) -> None:
    assert slow_recall(scored, k) == pytest.approx(recall_at(counted(scored), k), rel=EXACT, abs=EXACT)


@given(scored=tied_scores())
def test_mean_reciprocal_rank_is_the_average_over_every_order_of_what_is_tied(scored: Scored) -> None:
    assert slow_mrr(scored) == pytest.approx(mrr(counted(scored)), rel=EXACT, abs=EXACT)


@given(scored=tied_scores())
def test_mean_and_median_rank_are_of_the_ranks_expected_over_every_order(scored: Scored) -> None:
    ranks = slow_ranks(scored)

    assert np.mean(ranks) == pytest.approx(mean_rank(counted(scored)), rel=EXACT, abs=EXACT)
    assert np.median(ranks) == pytest.approx(median_rank(counted(scored)), rel=EXACT, abs=EXACT)


@given(scored=tied_scores())
def test_recall_grows_with_k_and_is_one_over_the_whole_gallery(scored: Scored) -> None:
    candidates = scored.scores.shape[1]
    recalls = [recall_at(counted(scored), k) for k in range(1, candidates + 3)]

    assert sorted(recalls) == recalls
    assert [1.0] * 3 == recalls[candidates - 1 :]


@given(scored=tied_scores())
def test_mean_reciprocal_rank_lies_between_recall_at_one_and_one(scored: Scored) -> None:
    counts = counted(scored)

    assert recall_at(counts, 1) - 1e-12 <= mrr(counts) <= 1 + 1e-12
    assert mrr(counts) >= 1 / counts.candidates - 1e-12


@given(scored=tied_scores(), data=st.data())
def test_the_order_of_queries_changes_no_metric_in_any_bit(scored: Scored, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(scored.scores))))
    before, after = counted(scored), counted(Scored(scored.scores[order], scored.positives[order]))

    for metric in (mrr, mean_rank, median_rank, tie_rate):
        assert metric(before) == metric(after)
    assert recall_at(before, 1) == recall_at(after, 1)


@given(scored=tied_scores(), level=st.floats(-1, 1, width=32), k=st.integers(1, 7))
def test_a_constant_scorer_gets_exactly_chance(scored: Scored, level: float, k: int) -> None:
    constant = counted(Scored(torch.full_like(scored.scores, level), scored.positives))
    sizes = scored.positives.sum(dim=1).tolist()
    candidates = scored.scores.shape[1]
    expected = sum(
        1 - Fraction(math.comb(candidates - size, k), max(1, math.comb(candidates, k))) if k < candidates else 1
        for size in sizes
    ) / len(sizes)

    assert float(expected) == pytest.approx(recall_at(constant, k), rel=EXACT, abs=EXACT)
    assert recall_at(constant, k) == recall_at(by_chance(counted(scored)), k)
    assert mrr(constant) == mrr(by_chance(counted(scored)))


@given(above=st.integers(0, 40), tied=st.integers(0, 60), tied_positives=st.integers(1, 20), k=st.integers(1, 120))
def test_a_hit_is_as_probable_as_binomial_coefficients_say(above: int, tied: int, tied_positives: int, k: int) -> None:
    places = max(0, k - above)
    level = tied + tied_positives
    expected = 1 - Fraction(math.comb(tied, places), math.comb(level, places)) if places <= level else Fraction(1)

    assert float(expected) == pytest.approx(hit_probability(above, tied, tied_positives, k=k), rel=1e-9, abs=1e-12)


@given(above=st.integers(0, 40), tied=st.integers(0, 60), tied_positives=st.integers(1, 20))
def test_the_expected_reciprocal_rank_is_what_binomial_coefficients_say(
    above: int, tied: int, tied_positives: int
) -> None:
    level = tied + tied_positives
    expected = sum(
        Fraction(math.comb(level - place, tied_positives - 1), math.comb(level, tied_positives)) / (above + place)
        for place in range(1, tied + 2)
    )

    assert float(expected) == pytest.approx(reciprocal_rank(above, tied, tied_positives), rel=1e-12)


@pytest.mark.parametrize("tied_positives", [1, 5, 5000])
def test_huge_ties_are_as_exact_as_small_ones(tied_positives: int) -> None:
    tied, k = 50_000, 20_000
    level = tied + tied_positives
    expected = 1 - Fraction(math.comb(tied, k), math.comb(level, k))

    assert float(expected) == pytest.approx(hit_probability(0, tied, tied_positives, k=k), rel=1e-9)
    assert tied_positives / level < reciprocal_rank(0, tied, tied_positives) <= 1


def test_with_one_positive_among_all_the_expected_reciprocal_rank_is_a_harmonic_mean() -> None:
    harmonic = math.fsum(1 / rank for rank in range(1, 50_001)) / 50_000

    assert harmonic == pytest.approx(reciprocal_rank(0, 49_999, 1), rel=1e-12)


def test_chance_recall_with_one_positive_is_k_of_n() -> None:
    assert 0.005 == pytest.approx(chance_recall(1000, 1, 5))
    assert 1.0 == chance_recall(3, 1, 5)


def test_a_k_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, found 0"):
        recall_at(counted(Scored(torch.ones(1, 1), torch.ones(1, 1, dtype=torch.bool))), 0)


def test_tie_rate_counts_queries_whose_best_positive_is_tied_with_a_wrong_candidate() -> None:
    scores = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [2.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    positives = torch.tensor([[1, 0, 0], [1, 1, 1], [1, 0, 0], [1, 0, 0]]).bool()

    assert 0.25 == tie_rate(counted(Scored(scores, positives)))


@given(scored=tied_scores())
def test_flat_metrics_of_the_transposed_scores_have_the_directions_swapped(scored: Scored) -> None:
    positives = scored.positives | torch.eye(*scored.positives.shape, dtype=torch.bool)
    asked = positives.any(dim=0)
    forth = Scored(scored.scores[:, asked], positives[:, asked])
    back = Scored(forth.scores.T, forth.positives.T)

    one = RetrievalMetrics.of(counted(forth), counted(back)).flat()
    other = RetrievalMetrics.of(counted(back), counted(forth)).flat()

    turned = {"i2t": "t2i", "t2i": "i2t"}
    assert {name: value for name, value in one.items() if name[:3] in turned} == {
        turned[name[:3]] + name[3:]: value for name, value in other.items() if name[:3] in turned
    }
    assert one["mean_recall"] == pytest.approx(other["mean_recall"])


def test_a_perfect_model_has_recall_one_and_rank_one() -> None:
    counts = counted(Scored(torch.eye(20), torch.eye(20, dtype=torch.bool)))
    flat = RetrievalMetrics.of(counts, counts).flat()

    assert {
        "i2t_R@1": 1.0,
        "i2t_R@5": 1.0,
        "i2t_R@10": 1.0,
        "i2t_MRR": 1.0,
        "i2t_median_rank": 1.0,
        "i2t_mean_rank": 1.0,
        "i2t_tie_rate": 0.0,
        "t2i_R@1": 1.0,
        "t2i_R@5": 1.0,
        "t2i_R@10": 1.0,
        "t2i_MRR": 1.0,
        "t2i_median_rank": 1.0,
        "t2i_mean_rank": 1.0,
        "t2i_tie_rate": 0.0,
        "alignment_score": 1.0,
        "mean_recall": 1.0,
    } == {name: value for name, value in flat.items() if "chance" not in name}
    assert [0.05, 0.25, 0.5] == pytest.approx([flat[f"t2i_chance_R@{k}"] for k in (1, 5, 10)])
    assert 10.5 == flat["i2t_chance_median_rank"]
    assert 0.8 / 3 == pytest.approx(flat["chance_mean_recall"])


def test_alignment_is_the_mean_similarity_of_a_caption_to_its_image() -> None:
    scores = torch.tensor([[0.9, 0.7, 0.1], [0.2, 0.3, 0.4]])
    positives = torch.tensor([[True, True, False], [False, False, True]])
    metrics = RetrievalMetrics.of(counted(Scored(scores, positives)), counted(Scored(scores.T, positives.T)))

    assert (0.9 + 0.7 + 0.4) / 3 == pytest.approx(metrics.alignment_score)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("i2t_R@1", "i2t_chance_R@1"), ("t2i_mean_rank", "t2i_chance_mean_rank"), ("mean_recall", "chance_mean_recall")],
)
def test_chance_stands_under_a_name_of_its_own(name: str, expected: str) -> None:
    assert expected == chance_key(name)
