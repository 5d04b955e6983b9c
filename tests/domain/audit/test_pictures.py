"""Laws of looks: kept as they were, counted by kind, suspicious where they should be."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.audit.copies import copies_part
from cliptune.domain.audit.looks import Look, gather_looks, look_from, plain_look
from cliptune.domain.audit.pictures import pictures_part
from support.audits import captioned, codes, contents, look, only, row, said_in, table_of

looks = st.builds(
    Look,
    content=st.text("0123456789abcdef", max_size=8),
    size=st.integers(0, 10**12),
    format=st.sampled_from(("", "JPEG", "TIFF")),
    mode=st.text(max_size=4),
    width=st.integers(0, 9999),
    clipped=st.floats(0, 1),
    animated=st.booleans(),
    warnings=st.lists(st.text(max_size=9), max_size=3).map(tuple),
    refused=st.text(max_size=9),
)


@given(looks)
def test_a_look_survives_a_line_of_json(seen: Look) -> None:
    assert seen == look_from(json.loads(json.dumps(plain_look(seen))))


@pytest.mark.parametrize(
    "values",
    [None, [], ["a"], plain_look(Look())[:-1], ["a", "b", *plain_look(Look())[2:]], [True, *plain_look(Look())[1:]]],
)
def test_what_is_no_look_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match="not a look"):
        look_from(values)


@given(st.lists(st.tuples(st.integers(0, 4), looks), max_size=9))
def test_of_two_looks_at_one_picture_the_later_counts(each: list[tuple[int, Look]]) -> None:
    found, last = gather_looks(5, each), dict(each)

    assert [at in last for at in range(5)] == found.seen.tolist()
    for at, seen in last.items():
        for name in ("content", "size", "format", "mode", "warnings", "refused", "animated", "width"):
            assert getattr(seen, name) == found.of(name, at)
        assert bool(seen.refused) != bool(found.usable[at])


@pytest.mark.parametrize(
    ("values", "code", "severity"),
    [
        ({"refused": "the file is damaged"}, "images-broken", "error"),
        ({"clipped": 0.4, "bits": 12, "mode": "I;16", "refused": "would be clipped"}, "images-clipped", "error"),
        ({"clipped": 0.4, "bits": 12, "mode": "I;16"}, "images-deep", "note"),
        ({"contrast": 0.5}, "images-blank", "warning"),
        ({"format": "JPEG"}, "images-wrong-suffix", "warning"),
        ({"orientation": 6}, "images-rotated", "note"),
        ({"animated": True, "pages": 4}, "images-animated", "warning"),
        ({"pages": 3, "format": "PNG"}, "images-several-pages", "warning"),
        ({"alpha": True}, "images-alpha", "note"),
        ({"warnings": ("no ICC profile",)}, "images-told", "note"),
        ({"width": 20, "height": 24}, "images-tiny", "warning"),
        ({"width": 100}, "images-small", "note"),
        ({"width": 9000, "height": 4000}, "images-huge", "note"),
        ({"width": 2400}, "images-narrow", "note"),
    ],
)
def test_one_suspicious_picture_among_plain_ones_is_found(values: dict[str, object], code: str, severity: str) -> None:
    table = captioned(["a", "b", "c"])
    seen = gather_looks(3, [(0, look()), (1, look(**values)), (2, look())])

    part = pictures_part(table, seen, resolution=224)

    assert [(code, severity, 1)] == [(one.code, one.severity, one.count) for one in part.findings]
    assert ("1.png",) == part.findings[0].sightings[0].images
    assert ("t.csv:3",) == part.findings[0].sightings[0].where


def test_plain_pictures_are_not_suspicious() -> None:
    seen = gather_looks(2, [(0, look()), (1, look())])
    part = pictures_part(captioned(["a", "b"]), seen, resolution=224)

    assert [] == codes(part)
    assert ({"PNG": 2}, {"300 × 280": 2}) == (part.facts["formats"], part.facts["sizes"])


def test_a_dicom_file_may_have_any_name() -> None:
    table = table_of([row("a.dcm", "x"), row("study/0001", "y", line=3), row("b.JPG", "z", line=4)])
    seen = gather_looks(3, [(0, look(format="DICOM")), (1, look(format="DICOM")), (2, look(format="JPEG"))])

    assert [] == codes(pictures_part(table, seen, resolution=224))


def test_copies_are_told_those_with_different_captions_first() -> None:
    table = captioned(["a crack", "a crack", "a dent", "rust", "paint"])

    part = copies_part(table, said_in(table), contents(1, 1, 2, 2, 5))

    finding = only(part, "images-copied")
    assert (4, 2, 1) == (
        part.facts["images"],
        part.facts["contents_under_several_names"],
        part.facts["told_differently"],
    )
    assert ("2.png", "3.png") == finding.sightings[0].images
    assert "a dent | rust" == finding.sightings[0].text
    assert [] == codes(copies_part(table, said_in(table), contents(1, 2, 3, -1, -1)))


def test_pictures_that_nobody_looked_at_are_not_usable() -> None:
    assert np.array_equal([False, True], gather_looks(2, [(1, look())]).usable)
