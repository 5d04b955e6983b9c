"""Laws of prompts, zero-shot scores, confusion matrices and average precision."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.classification import classification
from cliptune.domain.credit import confusion_of_logits, top_k_credit
from cliptune.domain.errors import DataError, RunFailed, UsageError
from cliptune.domain.multi_label import average_precision, multi_label
from cliptune.domain.prompts import prompts_of
from cliptune.domain.zero_shot import class_embeddings, zero_shot_logits

seeds = st.integers(0, 2**32 - 1)
labels = st.lists(st.text("aB_ c", min_size=1).filter(str.strip), min_size=1, max_size=5)
templates = st.lists(st.text("xyz ", max_size=4).map(lambda words: f"{words}{{label}}."), min_size=1, max_size=4)


def scored(pictures: int, classes: int, *, seed: int, level: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Logits, many of them level, and classes."""
    generator = np.random.default_rng(seed)
    logits = generator.integers(0, 3, (pictures, classes)) if level else generator.normal(size=(pictures, classes))
    return logits.astype(float), generator.integers(0, classes, pictures)


@given(labels, templates)
def test_neither_order_nor_repetition_changes_prompts(names: list[str], wanted: list[str]) -> None:
    shuffled = [*reversed(wanted), wanted[0]]

    assert prompts_of(names, wanted) == prompts_of([*reversed(names), names[0]], shuffled)
    assert list(prompts_of(names, wanted)) == sorted(set(names))


def test_a_label_is_told_as_it_is() -> None:
    assert {"lung_opacity": ("a scan of lung_opacity.",), "pneumoThorax": ("a scan of pneumoThorax.",)} == prompts_of(
        ["pneumoThorax", "lung_opacity"], ["a scan of {label}."]
    )


def test_a_class_may_have_its_own_prompts() -> None:
    own = {"cat": ["a {label}", "a kitten", "a kitten"], "dog": "a dog", "emu": ["never asked for"]}

    assert {"cat": ("a cat", "a kitten"), "dog": ("a dog",)} == prompts_of(["cat", "dog"], own)


@pytest.mark.parametrize(
    ("names", "wanted", "said"),
    [
        (["cat", "dog", "elk"], {"cat": ["a cat"], "dog": [" "]}, "no prompt for the classes 'dog', 'elk'"),
        (["cat", "dog"], {"cat": ["a cat"], "dog": []}, "no prompt for the class 'dog'"),
        (["cat"], ["a photo"], "'a photo' has no {label}"),
        (["cat"], [], "no `prompt_templates`"),
        ([], ["{label}"], "no classes"),
        (["cat", " "], ["{label}"], "blank name"),
    ],
)
def test_a_class_without_a_prompt_is_refused_by_name(names: list[str], wanted: object, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("{", r"\{")):
        prompts_of(names, wanted)  # type: ignore[arg-type]


