"""What is said about how captions are written."""

from cliptune.domain.captions.notes import Written, caption_notes

CAPTIONS = (
    Written("t.csv:2", "a plain caption"),
    Written("t.csv:3", "zero\u200bwidth"),
    Written("t.csv:4", "an END\u00ad of <|endoftext|> line"),
    Written("t.csv:5", "die GrÃ¶ÃŸe"),
)


def test_each_oddity_is_counted_and_its_first_place_told() -> None:
    assert (
        "2 captions hold characters that nobody sees, such as U+200B ZERO WIDTH SPACE (zero-width) at t.csv:3: they "
        "are kept as they are; `clean_captions: true` takes them out",
        "1 caption looks like UTF-8 that was read as Windows-1252, such as 'GrÃ¶ÃŸe' for 'Größe' at t.csv:5: write "
        "the table anew from its source",
        "1 caption holds a tokenizer's own mark, such as <|endoftext|> at t.csv:4: it is read as plain text",
    ) == caption_notes(CAPTIONS, cleaned=False)


def test_it_is_told_when_odd_characters_are_taken_out() -> None:
    assert "they are taken out" in caption_notes(CAPTIONS, cleaned=True)[0]


def test_plain_captions_leave_nothing_to_say() -> None:
    assert () == caption_notes(CAPTIONS[:1], cleaned=False)
