"""Laws of splitting."""

from collections import Counter

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import EmptySplit, SharedGroup, UsageError
from cliptune.domain.pairs import SPLITS, Example, Rejected, Split
from cliptune.domain.splits import (
    Shares,
    Splits,
    assign,
    check_group_purity,
    check_sizes,
    position,
    shares_of,
    split_examples,
)
from support.pairs import example, examples, names

parts = st.floats(0.0, 0.45)


def shares(*, val: float = 0.1, test: float = 0.1) -> Shares:
    return Shares(1 - val - test, val, test)


def splits_of(**keys: tuple[Example, ...]) -> Splits:
    return {split: keys.get(split, ()) for split in SPLITS}


def named(split: Split, *keys: str) -> tuple[Example, ...]:
    return tuple(evolve(example(key), split=split) for key in keys)


def keys_of(splits: Splits, split: Split) -> list[str]:
    return [one.image.key for one in splits[split]]


@given(examples(), parts, parts)
def test_every_example_is_in_exactly_one_split(members: tuple[Example, ...], val: float, test: float) -> None:
    columns = DataConfig(train_split=1 - val - test, val_split=val, test_split=test)
    splits, _ = split_examples(members, columns)

    assert Counter(members) == Counter(one for split in splits.values() for one in split)


@given(examples(), examples())
def test_new_rows_never_move_old_ones(old: tuple[Example, ...], new: tuple[Example, ...]) -> None:
    grown = (*(example(f"new {one.image.key}", group=one.group) for one in new), *old)
    before, _ = split_examples(old, DataConfig())
    after, _ = split_examples(grown, DataConfig())

    assert all(set(before[split]) <= set(after[split]) for split in SPLITS)


@given(examples())
def test_a_group_is_never_torn_apart(members: tuple[Example, ...]) -> None:
    splits, _ = split_examples(members, DataConfig())

    check_group_purity(splits)
    assert all(
        not {one.group for one in splits[a]} & {one.group for one in splits[b]}
        for a in SPLITS
        for b in SPLITS
        if a != b
    )


@given(names, parts, parts, parts)
def test_raising_a_held_out_share_never_gives_a_group_back(group: str, low: float, high: float, other: float) -> None:
    low, high = sorted((low, high))

    if assign(group, shares=shares(test=low, val=other)) == "test":
        assert "test" == assign(group, shares=shares(test=high, val=other))
    if assign(group, shares=shares(val=low, test=other)) == "val":
        assert "val" == assign(group, shares=shares(val=high, test=other))


@given(names, parts, parts, parts)
def test_raising_one_held_out_share_leaves_the_other_alone(group: str, low: float, high: float, other: float) -> None:
    before = assign(group, shares=shares(test=low, val=other))
    after = assign(group, shares=shares(test=high, val=other))

    assert (before == "val") == (after == "val")


def test_shares_are_met_over_many_groups() -> None:
    counts = Counter(assign(f"patient {index}", shares=shares(val=0.1, test=0.2)) for index in range(20_000))

    assert 0.7 == pytest.approx(counts["train"] / 20_000, abs=0.01)
    assert 0.1 == pytest.approx(counts["val"] / 20_000, abs=0.01)
    assert 0.2 == pytest.approx(counts["test"] / 20_000, abs=0.01)


def test_positions_are_the_same_on_every_machine() -> None:
    assert 0.7780715903977301 == position("images/a.jpg")
    assert 0.7780715903977301 != position("images/a.jpg", seed=1)


@given(st.text())
def test_a_position_is_at_least_0_and_below_1(group: str) -> None:
    assert 0 <= position(group) < 1


@given(names)
def test_nothing_is_held_out_where_no_share_is(group: str) -> None:
    assert "train" == assign(group, shares=shares(val=0, test=0))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, Shares(0.8, 0.1, 0.1)),
        ({"test_path": "t.csv"}, Shares(0.8 / 0.9, 0.1 / 0.9, 0.0)),
        ({"val_path": "v.csv"}, Shares(0.8 / 0.9, 0.0, 0.1 / 0.9)),
        ({"val_path": "v.csv", "test_path": "t.csv"}, Shares(1.0, 0.0, 0.0)),
    ],
)
def test_a_split_with_a_file_takes_no_share_and_the_others_grow(keys: dict[str, str], expected: Shares) -> None:
    found = shares_of(DataConfig(**keys))  # type: ignore[arg-type]

    assert (expected.train, expected.val, expected.test) == pytest.approx((found.train, found.val, found.test))


def test_a_file_for_a_split_is_told() -> None:
    _, notes = split_examples((example("a"),), DataConfig(test_path="t.csv"))

    assert ("test_path given: data_path is cut into 88.9% train, 11.1% val",) == notes


