"""A phone's browser for tests of pages.

Needs a Chromium of the system (`apt-get install -y chromium`): the one that playwright would
download is not asked for. CI has it, and fails without it.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, ViewportSize, expect, sync_playwright

log = logging.getLogger(__name__)

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE = 30_000  # milliseconds until a page or what is expected on it is given up

IN_A_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM.exists() and "CI" not in os.environ, reason=f"there is no {CHROMIUM}"
    ),
]


@contextmanager
def phone(base_url: str, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page of a phone's browser, and the errors that pages have caused in it.

    At the end it logs what it shows, for whoever reads of a failure.
    """
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(base_url=base_url, viewport=PHONE, **options)
        page.set_default_timeout(PATIENCE)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text))
        page.on("crash", lambda page: complaints.append(f"{page.url} crashed"))
        waiting: set[str] = set()
        page.on("request", lambda request: waiting.add(request.url))
        page.on("requestfinished", lambda request: waiting.discard(request.url))
        page.on("requestfailed", lambda request: waiting.discard(request.url))
        yield page, complaints
        log.warning("%s, which waits for %s: %s", page.url, waiting or "nothing", _shown(page))
        browser.close()


def _shown(page: Page) -> str:
    try:
        return page.locator("body").inner_text(timeout=5_000)
    except Error as error:
        return f"the page keeps silent: {error}"
