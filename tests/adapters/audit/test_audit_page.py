"""Laws of the audit's page: it loads nothing, escapes everything, and shows what was found."""

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.audit.columns import column_chart, parts_of
from cliptune.adapters.audit.files import audit_files
from cliptune.adapters.audit.page import audit_html, ticked
from cliptune.adapters.reports.thumbnails import BUDGET
from cliptune.domain.audit.document import audit_document
from cliptune.domain.audit.findings import Finding, Part, Sighting
from support.audits import EVIL, sample_audit
from support.pictures import encoded, noise
from support.web_pages import Page


def page_of(document: dict[str, Any], shown: dict[str, bytes] | None = None) -> Page:
    return Page(audit_html(document, pictures=shown or {}, of=b"{}"))


def test_every_section_is_there_and_every_tag_is_closed() -> None:
    page = page_of(sample_audit())

    assert [] == page.faults
    assert ["findings", "splits", "captions", "wording", "classes", "pictures", "batches", "reading"] == page.sections
    assert "unexpected shape" not in page.text


def test_nothing_is_loaded_from_anywhere_and_nothing_runs() -> None:
    document = sample_audit(EVIL)
    html = audit_html(document, pictures={}, of=b"{}").decode()
    page = Page(html.encode())

    assert not {"script", "iframe", "object", "embed", "link", "form", "base"} & {tag for tag, _ in page.tags}
    assert [] == [name for _, names in page.tags for name in names if name.startswith("on")]
    assert [] == [a for _, a in page.tags if not a.get("src", "data:").startswith("data:")]
    assert {True} == {a["href"].startswith("#") for _, a in page.tags if "href" in a}
    policy = next(a["content"] for a in page.every("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "<script>alert" not in html


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(str.strip))
def test_whatever_stands_in_the_data_the_page_keeps_its_shape(word: str) -> None:
    usual, page = page_of(sample_audit()), page_of(sample_audit(word))

    assert [] == page.faults
    assert usual.sections == page.sections


def test_findings_stand_worst_first_with_their_pictures() -> None:
    document = sample_audit()
    keys = {key for finding in document["findings"] for one in finding["sightings"] for key in one["images"]}
    small = encoded(noise(20, 20), "JPEG")

    page = page_of(document, dict.fromkeys(keys, small))

    cases = [a["class"].split()[-1] for a in page.every("li") if "finding" in a.get("class", "").split()]
    assert [one["severity"] for one in document["findings"]] == cases
    assert "leak" == cases[0]
    address = f"data:image/jpeg;base64,{base64.b64encode(small).decode()}"
    assert {address} == {a["src"] for a in page.every("img")}
    assert "near-duplicates-in-two-splits" in page.text


def test_pictures_beyond_the_budget_are_left_out_and_the_page_says_so() -> None:
    heavy = b"\xff\xd8\xff" + b"0" * 59_000
    findings = tuple(
        Finding(f"code-{at}", "warning", "found", "do", 1, (Sighting("seen", (), (f"{at}.png",)),)) for at in range(60)
    )
    document = {**sample_audit(), **audit_document({"many": Part({}, findings)}, source="s", created="", asked={})}
    html = audit_html(
        {**sample_audit(), "findings": document["findings"]}, pictures={f"{at}.png": heavy for at in range(60)}, of=b""
    )

    assert len(html) < BUDGET + 300_000
    assert "small pictures were left out" in Page(html).text


def test_equal_audits_become_equal_bytes_and_the_page_names_its_document() -> None:
    document = sample_audit()

    files, again = audit_files(document, pictures={}), audit_files(document, pictures={})

    assert files == again
    assert json.loads(json.dumps(document)) == json.loads(files["audit.json"])
    assert hashlib.sha256(files["audit.json"]).hexdigest() in Page(files["audit.html"]).text


def test_a_part_of_an_unexpected_shape_costs_its_section_only() -> None:
    document = {**sample_audit(), "splits": {"splits": 3, "how": 4, "in_two_splits": "x"}}

    page = page_of(document)

    assert [] == page.faults
    assert "This part has an unexpected shape" in page.text
    assert "pictures" in page.sections


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("set `a: b` or `c`", "set <code>a: b</code> or <code>c</code>"),
        ("one ` alone", "one ` alone"),
        ("<b> `<i>`", "&lt;b&gt; <code>&lt;i&gt;</code>"),
    ],
)
def test_what_stands_between_backticks_is_code(text: str, shown: str) -> None:
    assert shown == str(ticked(text))


def test_columns_are_as_high_as_what_they_count() -> None:
    chart = column_chart(
        {"edges": [0, 1, 2, 3], "counts": [4, 0, 2]}, name="n", title="t", x_label="x", y_label="y", whole=True
    )

    assert chart is not None
    heights = [float(height) for height in re.findall(r'height="([\d.]+)"[^>]*class="column"', str(chart.svg))]
    assert [1.0, 0.0, 0.5] == [round(height / heights[0], 3) for height in heights]
    assert (("0", "4"), ("2", "2")) == chart.rows
    assert column_chart({"edges": [], "counts": []}, name="n", title="t", x_label="x", y_label="y") is None
    assert [("a", 4, 100.0), ("b", 1, 25.0)] == parts_of({"a": 4, "b": 1, "c": 0}, 2)
