import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor

from cliptune.domain.config.objective import SimilarityMetric
from cliptune.domain.errors import RunFailed
from cliptune.domain.metrics import RankCounts, by_chance
from cliptune.domain.ranking import rank_counts, rank_counts_from_scores
from cliptune.domain.similarity import similarity
from support.scores import Scored, Sides, owned_sides, plain, tied_scores

METRICS: tuple[SimilarityMetric, ...] = ("cosine", "dot", "euclidean")


def ranked(sides: Sides, *, metric: SimilarityMetric = "cosine", block: int = 4096) -> RankCounts:
    return rank_counts(
        sides.queries,
        sides.candidates,
        query_owner=sides.query_owner,
        candidate_owner=sides.candidate_owner,
        metric=metric,
        block=block,
    )


def related(sides: Sides) -> Tensor:
    return sides.query_owner[:, None] == sides.candidate_owner


def swapped(sides: Sides) -> Sides:
    return Sides(sides.candidates, sides.queries, sides.candidate_owner, sides.query_owner)


@given(scored=tied_scores())
def test_counts_are_what_one_counts_by_hand(scored: Scored) -> None:
    expected = []
    for row, flags in zip(scored.scores.tolist(), scored.positives.tolist(), strict=True):
        good = [score for score, flag in zip(row, flags, strict=True) if flag]
        bad = [score for score, flag in zip(row, flags, strict=True) if not flag]
        best = max(good)
        expected.append((sum(s > best for s in bad), bad.count(best), good.count(best), len(good)))

    assert tuple(expected) == plain(rank_counts_from_scores(*scored))


@pytest.mark.parametrize("metric", METRICS)
@given(sides=owned_sides())
def test_counts_of_embeddings_are_those_of_their_whole_score_matrix(metric: SimilarityMetric, sides: Sides) -> None:
    scores = similarity(sides.queries, sides.candidates, metric=metric)

    whole, counted = rank_counts_from_scores(scores, related(sides)), ranked(sides, metric=metric)

    assert plain(whole) == plain(counted)
    assert_allclose(whole.positive_similarity, counted.positive_similarity, atol=1e-6)


@given(sides=owned_sides(), block=st.integers(1, 9))
def test_blocks_of_any_size_count_the_same(sides: Sides, block: int) -> None:
    whole, cut = ranked(sides), ranked(sides, block=block)

    assert plain(whole) == plain(cut)
    assert_array_equal(whole.positive_similarity, cut.positive_similarity)


@given(sides=owned_sides(), data=st.data())
def test_the_order_of_candidates_does_not_matter(sides: Sides, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(sides.candidates))))
    shuffled = sides._replace(candidates=sides.candidates[order], candidate_owner=sides.candidate_owner[order])

    assert plain(ranked(sides)) == plain(ranked(shuffled))


@given(sides=owned_sides(), data=st.data())
def test_permuting_queries_permutes_their_counts(sides: Sides, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(sides.queries))))
    shuffled = sides._replace(queries=sides.queries[order], query_owner=sides.query_owner[order])

    counts = plain(ranked(sides))

    assert tuple(counts[query] for query in order) == plain(ranked(shuffled))


@given(scored=tied_scores())
def test_a_strictly_increasing_map_of_the_scores_changes_nothing(scored: Scored) -> None:
    counts = plain(rank_counts_from_scores(*scored))

    assert counts == plain(rank_counts_from_scores(scored.scores * 2 - 7, scored.positives))
    assert counts == plain(rank_counts_from_scores(scored.scores.double().exp(), scored.positives))


@given(sides=owned_sides())
def test_captions_among_images_are_images_among_captions_of_the_transposed_scores(sides: Sides) -> None:
    scores = similarity(sides.queries, sides.candidates)

    assert plain(rank_counts_from_scores(scores.T, related(sides).T)) == plain(ranked(swapped(sides)))


@given(sides=owned_sides())
def test_doubling_the_gallery_doubles_every_count(sides: Sides) -> None:
    doubled = sides._replace(candidates=sides.candidates.repeat(2, 1), candidate_owner=sides.candidate_owner.repeat(2))

    assert tuple(tuple(2 * count for count in query) for query in plain(ranked(sides))) == plain(ranked(doubled))


@given(scored=tied_scores(), data=st.data())
def test_one_more_wrong_candidate_never_moves_a_query_up(scored: Scored, data: st.DataObject) -> None:
    copied = data.draw(st.integers(0, scored.scores.shape[1] - 1))
    more = torch.cat((scored.scores, scored.scores[:, [copied]]), dim=1)
    wrong = torch.cat((scored.positives, torch.zeros(len(more), 1, dtype=torch.bool)), dim=1)

    before, after = rank_counts_from_scores(*scored), rank_counts_from_scores(more, wrong)

    assert (after.above >= before.above).all()
    assert (after.above + after.tied >= before.above + before.tied).all()


