"""Laws of probes on frozen features."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.logistic import logistic_objective, minimum
from cliptune.domain.probes import knn_probe, linear_probe

seeds = st.integers(0, 2**32 - 1)


def clouds(
    count: int, *, classes: int, seed: int, apart: float = 4.0, width: int = 6
) -> tuple[torch.Tensor, torch.Tensor]:
    """Features around a middle of each class, the same middles for every seed."""
    middles = torch.randn(classes, width, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(seed)
    target = torch.randint(classes, (count,), generator=generator)
    return apart * middles[target] + torch.randn(count, width, generator=generator), target


@given(st.integers(2, 5), st.floats(0.001, 1), seeds)
def test_the_gradient_is_that_of_autograd(classes: int, l2: float, seed: int) -> None:
    features, target = clouds(20, classes=classes, seed=seed)
    objective = logistic_objective(features.double(), target, classes=classes, l2=l2)
    weights = torch.randn(7, classes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    weights.requires_grad_()
    value, gradient = objective(weights)
    (expected,) = torch.autograd.grad(value, weights)

    assert torch.allclose(expected, gradient, atol=1e-10)


@given(st.integers(2, 4), st.floats(0.01, 1), seeds)
def test_the_minimum_is_flat_and_nothing_near_is_lower(classes: int, l2: float, seed: int) -> None:
    features, target = clouds(30, classes=classes, seed=seed)
    objective = logistic_objective(features.double(), target, classes=classes, l2=l2)
    found = minimum(objective, torch.zeros(7, classes, dtype=torch.float64))
    near = torch.randn(7, classes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)

    assert found.slope <= 1e-6
    assert objective(found.point)[0] <= objective(found.point + 0.01 * near)[0] + 1e-9


def test_classes_that_lie_apart_are_told_apart() -> None:
    train_x, train_y = clouds(200, classes=4, seed=1)
    test_x, test_y = clouds(200, classes=4, seed=2)
    linear = linear_probe(train_x, train_y, test_x, classes=4).logits
    votes = knn_probe(train_x, train_y, test_x, classes=4, k=10)

    assert (linear.argmax(dim=1) == test_y).double().mean() > 0.97
    assert (votes.argmax(dim=1) == test_y).double().mean() > 0.9


def test_a_linear_probe_comes_out_the_same_every_time_and_in_every_unit() -> None:
    train_x, train_y = clouds(80, classes=3, seed=1, apart=0.5)
    test_x, _ = clouds(20, classes=3, seed=2, apart=0.5)
    scale = torch.arange(1, 7) * 10.0
    first = linear_probe(train_x, train_y, test_x, classes=3, seed=4)
    again = linear_probe(train_x, train_y, test_x, classes=3, seed=4)
    scaled = linear_probe((train_x * scale + 5).double(), train_y, (test_x * scale + 5).double(), classes=3, seed=4)

    assert torch.equal(first.logits, again.logits)
    assert first.l2 == scaled.l2
    assert torch.allclose(first.logits, scaled.logits, atol=1e-3)


def test_features_that_say_nothing_get_the_strongest_penalty_and_clear_ones_a_weak_one() -> None:
    noise, target = clouds(120, classes=3, seed=1, apart=0.0, width=60)
    clear, clear_target = clouds(120, classes=3, seed=1, apart=6.0)

    assert linear_probe(noise, target, noise[:2], classes=3).l2 == 1.0
    assert linear_probe(clear, clear_target, clear[:2], classes=3).l2 <= 0.01


@given(st.integers(1, 12), seeds)
def test_small_and_one_sided_training_sets_are_survived(count: int, seed: int) -> None:
    train_x, _ = clouds(count, classes=2, seed=seed)
    found = linear_probe(
        torch.cat((train_x, torch.ones(count, 1)), 1),
        torch.zeros(count, dtype=torch.int64),
        torch.ones(3, 7),
        classes=2,
    )

    assert found.logits.isfinite().all()
    assert (found.logits.argmax(dim=1) == 0).all()


def test_held_out_examples_are_whole_groups() -> None:
    # Twins in one group: were one twin held out, the weakest penalty would look best.
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(40, 30, generator=generator).repeat_interleave(4, dim=0)
    target = torch.randint(2, (40,), generator=generator).repeat_interleave(4)
    groups = torch.arange(40).repeat_interleave(4)

    assert linear_probe(features, target, features[:1], classes=2).l2 == 0.001
    assert linear_probe(features, target, features[:1], classes=2, train_groups=groups).l2 == 1.0


@given(st.integers(1, 15), st.integers(1, 20), seeds)
def test_neighbours_vote_as_a_loop_would_count(count: int, k: int, seed: int) -> None:
    train_x, train_y = clouds(count, classes=3, seed=seed)
    test_x, _ = clouds(5, classes=3, seed=seed + 1)
    votes = knn_probe(train_x.double(), train_y, test_x.double(), classes=3, k=k, temperature=0.1)
    for query, vote in zip(test_x.double(), votes, strict=True):
        cosine = torch.nn.functional.cosine_similarity(query[None], train_x.double())
        shares = torch.zeros(3, dtype=torch.float64)
        for place in cosine.argsort(descending=True)[:k]:
            shares[train_y[place]] += torch.exp(cosine[place] / 0.1)
        assert torch.allclose(shares / shares.sum(), vote)


@given(st.integers(2, 15), seeds)
def test_a_query_never_votes_for_itself(count: int, seed: int) -> None:
    features, target = clouds(count, classes=3, seed=seed)
    owner = torch.arange(count)
    votes = knn_probe(features, target, features, classes=3, k=1, train_owner=owner, test_owner=owner)
    for place in range(count):
        others = owner != place
        alone = knn_probe(features[others], target[others], features[place : place + 1], classes=3, k=1)
        assert torch.allclose(alone[0], votes[place], atol=1e-6)


def test_where_nobody_may_vote_classes_are_level() -> None:
    owner = torch.zeros(3, dtype=torch.int64)
    votes = knn_probe(torch.eye(3), torch.arange(3), torch.eye(3), classes=4, train_owner=owner, test_owner=owner)

    assert torch.full((3, 4), 0.25).equal(votes)


def test_level_neighbours_all_vote_whatever_their_order() -> None:
    train_x, query = torch.tensor([[1.0, 0], [1.0, 0], [1.0, 0]]), torch.tensor([[1.0, 0.0]])
    for target in ([0, 1, 2], [2, 1, 0]):
        votes = knn_probe(train_x, torch.tensor(target), query, classes=3, k=1)
        assert torch.full((1, 3), 1 / 3).allclose(votes)


@pytest.mark.parametrize("options", [{"k": 0}, {"temperature": 0.0}, {"train_owner": torch.zeros(2)}])
def test_votes_that_cannot_be_counted_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        knn_probe(torch.ones(2, 3), torch.tensor([0, 1]), torch.ones(1, 3), classes=2, **options)  # type: ignore[arg-type]


def test_features_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one width"):
        linear_probe(torch.ones(2, 3), torch.tensor([0, 1]), torch.ones(1, 4), classes=2)
    with pytest.raises(ValueError, match="classes from 0 to 1"):
        linear_probe(torch.ones(2, 3), torch.tensor([0, 2]), torch.ones(1, 3), classes=2)
    with pytest.raises(ValueError, match="strengths above 0"):
        linear_probe(torch.ones(2, 3), torch.tensor([0, 1]), torch.ones(1, 3), classes=2, l2=(0.0,))
