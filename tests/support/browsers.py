"""A real browser without a window and without a network, from the system's own packages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium(
    folder: Path, *, width: int = 1280, height: int = 900, phone: bool = False, dark: bool = False
) -> Iterator[webdriver.Chrome]:
    """
    A browser with a profile of its own; the test is skipped where there is none.

    Args:
        folder: Where its profile is kept.
        width: Of the page, in pixels.
        height: Of the page, in pixels.
        phone: Whether it behaves as a phone does.
        dark: Whether the person likes dark pages.
    """
    browser, driver = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    options = Options()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}", f"--window-size={width},{height}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if phone:
        metrics = {"width": width, "height": height, "pixelRatio": 2.0, "mobile": True, "touch": True}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    # With the path given, selenium looks for no driver anywhere.
    opened = webdriver.Chrome(options=options, service=Service(executable_path=driver))
    try:
        if dark:
            scheme = [{"name": "prefers-color-scheme", "value": "dark"}]
            opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        yield opened
    finally:
        opened.quit()
