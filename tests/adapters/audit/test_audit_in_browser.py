"""The audit's page in a real browser: as wide as the screen, complete without a network, dark where that is liked."""

import json
from pathlib import Path

import pytest

from cliptune.adapters.audit.page import audit_html
from support.audits import EVIL, sample_audit
from support.browsers import chromium
from support.pictures import encoded, noise

WIDE = "supercalifragilisticexpialidocious_" * 9


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_the_page_fits_the_screen_and_asks_for_nothing(tmp_path: Path, width: int, dark: bool) -> None:
    document = sample_audit(EVIL + WIDE)
    keys = {key for finding in document["findings"] for one in finding["sightings"] for key in one["images"]}
    page = tmp_path / "audit.html"
    page.write_bytes(audit_html(document, pictures=dict.fromkeys(keys, encoded(noise(60, 40), "JPEG")), of=b"{}"))

    with chromium(tmp_path, width=width, height=844, phone=width < 600, dark=dark) as browser:
        browser.get(page.as_uri())
        asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
        complaints = browser.get_log("browser")
        root = "document.documentElement"
        fits = browser.execute_script(f"return {root}.scrollWidth <= {root}.clientWidth")
        drawn = browser.execute_script("return [...document.images].every(one => one.naturalWidth == 60)")
        paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")

    addresses = {
        one["params"]["request"]["url"].partition(":")[0]
        for one in asked
        if one["method"] == "Network.requestWillBeSent"
    }
    assert [] == complaints
    assert (True, True) == (fits, drawn)
    # The browser itself shows its empty first tab.
    assert addresses - {"chrome"} <= {"file", "data"}
    assert ("rgb(15, 20, 26)" if dark else "rgb(255, 255, 255)") == paper