def test_a_split_column_decides_alone() -> None:
    members = (*named("test", "a", "b"), *named("val", "c"), *named("train", "d", "e", "f"))
    splits, notes = split_examples(members, DataConfig(split_column="split"))

    assert () == notes
    assert [["d", "e", "f"], ["c"], ["a", "b"]] == [keys_of(splits, split) for split in SPLITS]


def test_where_the_column_names_no_validation_it_is_carved_from_training() -> None:
    members = (*named("train", *(f"a{index}" for index in range(900))), *named("test", "t1", "t2"))
    splits, notes = split_examples(members, DataConfig(split_column="fold"))

    assert ("`fold` names no validation rows: 11.1% of its train groups validate",) == notes
    assert ["t1", "t2"] == keys_of(splits, "test")
    assert 100 == pytest.approx(len(splits["val"]), abs=30)
    assert 900 == len(splits["val"]) + len(splits["train"])


def test_no_validation_is_carved_where_no_share_is_asked_for() -> None:
    columns = DataConfig(split_column="fold", train_split=0.9, val_split=0.0)
    splits, notes = split_examples(named("train", *(f"a{index}" for index in range(50))), columns)

    assert () == notes
    assert () == splits["val"]


def test_a_column_and_a_file_for_the_same_split_are_refused() -> None:
    with pytest.raises(UsageError) as error:
        split_examples(named("test", "a"), DataConfig(split_column="fold", test_path="t.csv"))

    expected = "a row: `fold` names test rows, and test_path gives test pairs as well; drop `test_path` or those rows"
    assert expected == error.value.message


def test_a_group_in_two_splits_is_named_with_a_row_in_each() -> None:
    shared = splits_of(train=(example("a", group="P1"), example("b", group="P2")), test=(example("c", group="P1"),))
    with pytest.raises(SharedGroup) as error:
        check_group_purity(shared)

    expected = (
        "1 group stands in more than one split, so that a score would be a leak; give each group one split:\n"
        "  'P1' in train (a row) and test (c row)"
    )
    assert expected == error.value.message
    assert 3 == error.value.exit_code


def test_a_picture_in_two_splits_is_a_leak_even_under_two_groups() -> None:
    shared = splits_of(train=(example("a", group="P1"),), val=(example("a", group="P2"),))

    with pytest.raises(SharedGroup, match="1 picture stands in more than one split"):
        check_group_purity(shared)


def test_five_shared_groups_are_named_and_the_rest_counted() -> None:
    members = tuple(example(f"p{index}") for index in range(7))
    with pytest.raises(SharedGroup) as error:
        check_group_purity(splits_of(train=members, test=members))

    assert 7 == len(error.value.message.splitlines())
    assert error.value.message.endswith("\n  and 2 more")


TWO = (example("a"), example("b"))
ONE = (example("c"),)


@pytest.mark.parametrize(
    ("splits", "keys", "expected"),
    [
        (
            splits_of(train=ONE),
            {"val_split": 0.0, "test_split": 0.0},
            "pictures in the train split: 1; at least 2 are needed (1 groups in all splits): add pairs to data_path",
        ),
        (
            splits_of(train=TWO, val=ONE),
            {},
            "pictures in the val split: 1; at least 2 are needed (3 groups in all splits): add pairs, raise "
            "`val_split`, give `val_path`, or set `val_split: 0` and add its share to `train_split`",
        ),
        (
            splits_of(train=TWO),
            {"test_path": "held_out.csv", "val_split": 0.0},
            "pictures in the test split: 0; at least 2 are needed (2 groups in all splits): add pairs to held_out.csv",
        ),
        (
            splits_of(train=TWO),
            {"split_column": "fold", "val_split": 0.0},
            "pictures in the test split: 0; at least 2 are needed (2 groups in all splits): name test rows in `fold`, "
            "give `test_path`, or set `test_split: 0` and add its share to `train_split`",
        ),
    ],
)
def test_a_split_that_is_too_small_says_what_to_change(splits: Splits, keys: dict[str, object], expected: str) -> None:
    with pytest.raises(EmptySplit) as error:
        check_sizes(splits, DataConfig(**keys))  # type: ignore[arg-type]

    assert expected == error.value.message


def test_a_split_that_nobody_asked_for_may_be_empty() -> None:
    check_sizes(splits_of(train=TWO), DataConfig(train_split=1.0, val_split=0.0, test_split=0.0))


def test_an_empty_split_tells_of_rows_that_were_lost() -> None:
    lost = (Rejected("t.csv:2", "a.png", "no such file"),)
    with pytest.raises(EmptySplit) as error:
        check_sizes(splits_of(), DataConfig(), rejected=lost)

    assert error.value.message.endswith("; 1 rows could not be used, the first is t.csv:2: a.png: no such file")
