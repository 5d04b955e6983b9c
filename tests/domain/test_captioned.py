"""Pictures with all their rows."""

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.captioned import by_picture, columns_by_caption, names_of, record_of
from cliptune.domain.pairs import ImageRef, Row

columns = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["", "1", "2"]))
tables = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["p", "q"]), columns), max_size=8).map(
    lambda drawn: [
        Row(f"t:{at}", ImageRef(image, image), caption, more) for at, (image, caption, more) in enumerate(drawn)
    ]
)


@given(tables)
def test_grouping_keeps_every_row_and_the_order_of_pictures_and_captions(rows: list[Row]) -> None:
    pictures = by_picture(rows)

    assert list(dict.fromkeys(row.image for row in rows)) == [picture.image for picture in pictures]
    for picture in pictures:
        assert tuple(row for row in rows if row.image == picture.image) == picture.rows


@given(tables)
def test_a_record_tells_each_caption_and_each_of_its_columns(rows: list[Row]) -> None:
    for picture in by_picture(rows):
        record = record_of(picture, caption_column="said")
        count = len(picture.rows)
        captions = record["said"] if count > 1 else [record["said"]]
        told = [
            {
                name: value
                for name in names_of(picture.rows)
                if (value := held[at] if isinstance(held := record[name], list) else held) is not None
            }
            for at in range(count)
        ]

        assert [row.caption for row in picture.rows] == captions
        assert [row.columns for row in picture.rows] == told


@given(tables)
def test_a_column_is_one_of_captions_where_the_rows_of_a_picture_differ(rows: list[Row]) -> None:
    pictures = by_picture(rows)
    expected = {
        name
        for picture in pictures
        for name in ("a", "b", "c")
        if len({row.columns.get(name) for row in picture.rows}) > 1
    }

    assert expected == columns_by_caption(pictures)
