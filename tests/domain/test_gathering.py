"""Laws of gathering rows into examples."""

import pytest
from attrs import evolve
from hypothesis import given

from cliptune.domain.errors import DataError, SharedGroup, UnreadableData
from cliptune.domain.gathering import SPLIT_WORDS, gather
from cliptune.domain.pairs import Example, Rejected, Row
from support.pairs import image_ref, tables


def row(line: int, image: str, caption: str = "a", **columns: str) -> Row:
    return Row(f"t.csv:{line}", image_ref(image), caption, columns)


@given(tables())
def test_every_caption_is_kept_with_its_picture(rows: tuple[Row, ...]) -> None:
    examples, _ = gather(rows)

    assert {(row.image.key, row.caption) for row in rows} == {
        (one.image.key, caption) for one in examples for caption in one.captions
    }


@given(tables())
def test_no_picture_and_no_caption_of_a_picture_comes_twice(rows: tuple[Row, ...]) -> None:
    examples, _ = gather(rows)

    assert len({one.image.key for one in examples}) == len(examples)
    assert all(len(set(one.captions)) == len(one.captions) for one in examples)


@given(tables())
def test_pictures_and_captions_keep_the_order_of_the_table(rows: tuple[Row, ...]) -> None:
    examples, _ = gather(rows)

    assert list(dict.fromkeys(row.image.key for row in rows)) == [one.image.key for one in examples]
    for one in examples:
        assert list(dict.fromkeys(row.caption for row in rows if row.image == one.image)) == list(one.captions)


@given(tables())
def test_a_group_is_the_value_of_the_group_column(rows: tuple[Row, ...]) -> None:
    examples, rejected = gather(rows, group_column="patient")

    assert () == rejected
    assert {row.image.key: row.columns["patient"] for row in rows} == {one.image.key: one.group for one in examples}


def test_without_a_group_column_a_picture_is_its_own_group() -> None:
    examples, _ = gather([row(2, "a.png"), row(3, "a.png", "b")])

    assert (Example(image_ref("a.png"), ("a", "b"), "a.png", None, "t.csv:2"),) == examples


@pytest.mark.parametrize("value", [{}, {"patient": ""}, {"patient": "  "}])
def test_a_row_without_a_group_is_rejected(value: dict[str, str]) -> None:
    examples, rejected = gather([row(2, "a.png", patient="P1"), row(3, "b.png", **value)], group_column="patient")

    assert ["a.png"] == [one.image.key for one in examples]
    assert (Rejected("t.csv:3", "b.png", "no value in group column `patient`"),) == rejected


@pytest.mark.parametrize(("word", "split"), [*SPLIT_WORDS.items(), (" Train ", "train"), ("VALIDATION", "val")])
def test_every_usual_word_for_a_split_is_understood(word: str, split: str) -> None:
    examples, _ = gather([row(2, "a.png", fold=word)], split_column="fold")

    assert [split] == [one.split for one in examples]


@pytest.mark.parametrize(("word", "found"), [("trian", "has 'trian'"), ("", "has no value"), ("1", "has '1'")])
def test_any_other_word_for_a_split_is_an_error_that_names_the_row(word: str, found: str) -> None:
    with pytest.raises(DataError) as error:
        gather([row(2, "a.png", fold="train"), row(3, "b.png", fold=word)], split_column="fold")

    expected = f"t.csv:3: split column `fold` {found}; accepted are train, val, valid, validation, dev, test"
    assert expected == error.value.message


def test_a_picture_in_two_groups_is_an_error_that_names_both_rows() -> None:
    with pytest.raises(DataError) as error:
        gather([row(2, "a.png", patient="P1"), row(5, "a.png", patient="P2")], group_column="patient")

    expected = (
        "t.csv:2 and t.csv:5 put the picture 'a.png' into two groups, 'P1' and 'P2'; a picture belongs to one group"
    )
    assert expected == error.value.message


def test_a_picture_in_two_splits_is_an_error_that_names_both_rows() -> None:
    with pytest.raises(SharedGroup) as error:
        gather([row(2, "a.png", split="train"), row(5, "a.png", split="dev")], split_column="split")

    expected = (
        "t.csv:2 and t.csv:5 put the picture 'a.png' into two splits, train and val; a picture belongs to one split"
    )
    assert expected == error.value.message


def test_a_column_that_no_row_has_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(UnreadableData) as error:
        gather([row(2, "a.png", patientid="P1", age="7")], group_column="patient_id")

    expected = (
        "t.csv: no column `patient_id`; the columns are `patientid`, `age`; did you mean `group_column: patientid`?"
    )
    assert expected == error.value.message


def test_where_nothing_is_alike_a_missing_column_is_an_error_without_suggestion() -> None:
    with pytest.raises(UnreadableData) as error:
        gather([row(2, "a.png")], split_column="fold")

    assert (
        "t.csv: no column `fold`; there is none besides those of the picture and the caption; "
        "a table that has it is named by `metadata_path`" == error.value.message
    )


@given(tables())
def test_what_is_gathered_does_not_depend_on_columns_that_nobody_asked_for(rows: tuple[Row, ...]) -> None:
    assert gather(rows) == gather([evolve(row, columns={}) for row in rows])


def test_columns_that_are_asked_for_as_keys_stay_with_their_captions() -> None:
    examples, _ = gather(
        [
            row(2, "a.png", "one", part=" lid ", side=""),
            row(3, "b.png", "one", part="rim"),
            row(4, "a.png", "two", side="left"),
        ],
        key_columns=("part", "side"),
    )

    assert [
        (("part", ("lid", "")), ("side", ("", "left"))),
        (("part", ("rim",)), ("side", ("",))),
    ] == [one.labels for one in examples]


def test_a_repeated_caption_keeps_the_first_label_that_is_not_empty() -> None:
    rows = [row(2, "a.png"), row(3, "a.png", part="lid"), row(4, "a.png", part="rim")]
    examples, _ = gather(rows, key_columns=("part",))

    assert [(("part", ("lid",)),)] == [one.labels for one in examples]


def test_a_key_column_that_no_row_has_is_an_error_that_says_where_to_mend_it() -> None:
    with pytest.raises(UnreadableData) as error:
        gather([row(2, "a.png", defects="x", age="7")], key_columns=("age", "defect"))

    expected = "t.csv: no column `defect`; the columns are `defects`, `age`; did you mean `defects` in `positive_keys`?"
    assert expected == error.value.message


@given(tables())
def test_sorting_captions_takes_their_labels_along(rows: tuple[Row, ...]) -> None:
    labelled = [evolve(one, columns={"said": f"{one.caption} "}) for one in rows]
    examples, _ = gather(labelled, key_columns=("said",))

    for one in examples:
        ordered = one.in_caption_order
        assert tuple(sorted(one.captions)) == ordered.captions
        assert (("said", tuple(caption.strip() for caption in ordered.captions)),) == ordered.labels
