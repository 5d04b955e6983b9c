"""A manifest as text says the same, or says what is wrong."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.data_manifest import DataManifest
from cliptune.domain.errors import UnreadableData
from cliptune.domain.manifest_lines import is_manifest, manifest_from, manifest_lines
from support.manifests import manifest, manifests, row

ONE = manifest([row("a.png", "A  cat."), row("b.png", "a cat"), row("c.png", "x", split="val", group="P")])


@given(manifests())
def test_what_was_written_is_read(one: DataManifest) -> None:
    assert one == manifest_from(manifest_lines(one), name="m.jsonl")
    assert one == manifest_from([f"{line}\n" for line in manifest_lines(one)], name="m.jsonl")


@given(manifests(), st.randoms())
def test_rows_may_stand_in_any_order(one: DataManifest, chance: random.Random) -> None:
    head, *rows = manifest_lines(one)
    chance.shuffle(rows)
    assert one == manifest_from([head, *rows], name="m.jsonl")


def test_a_caption_is_told_as_written_and_as_what_it_says_where_that_differs() -> None:
    rows = [json.loads(line) for line in manifest_lines(ONE)][1:]
    assert [("A  cat.", "a cat"), ("a cat", None), ("x", None)] == [
        (one["caption"], one.get("normalised")) for one in rows
    ]


@given(st.data())
def test_no_change_of_a_digit_or_letter_goes_unnoticed(data: st.DataObject) -> None:
    lines = list(manifest_lines(ONE))
    at = data.draw(st.integers(1, len(lines) - 1))
    part = data.draw(st.sampled_from(["image", "caption", "sha256", "size", "row"]))
    raw = json.loads(lines[at])
    raw[part] = raw[part] + 1 if part == "size" else ("0" if raw[part][0] != "0" else "1") + raw[part][1:]
    lines[at] = json.dumps(raw)
    with pytest.raises(UnreadableData, match=rf"m\.jsonl:{at + 1}: the manifest is damaged"):
        manifest_from(lines, name="m.jsonl")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: lines[:-1], "damaged: it has 2 of 3 rows"),
        (lambda lines: [*lines, lines[-1]], "m:5: more rows than the 3"),
        (lambda lines: [lines[0], lines[1], lines[1], lines[2]], "their root is another"),
        (lambda lines: [lines[0].replace(ONE.root, "0" * 64), *lines[1:]], "their root is another"),
        (lambda lines: [lines[0].replace("manifest/1", "manifest/2"), *lines[1:]], "format 'cliptune-data-manifest/2'"),
        (lambda lines: [lines[0].replace('"rows":3', '"rows":"3"'), *lines[1:]], "m:1: the manifest's first line"),
        (lambda lines: lines[1:], "no manifest"),
        (lambda lines: lines[:0], "no manifest"),
        (lambda lines: [lines[0], "{", *lines[2:]], "m:2: the manifest is damaged: not JSON"),
        (lambda lines: [lines[0], "[" * 100_000, *lines[2:]], "m:2: the manifest is damaged: not JSON"),
        (lambda lines: [lines[0], "[]", *lines[2:]], "m:2: the manifest is damaged: not a row"),
        (lambda lines: [lines[0], lines[1].replace('"a.png"', "7"), *lines[2:]], "m:2: .*: not a row"),
    ],
)
def test_what_is_damaged_is_told_with_its_line(change, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnreadableData, match=told):
        manifest_from(change(list(manifest_lines(ONE))), name="m")


def test_a_manifest_is_told_from_other_lines_of_json() -> None:
    assert [True, False, False, False] == [
        is_manifest(line) for line in (next(manifest_lines(ONE)), '{"image": "a"}', "[1]", "[" * 100_000)
    ]
