import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor

from cliptune.domain.both_directions import rank_all
from cliptune.domain.config.objective import SimilarityMetric
from cliptune.domain.errors import RunFailed
from cliptune.domain.graded import average_precision_at_r, constant_levels, ndcg, r_precision
from cliptune.domain.metrics import by_chance, expected_ranks, recall_values, reciprocal_ranks
from cliptune.domain.ranked import DirectionRanks, Ranked
from cliptune.domain.ranking import rank_counts_from_scores
from cliptune.domain.relevance import owner_relevance
from cliptune.domain.similarity import similarity
from support.related import (
    Related,
    expected,
    ranked,
    related_scores,
    slow_average_precision_at_r,
    slow_ndcg,
    slow_r_precision,
)
from support.scores import Scored, Sides, owned_sides, plain, slow_mrr, slow_ranks, slow_recall

# 0 sends every query through whole rows, 1 some of them, and 99 none.
FEW = st.sampled_from([0, 1, 2, 99])
EXACT = 1e-12
# Each case has some five queries in either direction: more than a thousand of them are judged.
ORACLE = settings(max_examples=max(1000, settings().max_examples))


def directions(found: Ranked) -> tuple[DirectionRanks, DirectionRanks]:
    return found.image_to_text, found.text_to_image


def everything(ranks: DirectionRanks) -> list[object]:
    graded = (ranks.average_precision, ranks.r_precision, ranks.ndcg)
    similar = (ranks.raw.positive_similarity, ranks.filtered.positive_similarity)
    return [plain(ranks.raw), plain(ranks.filtered), *(values.round(9).tolist() for values in (*graded, *similar))]


@ORACLE
@given(related=related_scores(), few=FEW, block=st.integers(1, 6))
def test_counts_of_both_relations_are_those_of_the_whole_matrix(related: Related, few: int, block: int) -> None:
    found = ranked(related, few=few, block=block)

    for ranks, (scores, own, right) in zip(directions(found), (related, related.turned), strict=True):
        for counts, positives in ((ranks.raw, own), (ranks.filtered, right)):
            whole = rank_counts_from_scores(scores, positives)
            assert plain(whole) == plain(counts)
            assert whole.candidates == counts.candidates
            assert_allclose(whole.positive_similarity, counts.positive_similarity, atol=1e-6)


@ORACLE
@given(related=related_scores(most=3), few=FEW)
def test_graded_metrics_are_the_average_over_every_order_of_what_is_tied(related: Related, few: int) -> None:
    found = ranked(related, few=few)

    for ranks, (scores, _, right) in zip(directions(found), (related, related.turned), strict=True):
        judged = {
            slow_average_precision_at_r: ranks.average_precision,
            slow_r_precision: ranks.r_precision,
            slow_ndcg: ranks.ndcg,
        }
        for judge, values in judged.items():
            assert_allclose(values, expected(scores, right, judge), rtol=EXACT, atol=EXACT)


@ORACLE
@given(related=related_scores(most=3), k=st.integers(1, 6))
def test_recall_and_reciprocal_ranks_are_the_average_over_every_order(related: Related, k: int) -> None:
    found = ranked(related)

    for ranks, (scores, _, right) in zip(directions(found), (related, related.turned), strict=True):
        scored = Scored(scores, right)
        assert slow_recall(scored, k) == pytest.approx(recall_values(ranks.filtered, k).mean(), abs=EXACT)
        assert slow_mrr(scored) == pytest.approx(reciprocal_ranks(ranks.filtered).mean(), abs=EXACT)
        assert_allclose(expected_ranks(ranks.filtered), slow_ranks(scored), rtol=EXACT)


@given(related=related_scores(most=9), few=FEW, block=st.integers(1, 9))
def test_blocks_of_any_size_and_either_way_of_counting_find_the_same(related: Related, few: int, block: int) -> None:
    whole, cut = ranked(related), ranked(related, few=few, block=block)

    assert [everything(ranks) for ranks in directions(whole)] == [everything(ranks) for ranks in directions(cut)]


