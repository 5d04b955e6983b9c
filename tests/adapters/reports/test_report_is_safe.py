import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliptune.adapters.reports.thumbnails import BUDGET, LARGEST, Thumbnails
from support.sample_kinds import WHOLE
from support.sample_parts import picture_key
from support.sample_report import full, jpeg, minimal, pictures
from support.web_pages import Page, page, written

FETCHED = {"src", "href", "srcset", "data", "action", "poster", "xlink:href", "background"}
HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=y>", "{{ 7*7 }}", "]]>", "\0", "&lt;"]
MEGABYTE = 1_000_000


@pytest.mark.parametrize("report", WHOLE)
def test_nothing_is_loaded_and_nothing_runs(report: Callable[[], dict[str, Any]]) -> None:
    data = written(report(), pictures(3))
    seen = Page(data)
    policies = [meta["content"] for meta in seen.every("meta") if "http-equiv" in meta]
    addresses = [value for _, attributes in seen.tags for name, value in attributes.items() if name in FETCHED]

    assert policies[0].startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert set() == {address[:11] for address in addresses if not address.startswith("#")} - {"data:image/"}
    assert [] == re.findall(rb"url\(|@import|https?://", data)
    assert set() == {tag for tag, _ in seen.tags} & {"script", "link", "iframe", "object", "embed", "form", "base"}
    assert [] == [name for _, attributes in seen.tags for name in attributes if name.startswith("on")]


@given(hostile=st.text(min_size=1) | st.sampled_from(HOSTILE))
@settings(max_examples=12)
def test_what_people_wrote_is_text_and_nothing_else(hostile: str) -> None:
    wild = page(planted(of_people(), hostile))

    assert [] == wild.faults
    assert page(planted(of_people(), "calm")).outline == wild.outline


def of_people() -> dict[str, Any]:
    """A report of the parts with people's words in them."""
    numbers = {
        "comparison",
        "curves",
        "calibration",
        "wise_ft",
        "robustness",
        "by_resolution",
        "similarities",
        "geometry",
    }
    whole = {part: value for part, value in full(classes=("a", "b")).items() if part not in numbers}
    return whole | {
        "failures": whole["failures"][:2],
        "heatmap": {"captions": ["a"], "images": ["b"], "values": [[0.5]]},
    }


def planted(value: Any, text: str) -> Any:
    """A report with a text in place of captions, names and reasons that people wrote."""
    fixed = {"metric", "direction", "verdict", "metrics", "created"}
    if isinstance(value, dict):
        return {key: item if key in fixed else planted(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [planted(item, text) for item in value]
    return text if isinstance(value, str) else value


def test_a_hostile_caption_is_shown_as_it_was_written() -> None:
    data = written(full() | {"limits": ["<script>alert('x')</script> & röntgen 肺 \u202e"]}).decode()

    assert "<script>" not in data
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; röntgen 肺 \u202e</bdi>" in data


def test_hostile_keys_are_text_too() -> None:
    odd = "<b onclick=x>"
    report = full() | {"identity": {odd: 1}, "metrics": {odd: 0.5, f"i2t_{odd}": 0.5}, "geometry": {odd: 1.0}}
    seen = page(
        report | {"data": {"images": 7, "captions": 7, odd: odd, "classes": {odd: 3}, "splits": {odd: {odd: 1}}}}
    )

    assert [] == seen.faults
    assert [] == seen.every("b")


def test_very_long_texts_are_cut_and_say_so() -> None:
    assert "400 more characters" in page(minimal() | {"limits": ["x" * 1000]}).text


def test_the_page_stays_small_however_many_pictures_are_handed_in() -> None:
    large = {picture_key(number): jpeg(number, pixels=112) + b"\0" * 20_000 for number in range(400)}
    failures = [
        one
        | {
            "image": picture_key(n),
            "found": [f | {"image": picture_key(9 * n + m)} for m, f in enumerate(one["found"])],
        }
        for n, one in enumerate(full()["failures"] * 5)
    ]
    data = written(full() | {"failures": failures, "suspicious": full()["suspicious"] * 40}, large)

    assert len(data) < 3 * MEGABYTE
    assert "small pictures were left out" in Page(data).text


def test_a_hundred_ordinary_pictures_have_room() -> None:
    thumbnails = Thumbnails({str(number): b"\xff\xd8\xff" + b"x" * 6_000 for number in range(100)})
    addresses = [thumbnails.address(number) for number in range(100)]

    assert all(address.startswith("data:image/jpeg;base64,/9j/") for address in addresses)
    assert sum(map(len, addresses)) <= BUDGET
    assert (100, 0) == (thumbnails.shown, thumbnails.left_out)


@pytest.mark.parametrize("data", [b"", b"<svg onload=x>", b"GIF89a"])
def test_what_is_no_picture_is_not_shown_as_one(data: bytes) -> None:
    assert "" == Thumbnails({"a": data}).address("a")


def test_one_large_picture_does_not_take_the_room_of_all() -> None:
    thumbnails = Thumbnails({"large": b"\xff\xd8\xff" + b"x" * LARGEST, "small": b"\xff\xd8\xff"})

    assert ("", 1) == (thumbnails.address("large"), thumbnails.left_out)
    assert thumbnails.address("small")


def test_equal_reports_become_equal_bytes() -> None:
    whole = full()
    turned = {part: whole[part] for part in reversed(whole)}

    assert written(whole, pictures(5)) == written(turned, dict(reversed(pictures(5).items())))
