"""Laws of classes: which columns are some, how balanced they are, where they contradict themselves."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.audit.classes import class_columns, classes_part, conflicts_part
from cliptune.domain.pairs import Row
from support.audits import captioned, codes, contents, only, row, row_lists, table_of


@given(row_lists(least=1))
def test_a_picture_contradicts_itself_when_its_rows_have_two_values(rows: list[Row]) -> None:
    table = table_of(rows)
    named: dict[str, set[str]] = defaultdict(set)
    for one in rows:
        named[one.image.key] |= {one.columns["patient"]} - {""}

    part = conflicts_part(table, ("patient",), content_of=contents(*[-1] * len(table.images)))

    assert sum(len(values) > 1 for values in named.values()) == part.facts["patient"]["images"]


def test_copies_of_one_file_with_two_labels_contradict_themselves_and_so_do_groups() -> None:
    table = captioned(["a", "b", "c"], finding=("ARDS", "COVID", "COVID"), patient=("P1", "P2", "P3"))

    part = conflicts_part(table, ("finding",), content_of=contents(7, 7, 1), group="patient")

    assert ["labels-contradict-content", "groups-differ-content"] == codes(part)
    assert ("0.png", "1.png") == only(part, "labels-contradict-content").sightings[0].images
    assert [] == codes(conflicts_part(table, ("finding",), content_of=contents(7, 8, 9), group="patient"))


def test_columns_of_few_short_words_are_classes_and_others_are_not() -> None:
    n = 12
    table = captioned(
        [f"caption {at}" for at in range(n)],
        finding=["crack" if at % 2 else "dent" for at in range(n)],
        name=[f"person {at}" for at in range(n)],
        width=[str(at % 3) for at in range(n)],
        constant=["x"] * n,
        notes=["a long remark about what was seen here and there " * (1 + at % 2) for at in range(n)],
        license=["CC BY" if at % 2 else "CC0" for at in range(n)],
    )

    assert ("finding",) == class_columns(table, label=None, taken=frozenset())
    assert ("width", "finding") == class_columns(table, label="width", taken=frozenset())
    assert () == class_columns(table, label=None, taken=frozenset({"finding"}))


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60))
def test_pictures_of_each_class_are_counted(values: list[str]) -> None:
    table = captioned([f"caption {at}" for at in range(len(values))], kind=values)

    facts = classes_part(table, ("kind",)).facts["columns"]["kind"]

    assert {value: values.count(value) for value in set(values)} == facts["images"]


def test_a_rare_class_beside_a_common_one_is_told_and_equal_ones_are_not() -> None:
    uneven = captioned([f"c {at}" for at in range(42)], kind=["common"] * 40 + ["rare"] * 2)
    even = captioned([f"c {at}" for at in range(42)], kind=["one", "other"] * 21)

    assert (
        "40 pictures of the largest, 2 of the smallest"
        in only(classes_part(uneven, ("kind",)), "classes-imbalanced").title
    )
    assert [] == codes(classes_part(even, ("kind",)))


def test_what_a_table_without_rows_has_is_counted_as_nothing() -> None:
    assert () == class_columns(table_of([]), label=None, taken=frozenset())
    assert {} == classes_part(table_of([row("a", "x")]), ()).facts["columns"]
