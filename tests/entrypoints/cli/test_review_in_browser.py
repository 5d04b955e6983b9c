"""A person's review in a real browser: keys, buttons, a phone, and the data set that comes of it."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from typer.testing import CliRunner

from support.browsers import chromium
from support.reviews import SERVE, clusters, commands, kept, written

TESTS = Path(__file__).resolve().parents[2]
SECONDS = 20


@pytest.fixture
def review(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a review of swapped captions, one of them hostile and long, and the folder that it works in."""
    folder = written(tmp_path, clusters(swap=True))
    captions = folder / "captions.jsonl"
    hostile = "<img src=x onerror=document.title='hacked'>" + " and a very long caption" * 60
    lines = captions.read_text(encoding="utf-8").replace("caption 0 of kind 0", hostile)
    captions.write_text(lines, encoding="utf-8")
    table = tmp_path / "data" / "captions.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("caption 0 of kind 0", hostile), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "review", str(folder), "--out", str(tmp_path / "decisions.jsonl"), "--no-open"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
    )
    assert process.stdout is not None
    url = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
    yield url, tmp_path
    try:
        process.send_signal(signal.SIGINT)
        assert 0 == process.wait(timeout=SECONDS)
    finally:
        process.kill()
        process.stdout.close()


def until(browser: Chrome, condition: Callable[[Chrome], object]) -> None:
    """Wait for something to be so."""
    WebDriverWait(browser, SECONDS).until(condition)


def press(browser: Chrome, keys: str) -> None:
    """Press keys on the page itself."""
    browser.find_element(By.TAG_NAME, "body").send_keys(keys)


def text(browser: Chrome, where: str) -> str:
    """What an element says."""
    return browser.find_element(By.CSS_SELECTOR, where).text


def opened(browser: Chrome, url: str) -> None:
    """Open the page and wait for it."""
    browser.get(url)
    until(browser, lambda page: page.find_elements(By.CSS_SELECTOR, "body[data-ready]"))


def reviewed(browser: Chrome, count: int) -> None:
    """Wait until that many are reviewed."""
    until(browser, lambda page: text(page, "#progress").startswith(f"{count} of "))


def logged(browser: Chrome, kind: str) -> list[dict[str, Any]]:
    """What the browser wrote down."""
    entries: list[dict[str, Any]] = browser.execute("getLog", {"type": kind})["value"]
    return entries


def outside(browser: Chrome, url: str) -> list[str]:
    """What the page asked for that is not its own."""
    seen = [json.loads(entry["message"])["message"] for entry in logged(browser, "performance")]
    sent = [one["params"]["request"]["url"] for one in seen if one["method"] == "Network.requestWillBeSent"]
    assert sent
    return [one for one in sent if not one.startswith((url, "chrome", "data:"))]


def test_a_review_by_keys_becomes_a_new_version_of_the_data(review: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = review
    with chromium(tmp_path) as browser:
        opened(browser, url)
        first = text(browser, ".caption")
        press(browser, "d")
        reviewed(browser, 1)
        second = text(browser, ".caption")
        assert first != second

        press(browser, "e")
        box = browser.find_element(By.ID, "text")
        until(browser, lambda _: box.is_displayed())
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys("a duck in a disk: keys are text here", Keys.ENTER)
        reviewed(browser, 2)

        press(browser, "k")
        reviewed(browser, 3)

        press(browser, "s")
        number = browser.find_element(By.ID, "number")
        until(browser, lambda _: number.is_displayed())
        number.send_keys("99", Keys.ENTER)
        assert "Choose a number from 1 to 12." == text(browser, "#same-error")
        number.send_keys(Keys.CONTROL, "a")
        number.send_keys("1", Keys.ENTER)
        reviewed(browser, 4)

        press(browser, "d")
        reviewed(browser, 5)
        press(browser, "u")
        reviewed(browser, 4)
        assert "Taken back." == text(browser, "#message")

        press(browser, "pppp")
        assert "Dropped" == text(browser, ".verdict")
        press(browser, "n")
        assert "Edited" == text(browser, ".verdict")
        assert "a duck in a disk: keys are text here" == text(browser, ".caption")
        press(browser, "?")
        until(browser, lambda page: page.find_element(By.ID, "help").is_displayed())
        assert "hacked" not in browser.title
        assert [] == outside(browser, url)
        assert [] == logged(browser, "browser")

    log = kept(folder / "decisions.jsonl")
    assert ["drop", "edit", "keep", "same_as", "drop", "undo"] == [one["decision"] for one in log]
    new = folder / "data" / "new.csv"
    data, log_file = folder / "data" / "captions.csv", folder / "decisions.jsonl"
    arguments = ["data", "apply", str(log_file), "--data", str(data), "--out", str(new), "--json"]
    done = CliRunner().invoke(commands(), arguments)
    assert 0 == done.exit_code, done.stderr
    assert {"dropped": 1, "edited": 1, "same_as": 2, "unusable": 0} == json.loads(done.stdout)["rows"]
    with new.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert 63 == len(rows)
    assert first not in {row["caption"] for row in rows}
    assert 2 == len([row for row in rows if row["same_as"]])


def test_reopening_goes_on_where_one_stopped(review: tuple[str, Path], tmp_path: Path) -> None:
    url, _ = review
    with chromium(tmp_path) as browser:
        opened(browser, url)
        press(browser, "kk")
        reviewed(browser, 2)
        third = text(browser, ".caption")
        opened(browser, url)

        assert third == text(browser, ".caption")
        assert "2 of 64 reviewed" == text(browser, "#progress")


def test_on_a_phone_buttons_do_the_same_and_nothing_runs_over_the_edge(
    review: tuple[str, Path], tmp_path: Path
) -> None:
    url, folder = review
    with chromium(tmp_path, width=390, height=844, phone=True, dark=True) as browser:
        opened(browser, url)
        browser.find_element(By.CSS_SELECTOR, "[data-act=keep]").click()
        reviewed(browser, 1)
        browser.find_element(By.CSS_SELECTOR, "[data-act=drop]").click()
        reviewed(browser, 2)
        browser.find_element(By.CSS_SELECTOR, "[data-act=undo]").click()
        reviewed(browser, 1)
        tabs = [tab.get_attribute("id") for tab in browser.find_elements(By.CSS_SELECTOR, "#tabs button")]
        for tab in tabs:
            browser.find_element(By.ID, str(tab)).click()
            wide, shown = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
            assert wide <= shown
        sizes = browser.execute_script(
            "return [...document.querySelectorAll('footer button')].map((one) => one.getBoundingClientRect().height)"
        )
        assert min(sizes) >= 40

    assert ["keep", "drop", "undo"] == [one["decision"] for one in kept(folder / "decisions.jsonl")]


def test_a_decision_that_cannot_be_kept_is_not_shown_as_kept(review: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = review
    with chromium(tmp_path) as browser:
        opened(browser, url)
        (folder / "decisions.jsonl").mkdir()
        press(browser, "k")
        until(browser, lambda page: text(page, "#message").startswith("Not kept:"))

        assert "0 of 64 reviewed" == text(browser, "#progress")