@given(st.integers(1, 4), st.integers(1, 5), seeds)
def test_a_class_is_the_direction_of_its_prompts_however_long_or_ordered_they_are(
    classes: int, each: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    prompts = torch.randn(classes * each, 6, generator=generator, dtype=torch.float64)
    owner = torch.arange(classes).repeat(each)
    lengths = torch.rand(len(prompts), 1, generator=generator) + 0.1
    order = torch.randperm(len(prompts), generator=generator)
    found = class_embeddings(prompts, owner)

    assert torch.allclose(found, class_embeddings((prompts * lengths)[order], owner[order]))
    assert torch.allclose(found.norm(dim=1), torch.ones(classes, dtype=torch.float64))
    unit = prompts / prompts.norm(dim=1, keepdim=True)
    mean = torch.stack([unit[owner == place].mean(dim=0) for place in range(classes)])
    assert torch.allclose(found, mean / mean.norm(dim=1, keepdim=True))


def test_a_class_without_embeddings_is_refused() -> None:
    with pytest.raises(ValueError, match="class 1 of 3 has no prompt"):
        class_embeddings(torch.ones(2, 4), torch.tensor([0, 2]))


@given(st.integers(1, 30), st.integers(1, 5), seeds)
def test_logits_are_scaled_cosines_in_float32_and_equal_classes_are_level(
    pictures: int, classes: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    images, directions = (torch.randn(count, 33, generator=generator) for count in (pictures, classes))
    twice = torch.cat((directions, directions))
    logits = zero_shot_logits(images.half(), twice, scale=100.0)
    cosine = torch.nn.functional.cosine_similarity(images.half().float()[:, None], twice, dim=2)

    assert torch.float32 == logits.dtype
    assert torch.allclose(100 * cosine, logits, atol=1e-3)
    assert torch.equal(logits[:, :classes], logits[:, classes:])


@given(st.integers(2, 6), st.integers(1, 5))
def test_a_scorer_that_sees_nothing_is_right_by_chance(classes: int, each: int) -> None:
    target = np.repeat(np.arange(classes), each)
    found = classification(confusion_of_logits(np.zeros((len(target), classes)), target), [*map(str, range(classes))])

    assert (1 / classes,) * 3 == pytest.approx((found.accuracy, found.balanced_accuracy, found.chance))
    for k in range(1, classes + 1):
        assert k / classes == pytest.approx(top_k_credit(np.zeros((len(target), classes)), target, k=k).mean())


@given(st.integers(1, 12), st.integers(1, 4), seeds, st.integers(1, 5))
def test_credit_is_the_average_over_orders_of_level_classes(pictures: int, classes: int, seed: int, k: int) -> None:
    logits, target = scored(pictures, classes, seed=seed)
    credit = np.zeros(pictures)
    orders = list(itertools.permutations(range(classes)))
    for order in orders:
        ranked = np.stack([np.lexsort((order, -row)) for row in logits])
        credit += (ranked[:, :k] == target[:, None]).any(axis=1)

    assert credit / len(orders) == pytest.approx(top_k_credit(logits, target, k=k))


@given(st.integers(1, 40), st.integers(1, 5), seeds, st.booleans())
def test_rows_of_a_confusion_sum_to_their_classes_and_its_diagonal_to_the_credit(
    pictures: int, classes: int, seed: int, level: bool
) -> None:
    logits, target = scored(pictures, classes, seed=seed, level=level)
    confusion = confusion_of_logits(logits, target)
    found = classification(confusion, [f"class {place}" for place in range(classes)])

    assert np.bincount(target, minlength=classes) == pytest.approx(confusion.sum(axis=1))
    assert top_k_credit(logits, target).mean() == pytest.approx(found.accuracy)
    assert found.pictures == pictures
    assert [row.pictures == 0 for row in found.per_class] == [row.label in found.absent for row in found.per_class]
    if not level:
        answered = np.zeros((classes, classes))
        for truth, said in zip(target, logits.argmax(axis=1), strict=True):
            answered[truth, said] += 1
        assert np.array_equal(confusion, answered)


def test_a_confusion_is_read_as_in_the_books() -> None:
    confusion = np.array([[8.0, 2, 0, 0], [1, 3, 0, 0], [0, 6, 14, 0], [0, 0, 0, 0]])
    found = classification(confusion, ["cat", "dog", "elk", "fox"])
    cat, dog, _, fox = found.per_class

    assert (25 / 34, (0.8 + 0.75 + 0.7) / 3) == pytest.approx((found.accuracy, found.balanced_accuracy))
    assert (0.25, 20 / 34) == (found.chance, found.majority)
    assert (0.8, 8 / 9, 16 / 19) == pytest.approx((cat.recall, cat.precision, cat.f1))
    assert (16 / 19 + 6 / 15 + 28 / 34) / 3 == pytest.approx(found.macro_f1)
    assert (False, True, 4, 10) == (cat.small, dog.small, dog.pictures, cat.recall_interval.groups)
    assert (None, None, None, False) == (fox.recall, fox.precision, fox.f1, fox.recall_interval.known)
    assert found.absent == ("fox",)
    assert [("elk", "dog", 6, 0.3), ("cat", "dog", 2, 0.2), ("dog", "cat", 1, 0.25)] == [
        (one.truth, one.said, one.pictures, one.share) for one in found.top_confusions
    ]


@given(st.integers(1, 6), seeds)
def test_average_precision_is_the_average_over_every_order_of_what_is_level(items: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    scores, positive = generator.integers(0, 3, items).astype(float), generator.random(items) < 0.5
    positive[0] = True
    found = []
    for order in itertools.permutations(range(items)):
        ranked = sorted(order, key=lambda item: -scores[item])
        hits = [place for place, item in enumerate(ranked, start=1) if positive[item]]
        found.append(sum(turn / place for turn, place in enumerate(hits, start=1)) / len(hits))

    assert math.fsum(found) / len(found) == pytest.approx(average_precision(scores, positive))


@given(st.integers(1, 30), st.integers(1, 5), seeds)
def test_mean_average_precision_is_the_loop_over_classes_that_have_pictures(
    pictures: int, classes: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    scores, target = generator.normal(size=(pictures, classes)), generator.random((pictures, classes)) < 0.3
    target[0, 0] = True
    names = [f"class {place}" for place in range(classes)]
    by_hand = {}
    for place in range(classes):
        ranked = [bool(target[item, place]) for item in np.argsort(-scores[:, place])]
        precisions = [sum(ranked[: rank + 1]) / (rank + 1) for rank, positive in enumerate(ranked) if positive]
        if precisions:
            by_hand[names[place]] = sum(precisions) / len(precisions)
    found = multi_label(scores, target, names)

    assert by_hand == {row.label: pytest.approx(row.average_precision) for row in found.per_class}
    assert sum(by_hand.values()) / len(by_hand) == pytest.approx(found.mean_average_precision)
    assert set(names) - set(by_hand) == set(found.left_out)
    assert multi_label(np.zeros_like(scores), target, names).mean_average_precision == pytest.approx(found.chance)


def test_without_any_positive_there_is_nothing_to_average() -> None:
    with pytest.raises(DataError, match="no picture has any of the classes"):
        multi_label(np.ones((3, 2)), np.zeros((3, 2), bool), ["cat", "dog"])


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_scores_that_are_no_numbers_are_refused(broken: float) -> None:
    logits = np.array([[0.0, broken]])
    with pytest.raises(RunFailed, match="not finite"):
        top_k_credit(logits, np.array([0]))
    with pytest.raises(RunFailed, match="not finite"):
        multi_label(logits, np.array([[True, False]]), ["cat", "dog"])


@pytest.mark.parametrize("target", [[2], [-1], [0, 1]])
def test_classes_that_do_not_exist_are_refused(target: list[int]) -> None:
    with pytest.raises(ValueError, match="classes"):
        top_k_credit(np.ones((1, 2)), np.array(target))