@given(related=related_scores(most=6), data=st.data())
def test_permuting_queries_permutes_what_they_get_and_permuting_the_gallery_changes_nothing(
    related: Related, data: st.DataObject
) -> None:
    order = torch.tensor(data.draw(st.permutations(range(len(related.scores)))))
    before, after = ranked(related), ranked(Related(*(part[order] for part in related)))

    assert plain(before.text_to_image.filtered) == plain(after.text_to_image.filtered)
    assert_allclose(after.text_to_image.average_precision, before.text_to_image.average_precision)
    assert_allclose(after.image_to_text.ndcg, before.image_to_text.ndcg[order.numpy()])
    assert_array_equal(after.image_to_text.raw.above, before.image_to_text.raw.above[order.numpy()])


@pytest.mark.parametrize("raising", [lambda scores: scores * 2 - 7, lambda scores: scores.double().exp()])
@given(related=related_scores(most=6))
def test_a_strictly_increasing_map_of_the_scores_changes_no_rank(
    raising: Callable[[Tensor], Tensor], related: Related
) -> None:
    raised = related._replace(scores=raising(related.scores).type(torch.float32))

    for before, after in zip(directions(ranked(related)), directions(ranked(raised)), strict=True):
        assert plain(before.filtered) == plain(after.filtered)
        assert_array_equal(before.average_precision, after.average_precision)


@given(sides=owned_sides(), few=FEW)
def test_images_among_captions_are_captions_among_images_of_swapped_sides(sides: Sides, few: int) -> None:
    owners = sides.query_owner.numpy(), sides.candidate_owner.numpy()
    forth, back = owner_relevance(*owners), owner_relevance(*owners[::-1])

    one = rank_all(sides.queries, sides.candidates, forth, back, few=few)
    other = rank_all(sides.candidates, sides.queries, back, forth, few=few)

    assert everything(one.image_to_text) == everything(other.text_to_image)
    assert everything(one.text_to_image) == everything(other.image_to_text)


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@given(sides=owned_sides(), few=FEW, block=st.integers(1, 9))
def test_whatever_similar_means_counts_are_those_of_the_scores(
    metric: SimilarityMetric, sides: Sides, few: int, block: int
) -> None:
    owners = sides.query_owner.numpy(), sides.candidate_owner.numpy()
    scores = similarity(sides.queries, sides.candidates, metric=metric)
    whole = rank_counts_from_scores(scores, sides.query_owner[:, None] == sides.candidate_owner)

    found = rank_all(
        sides.queries,
        sides.candidates,
        owner_relevance(*owners),
        owner_relevance(*owners[::-1]),
        metric=metric,
        block=block,
        few=few,
    )

    assert plain(whole) == plain(found.image_to_text.raw)


@given(related=related_scores(most=6), level=st.sampled_from([-1.0, 0.0, 0.5]), k=st.integers(1, 8))
def test_a_constant_scorer_gets_exactly_chance(related: Related, level: float, k: int) -> None:
    constant = related._replace(scores=torch.full_like(related.scores, level))

    for ranks, (_, _, right) in zip(directions(ranked(constant)), (constant, constant.turned), strict=True):
        counts, (candidates, sizes) = ranks.filtered, (right.shape[1], right.sum(dim=1).tolist())
        chance = [1 - math.comb(candidates - size, k) / max(1, math.comb(candidates, k)) for size in sizes]
        levels = constant_levels(counts.positives, candidates=candidates)

        assert_allclose(recall_values(counts, k), chance if k <= candidates else [1.0] * len(sizes), atol=EXACT)
        assert plain(by_chance(counts)) == plain(counts)
        assert_array_equal(average_precision_at_r(levels), ranks.average_precision)
        assert_array_equal(r_precision(levels), ranks.r_precision)
        assert_array_equal(ndcg(levels, k=10), ranks.ndcg)


@given(related=related_scores(most=6))
def test_recall_grows_with_k_and_is_one_over_the_whole_gallery(related: Related) -> None:
    for ranks in directions(ranked(related)):
        recalls = np.array([recall_values(ranks.filtered, k) for k in range(1, ranks.filtered.candidates + 2)])

        assert (np.diff(recalls, axis=0) >= 0).all()
        assert (recalls[-2:] == 1).all()