@given(
    images=st.integers(2, 70),
    captions=st.integers(1, 3),
    width=st.sampled_from([3, 64, 100]),
    block=st.integers(1, 80),
    seed=st.integers(0, 2**32 - 1),
)
def test_collapsed_embeddings_are_all_tied_to_the_last_bit(
    images: int, captions: int, width: int, block: int, seed: int
) -> None:
    one = torch.randn(2, width, generator=torch.Generator().manual_seed(seed))
    owner = torch.arange(images)
    collapsed = Sides(one[:1].repeat(images, 1), one[1:].repeat(images * captions, 1), owner, owner.repeat(captions))

    for sides in (collapsed, swapped(collapsed)):
        counts = ranked(sides, block=block)

        assert plain(by_chance(counts)) == plain(counts)


def test_equal_candidates_tie_though_a_product_may_round_them_differently() -> None:
    drawn = torch.randn(40, 512, generator=torch.Generator().manual_seed(0))
    sides = Sides(drawn[:10], drawn[10:17], torch.arange(10) % 7, torch.arange(7))
    doubled = Sides(
        sides.queries,
        sides.candidates.repeat(3, 1),
        sides.query_owner,
        torch.cat((torch.arange(7), torch.arange(7, 21))),
    )

    counts = ranked(doubled)

    assert [2] * 10 == counts.tied.tolist()
    assert (3 * ranked(sides).above).tolist() == counts.above.tolist()


def test_negative_scores_count_like_any_other() -> None:
    scores = torch.tensor([[-0.2, -0.1, -0.3], [-0.2, -0.1, -0.3]])
    positives = torch.tensor([[False, True, False], [True, False, False]])

    assert ((0, 0, 1, 1), (1, 0, 1, 1)) == plain(rank_counts_from_scores(scores, positives))


def test_half_precision_ranks_like_the_float32_numbers_it_holds() -> None:
    drawn = torch.randn(60, 64, generator=torch.Generator().manual_seed(0)).bfloat16()
    sides = Sides(drawn[:30], drawn[30:], torch.arange(30), torch.arange(30))
    raised = sides._replace(queries=drawn[:30].float(), candidates=drawn[30:].float())

    assert plain(ranked(raised)) == plain(ranked(sides))


def test_ranking_leaves_no_trace_in_the_gradient_tape() -> None:
    sides = Sides(torch.eye(3, requires_grad=True), torch.eye(3, requires_grad=True), torch.arange(3), torch.arange(3))

    assert ((0, 0, 1, 1),) * 3 == plain(ranked(sides))


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("side", ["query", "candidate"])
def test_an_embedding_that_is_not_finite_stops_the_ranking(broken: float, side: str) -> None:
    good, bad = torch.eye(3), torch.eye(3)
    bad[1, 2] = broken
    queries, candidates = (bad, good) if side == "query" else (good, bad)

    with pytest.raises(RunFailed, match=f"1 of 3 {side} embeddings are not finite, the first is row 1"):
        ranked(Sides(queries, candidates, torch.arange(3), torch.arange(3)), metric="dot")


def test_scores_that_overflow_stop_the_ranking() -> None:
    huge = torch.full((2, 4), 1e30)

    with pytest.raises(RunFailed, match="overflowed"):
        rank_counts(
            huge,
            huge,
            query_owner=torch.arange(2),
            candidate_owner=torch.arange(2),
            metric="dot",
            normalize_embeddings=False,
        )


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_score_that_is_not_finite_stops_the_ranking(broken: float) -> None:
    with pytest.raises(RunFailed, match="not finite"):
        rank_counts_from_scores(torch.tensor([[0.0, broken]]), torch.tensor([[True, False]]))


def test_a_query_without_a_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="1 of 2 queries have no positive; the first is query 1"):
        ranked(Sides(torch.eye(2), torch.eye(2), torch.tensor([0, 9]), torch.tensor([0, 1])))
    with pytest.raises(ValueError, match="1 of 1 queries have no positive"):
        rank_counts_from_scores(torch.ones(1, 2), torch.zeros(1, 2, dtype=torch.bool))


@pytest.mark.parametrize(
    ("queries", "owners", "message"),
    [((2, 3), 2, "queries are 3 wide"), ((2, 4), 3, "query"), ((0, 4), 0, "at least 1"), ((4,), 4, "query")],
)
def test_shapes_that_do_not_fit_are_refused(queries: tuple[int, ...], owners: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ranked(Sides(torch.ones(queries), torch.ones(2, 4), torch.zeros(owners).long(), torch.zeros(2).long()))


def test_scores_and_positives_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        rank_counts_from_scores(torch.ones(2, 3), torch.ones(3, 2, dtype=torch.bool))
