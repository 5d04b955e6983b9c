import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.metrics import (
    RankCounts,
    by_chance,
    expected_ranks,
    hit_probability,
    recall_at,
    recall_curve,
    recall_values,
    reciprocal_rank,
    reciprocal_ranks,
)
from cliptune.domain.retrieval import FullMetrics, RetrievalMetrics, chance_key, is_chance
from support.related import Related, ranked, related_scores

situations = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9)), min_size=1, max_size=9)


def counts_of(situations: list[tuple[int, int, int]]) -> RankCounts:
    above, tied, tied_positives = np.array(situations).T
    return RankCounts(above, tied, tied_positives, tied_positives, np.zeros(len(above)), candidates=99)


@given(situations=situations, k=st.integers(1, 80))
def test_values_of_queries_are_those_of_their_situations(situations: list[tuple[int, int, int]], k: int) -> None:
    counts = counts_of(situations)

    assert [hit_probability(*situation, k=k) for situation in situations] == recall_values(counts, k).tolist()
    assert [reciprocal_rank(*situation) for situation in situations] == pytest.approx(reciprocal_ranks(counts).tolist())
    assert [g + 1 + e / (p + 1) for g, e, p in situations] == expected_ranks(counts).tolist()


@given(situations=situations)
def test_a_recall_curve_is_recall_at_each_k(situations: list[tuple[int, int, int]]) -> None:
    counts = counts_of(situations)

    assert (recall_at(counts, 1), recall_at(counts, 7)) == recall_curve(counts, (1, 7))


@given(related=related_scores())
def test_the_raw_part_of_all_metrics_is_what_training_sees(related: Related) -> None:
    found = ranked(related)
    full, raw = (
        FullMetrics.of(found).flat(),
        RetrievalMetrics.of(found.image_to_text.raw, found.text_to_image.raw).flat(),
    )

    assert raw == {name: full[name] for name in raw}


@given(related=related_scores())
def test_every_metric_but_ties_and_alignment_has_its_chance_level_and_comes_before_all_of_them(
    related: Related,
) -> None:
    flat = FullMetrics.of(ranked(related)).flat()
    values = [name for name in flat if not is_chance(name)]

    assert values == list(flat)[: len(values)]
    assert {name for name in flat if is_chance(name)} == {
        chance_key(name) for name in values if not name.endswith("tie_rate") and name != "alignment_score"
    }


@given(related=related_scores())
def test_a_constant_scorer_stands_on_its_chance_levels(related: Related) -> None:
    constant = FullMetrics.of(ranked(related._replace(scores=torch.zeros_like(related.scores)))).flat()

    assert {name: value for name, value in constant.items() if chance_key(name) in constant} == pytest.approx(
        {name: constant[chance_key(name)] for name in constant if chance_key(name) in constant}
    )


def test_all_metrics_have_these_names() -> None:
    flat = FullMetrics.of(ranked(Related(torch.eye(12), torch.eye(12).bool(), torch.eye(12).bool()))).flat()
    short = ("R@1", "R@5", "R@10", "MRR", "median_rank", "mean_rank", "tie_rate")
    names = [f"{direction}_{name}" for direction in ("i2t", "t2i") for name in short]
    filtered = [name.replace("_", "_filtered_", 1) for name in names]
    graded = [f"{direction}_{name}" for direction in ("i2t", "t2i") for name in ("mAP@R", "R-precision", "nDCG@10")]

    assert [
        *names,
        "alignment_score",
        "mean_recall",
        *filtered,
        "filtered_mean_recall",
        *graded,
    ] == [name for name in flat if not is_chance(name)]
    assert {1.0, 0.0} == {round(flat[name], 12) for name in flat if not is_chance(name)}
    assert 1 / 12 == pytest.approx(flat["t2i_chance_filtered_R@1"])
    assert 1 / 12 == pytest.approx(flat["i2t_chance_mAP@R"])


def test_chance_of_a_scorer_that_was_asked_is_that_of_any_other() -> None:
    counts = counts_of([(3, 1, 2), (0, 0, 1)])

    assert recall_curve(by_chance(counts), (1, 2)) == recall_curve(by_chance(by_chance(counts)), (1, 2))
