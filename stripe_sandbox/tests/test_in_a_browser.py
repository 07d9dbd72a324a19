"""The pages in a real browser, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import stripe
from playwright.sync_api import Page, expect

from config.pytest_browser import IN_A_BROWSER, PHONE, phone

from .support import Running, wish

pytestmark = IN_A_BROWSER


@pytest.fixture
def page(sandbox: Running) -> Iterator[Page]:
    """A phone's browser in Tokyo that fails the test on any error a page causes in it."""
    tokyo = {"timezone_id": "Asia/Tokyo", "locale": "en-GB"}
    with phone(sandbox.base, **tokyo) as (page, complaints):
        yield page
    # A declined card and a refused number are pages with a status of 4xx: that is no error.
    assert [text for text in complaints if "status of 4" not in text] == []


def open_session(sandbox: Running, client: stripe.StripeClient, **more: object) -> str:
    """The address of the page of a new session that leads back to the sandbox itself."""
    back = {"success_url": f"{sandbox.base}/?paid={{CHECKOUT_SESSION_ID}}", **more}
    session = client.v1.checkout.sessions.create(wish(**back))
    return str(session.url)


def fits(page: Page) -> bool:
    """Whether nothing sticks out of the phone's screen."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width <= PHONE["width"]


def test_a_customer_is_declined_and_then_pays_with_the_keyboard(
    page: Page, sandbox: Running, client: stripe.StripeClient
) -> None:
    page.goto(open_session(sandbox, client))
    assert fits(page)
    page.get_by_role("button", name="Insufficient funds").click()
    expect(page.get_by_role("alert")).to_contain_text("Your card has insufficient funds.")
    expect(page.get_by_role("alert")).to_be_focused()
    assert fits(page)
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_label("Expiry").fill("12/40")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Security code").press("Enter")
    expect(page).to_have_url(re.compile("paid=cs_test_"))
    assert client.v1.checkout.sessions.list().data[0].payment_status == "paid"


def test_another_number_is_refused_at_its_field_and_not_shown_again(
    page: Page, sandbox: Running, client: stripe.StripeClient
) -> None:
    page.goto(open_session(sandbox, client))
    number = page.get_by_label("Card number")
    number.fill("4111 1111 1111 1111")
    number.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("takes only Stripe's test cards")
    expect(number).to_be_focused()
    expect(number).to_have_value("")


def test_a_bank_asks_and_the_customer_says_yes(
    page: Page, sandbox: Running, client: stripe.StripeClient
) -> None:
    page.goto(open_session(sandbox, client))
    page.get_by_role("button", name="Asks its owner every time").click()
    expect(page).to_have_url(re.compile("/c/authenticate/"))
    assert fits(page)
    page.get_by_role("button", name="Yes, complete the payment").click()
    expect(page).to_have_url(re.compile("paid=cs_test_"))


def test_a_debit_is_paid_days_later(
    page: Page, sandbox: Running, client: stripe.StripeClient
) -> None:
    page.goto(open_session(sandbox, client))
    expect(page.get_by_label("IBAN")).to_be_hidden()
    page.get_by_label("SEPA Direct Debit").check()
    expect(page.get_by_label("Card number")).to_be_hidden()
    assert fits(page)
    page.get_by_label("IBAN").fill("AT61 1904 3002 3457 3201")
    page.get_by_label("IBAN").press("Enter")
    expect(page).to_have_url(re.compile("paid=cs_test_"))
    assert client.v1.checkout.sessions.list().data[0].payment_status == "unpaid"
    sandbox.advance(5 * 24 * 3600 + 1)
    assert client.v1.checkout.sessions.list().data[0].payment_status == "paid"


def test_times_are_in_the_browsers_zone(
    page: Page, sandbox: Running, client: stripe.StripeClient
) -> None:
    page.goto(open_session(sandbox, client))
    shown = page.locator("time").first
    utc = shown.get_attribute("title") or ""
    expect(shown).not_to_contain_text("UTC")
    tokyo = page.evaluate(
        "t => new Date(t).toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'})",
        utc.replace(" UTC", "Z").replace(" ", "T"),
    )
    expect(shown).to_contain_text(tokyo)


def test_the_control_page_fits_a_phone(
    page: Page, sandbox: Running, client: stripe.StripeClient
) -> None:
    open_session(sandbox, client)
    sandbox.pay(client.v1.checkout.sessions.list().data[0].id)
    for path in ("/", "/payments", "/objects/events", "/deliveries", "/journal", "/faults"):
        page.goto(path)
        assert fits(page), path
    page.goto("/objects/events")
    page.get_by_role("link", name="checkout.session.completed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("checkout.session.completed")
    assert fits(page)
    page.get_by_role("button", name="+1 day").click()
    expect(page.get_by_text("1 d 0 min ahead")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("checkout.session.completed")


def test_a_fault_is_planned_by_form(page: Page, sandbox: Running) -> None:
    page.goto("/faults")
    page.get_by_label("What goes wrong").select_option("trickle")
    page.get_by_label("Path of the call").fill("/v1/refunds*")
    page.get_by_label("How often").fill("twice")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("times must be a number")
    page.get_by_label("How often").fill("2")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row", name="fault_1 trickle")).to_contain_text("* /v1/refunds*")
