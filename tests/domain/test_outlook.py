"""What a person is told before the first step about pairs that say the same."""

import pytest

from cliptune.domain.batch_plan import avoiding_batches
from cliptune.domain.outlook import Outlook, Plan, outlook
from cliptune.domain.pairs import Example
from cliptune.domain.relation import example_keys
from cliptune.domain.sampling import epoch_batches, epoch_order
from support.pairs import example, image_ref


def foretold(examples: list[Example], *, plan: Plan, batch_size: int) -> Outlook:
    keys = example_keys(examples, ["caption", "image"])
    shown = keys.shown([0] * len(examples))
    order = epoch_order(len(examples), seed=1, epoch=0, shuffle=plan != "in order")
    batches = epoch_batches(order, batch_size=batch_size)
    if plan == "avoid":
        batches = avoiding_batches(order, shown, batch_size=batch_size, seed=1, epoch=0)
    return outlook(keys, shown, batches, plan=plan)


def repeated(captions: int, *, times: int) -> list[Example]:
    return [example(f"{n}.png", caption=f"Caption {n % captions}.") for n in range(captions * times)]


def test_of_shuffled_batches_the_expected_rate_is_told() -> None:
    found = foretold(repeated(50, times=20), plan="shuffle", batch_size=128)

    assert found.expected == found.shuffled
    assert found.expected == pytest.approx(0.92, abs=0.02)
    told = f"expected false negatives: {found.shuffled:.1%} of pairs meet others of the same caption or image in "
    assert (f"{told}shuffled batches of 125, {found.shuffled_each:.2f} on average",) == found.notes
    assert {
        "expected_false_negative_rate": found.shuffled,
        "expected_false_negatives_each": found.shuffled_each,
        "shuffled_false_negative_rate": found.shuffled,
        "shuffled_false_negatives_each": found.shuffled_each,
    } == found.values()


def test_of_avoiding_batches_it_is_told_what_they_leave() -> None:
    found = foretold(repeated(50, times=4), plan="avoid", batch_size=25)

    assert 0.0 == found.expected == found.expected_each < 0.3 < found.shuffled
    assert "batch_plan: avoid leaves 0.0%, 0.00 on average" == found.notes[-1]


def test_of_the_order_of_the_table_what_is_there_is_counted() -> None:
    found = foretold(repeated(4, times=2), plan="in order", batch_size=4)

    assert 0.0 == found.expected < found.shuffled
    assert "in the order of the table 0.0% do, 0.00 on average" == found.notes[-1]


def test_where_avoiding_is_impossible_a_pair_meets_fewer_though_more_pairs_meet_any() -> None:
    """Spread evenly, four of a kind in every batch: nobody is spared, and nobody meets five."""
    found = foretold(repeated(5, times=20), plan="avoid", batch_size=20)

    assert (1.0, 3.0) == (found.expected, found.expected_each)
    assert found.expected_each < found.shuffled_each


def test_a_key_that_is_too_common_is_named_with_its_rows_and_what_would_help() -> None:
    long = "word " * 30
    examples = [example(f"{n}.png", caption=long if n < 7 else f"caption {n}") for n in range(20)]
    found = foretold(examples, plan="avoid", batch_size=5)

    assert (
        f"caption {long[:59] + '…'!r} has 7 of 20 pairs, more than the 4 batches of an epoch: "
        "they cannot avoid each other, are spread evenly, and are left to `positives`",
        "there is room for every key in batches of at most 3",
    ) == found.notes[2:]
    assert 0.0 == foretold(examples, plan="avoid", batch_size=3).expected
    assert 0.0 < foretold(examples, plan="avoid", batch_size=4).expected


def test_only_the_most_common_keys_are_named() -> None:
    found = foretold(repeated(6, times=10), plan="avoid", batch_size=30)

    assert 3 == sum("more than the 2 batches of an epoch" in note for note in found.notes)
    assert "3 keys more have more pairs than the epoch has batches" in found.notes
    assert "there is room for every key in batches of at most 6" == found.notes[-1]


def test_pictures_with_equal_bytes_are_told_by_their_content() -> None:
    examples = [Example(image_ref(f"{n}"), (f"caption {n}",), f"{n}", content="abc") for n in range(4)]

    assert any(
        note.startswith("image 'abc' has 4 of 4 pairs") for note in foretold(examples, plan="avoid", batch_size=2).notes
    )
