"""A customer's way through the pages in a real browser, with all of Rentwell running."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from config.pytest_browser import IN_A_BROWSER, PHONE, phone
from demo.stack import Stack

pytestmark = IN_A_BROWSER


@pytest.fixture
def page(demo_stack: Stack) -> Iterator[Page]:
    """A phone's browser that fails the test on any error a page causes in it."""
    with phone(demo_stack.site) as (page, complaints):
        yield page
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
