"""A customer's way through the pages in a real browser, with all of Rentwell running.

Needs a Chromium of the system (`apt-get install -y chromium`): the one that playwright would
download is not asked for. CI has it, and fails without it.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from demo.stack import Stack

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PHONE: ViewportSize = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM.exists() and "CI" not in os.environ, reason=f"there is no {CHROMIUM}"
    ),
]


@pytest.fixture
def page(demo_stack: Stack) -> Iterator[Page]:
    """A phone's browser that fails the test on any error a page causes in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(base_url=demo_stack.site, viewport=PHONE)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text))
        yield page
        browser.close()
    assert complaints == []


def test_a_customer_chooses_signs_in_orders_and_pays_on_a_phone(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox", name="Search").fill("city bike")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="City Bike, 7 Gears").click()
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Show price").click()
    expect(page.get_by_role("row", name="To pay now 235.70 EUR")).to_be_visible()

    page.get_by_role("link", name="Sign in to order").click()
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_label("Password").fill("rentwell-demo")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Message to the shop").fill("Size M, please")
    page.get_by_role("button", name="Order and pay").click()

    page.get_by_role("button", name="4242 4242 4242 4242").click()
    expect(page).to_have_url(re.compile("/payments/success/"))
    page.get_by_role("link", name="See your order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Confirmed")
    expect(page.get_by_text("Payment received: 235.70 EUR")).to_be_visible()
    expect(page.get_by_text("Size M, please")).to_be_visible()

    page.get_by_role("link", name="My orders").first.click()
    expect(page.get_by_text("2 × City Bike, 7 Gears")).to_be_visible()


def test_no_page_is_wider_than_a_phone(page: Page) -> None:
    for path in ("/", "/products/city-bike/", "/login/", "/register/", "/?search=nothing"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