@given(related=related_scores(most=6), k=st.integers(1, 6))
def test_who_counts_more_answers_as_right_never_finds_fewer(related: Related, k: int) -> None:
    for ranks in directions(ranked(related)):
        assert (recall_values(ranks.filtered, k) >= recall_values(ranks.raw, k) - EXACT).all()
        assert (expected_ranks(ranks.filtered) <= expected_ranks(ranks.raw) + EXACT).all()


@given(related=related_scores(most=6), k=st.integers(1, 6), data=st.data())
def test_a_copy_of_a_wrong_caption_never_raises_recall(related: Related, k: int, data: st.DataObject) -> None:
    images, texts = related.scores.shape
    copied = data.draw(st.integers(0, texts - 1))
    # The copy belongs to a picture of its own, which no one else finds.
    scores = torch.cat((torch.cat((related.scores, related.scores[:, [copied]]), dim=1), torch.zeros(1, texts + 1) - 9))
    own, right = (torch.zeros(images + 1, texts + 1, dtype=torch.bool) for _ in range(2))
    for flags, known in ((own, related.own), (right, related.right)):
        flags[:images, :texts] = known
        flags[images, texts] = True

    before, after = ranked(related).image_to_text, ranked(Related(scores, own, right)).image_to_text

    for name in ("raw", "filtered"):
        less, more = (recall_values(getattr(ranks, name), k) for ranks in (after, before))
        assert (less[:images] <= more + EXACT).all()


@given(
    images=st.integers(2, 40),
    captions=st.integers(1, 3),
    width=st.sampled_from([3, 64, 100]),
    block=st.integers(1, 50),
    few=FEW,
    seed=st.integers(0, 2**32 - 1),
)
def test_collapsed_embeddings_are_all_tied_to_the_last_bit(
    images: int, captions: int, width: int, block: int, few: int, seed: int
) -> None:
    one = torch.randn(2, width, generator=torch.Generator().manual_seed(seed))
    owner = np.repeat(np.arange(images), captions)
    found = rank_all(
        one[:1].repeat(images, 1),
        one[1:].repeat(len(owner), 1),
        owner_relevance(np.arange(images), owner),
        owner_relevance(owner, np.arange(images)),
        block=block,
        few=few,
    )

    for ranks in directions(found):
        assert plain(by_chance(ranks.raw)) == plain(ranks.raw)


@pytest.mark.parametrize("few", [0, 16])
def test_a_score_is_its_own_equal_wherever_it_is_compared(few: int) -> None:
    drawn = torch.randn(2, 150, 97, generator=torch.Generator().manual_seed(0))
    copies = torch.arange(150) % 75
    owner = np.arange(150)
    same = owner_relevance(owner, owner)

    found = rank_all(drawn[0], drawn[1][copies], same, same, block=32, few=few)

    assert [1] * 150 == found.image_to_text.raw.tied.tolist()
    assert [0] * 150 == found.text_to_image.raw.tied.tolist()


@pytest.mark.parametrize("broken", [math.nan, math.inf])
@pytest.mark.parametrize("side", ["image", "caption"])
def test_an_embedding_that_is_not_finite_stops_the_ranking(broken: float, side: str) -> None:
    good, bad = torch.eye(3), torch.eye(3)
    bad[1, 2] = broken
    own = owner_relevance(np.arange(3), np.arange(3))

    with pytest.raises(RunFailed, match=f"1 of 3 {side} embeddings are not finite, the first is row 1"):
        rank_all(*((bad, good) if side == "image" else (good, bad)), own, own, metric="dot", normalize_embeddings=False)


@pytest.mark.parametrize("metric", ["dot", "euclidean"])
def test_scores_that_overflow_stop_the_ranking(metric: SimilarityMetric) -> None:
    own, huge = owner_relevance(np.arange(2), np.arange(2)), torch.full((2, 4), 1e30)

    with pytest.raises(RunFailed, match="overflowed"):
        rank_all(huge, huge, own, own, metric=metric, normalize_embeddings=False)


def test_embeddings_that_do_not_fit_the_relation_are_refused() -> None:
    own = owner_relevance(np.arange(2), np.arange(2))

    with pytest.raises(ValueError, match="3 images and 2 captions do not fit"):
        rank_all(torch.eye(3), torch.eye(3)[:2], own, own)
    with pytest.raises(ValueError, match="one width"):
        rank_all(torch.eye(3), torch.eye(2), own, own)
