"""Captions with characters that nobody sees: told, and taken out where that is asked for."""

from attrs import evolve

from cliptune.adapters.datasets.memory import MemorySource
from cliptune.application.prepare_data import PrepareData, load_pairs
from cliptune.domain.config.data import DataConfig
from cliptune.domain.pairs import Rejected
from cliptune.domain.prepared import PreparedData
from support.pairs import CountingProgress, WeighingReader

KEPT = DataConfig(train_split=1.0, val_split=0.0, test_split=0.0, max_bad_fraction=1.0)
CLEANED = evolve(KEPT, clean_captions=True)
WRITTEN = {"a": "soft\u00adware", "b": "plain", "c": "\u200b\u200b", "d": "a\x07b"}


def source() -> MemorySource:
    table = [{"image_path": name, "caption": caption} for name, caption in WRITTEN.items()]
    return MemorySource(table, {name: name.encode() for name in WRITTEN})


def prepare(columns: DataConfig) -> PreparedData:
    return PrepareData(WeighingReader(source().open), CountingProgress())(columns, source())


def test_odd_characters_are_kept_and_told_with_the_first_place() -> None:
    prepared = prepare(KEPT)

    assert WRITTEN == {one.image.key: one.captions[0] for one in prepared.train}
    assert (
        "3 captions hold characters that nobody sees, such as U+00AD SOFT HYPHEN (soft hyphen) at memory:1: they are "
        "kept as they are; `clean_captions: true` takes them out"
    ) == prepared.notes[0]


def test_odd_characters_are_taken_out_where_that_is_asked_for() -> None:
    prepared = prepare(CLEANED)
    gone = Rejected("memory:3", "c", "the caption holds nothing but characters that nobody sees")

    assert {"a": "software", "b": "plain", "d": "ab"} == {one.image.key: one.captions[0] for one in prepared.train}
    assert (gone,) == prepared.quarantine
    assert any("they are taken out" in note for note in prepared.notes)


def test_a_table_that_is_evaluated_is_cleaned_like_one_that_is_learned_from() -> None:
    examples, rejected = load_pairs(source(), CLEANED)

    assert ["software", "plain", "ab"] == [one.captions[0] for one in examples]
    assert ["memory:3"] == [row.where for row in rejected]
    assert prepare(KEPT).fingerprint != prepare(CLEANED).fingerprint
