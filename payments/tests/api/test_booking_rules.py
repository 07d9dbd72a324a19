"""D2.10: what a customer may book apart from what is free; by quote/ and create_from_cart/."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from accounts.tests.factories import make_user
from catalog.models import ClosedDay, Product
from catalog.tests.factories import close_on, make_product, open_on
from common.errors import InvalidInput
from payments.domain.period import Period
from payments.models import RentalOrder
from payments.services.quotes import CartLine, quote_cart
from payments.tests.api.support import data, refusal
from payments.tests.factories import START, api_client, cart_body, make_gateway, period

pytestmark = pytest.mark.django_db

QUOTE = "/payments/rental-orders/quote/"
CREATE = "/payments/rental-orders/create_from_cart/"
BERLIN = ZoneInfo("Europe/Berlin")


def at(weekday: int, clock: str, weeks: int = 0) -> datetime:
    """An ISO weekday of the second week from now, on the clock of Berlin."""
    today = START.astimezone(BERLIN).date()
    day = today + timedelta(days=weekday - today.isoweekday() + 7 * (1 + weeks))
    return datetime.combine(day, time.fromisoformat(clock), BERLIN)


def ask(product: Product, start: datetime, end: datetime, url: str = QUOTE) -> Any:
    cart = cart_body((product, 1), when=Period(start, end))
    return api_client(make_user()).post(url, cart, format="json")


def refused(answer: Any, field: str) -> str:
    """The sentence of a refusal that concerns `field`."""
    body = refusal(answer, 400, "invalid")
    assert list(body["errors"]) == [field]
    assert body["errors"][field] == [body["message"].removeprefix(f"{field}: ")]
    return str(body["errors"][field][0])


@pytest.mark.parametrize("url", [QUOTE, CREATE])
def test_nobody_picks_up_on_a_closed_day(url: str) -> None:
    make_gateway()
    open_on("123456", "09:00", "18:00")
    text = refused(ask(make_product(), at(7, "10:00"), at(2, "10:00", 1), url), "rental_start_date")
    monday = at(1, "09:00", 1)
    assert text == (
        f"We are closed on Sunday, {at(7, '10:00'):%-d %B}; the next pickup is possible on"
        f" Monday, {monday:%-d %B}, 09:00."
    )
    assert not RentalOrder.objects.exists()


def test_nobody_brings_back_after_closing_time() -> None:
    open_on("123456", "09:00", "18:00")
    answer = ask(make_product(), at(1, "10:00"), at(2, "18:01"))
    text = refused(answer, "rental_end_date")
    assert "open from 09:00 to 18:00; the next return is possible on Wednesday" in text


def test_a_holiday_closes_whatever_the_weekday_says_and_gives_its_reason() -> None:
    open_on("123456", "09:00", "18:00")
    close_on(at(2, "10:00").date(), reason="Stocktaking")
    text = refused(ask(make_product(), at(2, "10:00"), at(4, "10:00")), "rental_start_date")
    assert text.startswith("We are closed on Tuesday,")
    assert "(Stocktaking); the next pickup is possible on Wednesday" in text


def test_a_rental_runs_over_closed_days_and_begins_and_ends_at_the_edges_of_the_hours() -> None:
    open_on("123456", "09:00", "18:00")
    close_on(at(2, "10:00").date())
    data(ask(make_product(), at(1, "18:00"), at(3, "09:00")))


def test_a_change_of_the_hours_holds_at_once() -> None:
    start, end = at(2, "10:00"), at(3, "10:00")
    product = make_product()
    data(ask(product, start, end))
    closed = close_on(start.date())
    refused(ask(product, start, end), "rental_start_date")
    ClosedDay.objects.filter(pk=closed.pk).delete()
    data(ask(product, start, end))


def test_the_shop_s_clock_decides(settings: Settings) -> None:
    open_on("12345", "09:00", "18:00")
    start, end = at(1, "09:00"), at(2, "09:00")
    data(ask(make_product(), start, end))
    settings.SHOP_TIME_ZONE = "America/New_York"
    refused(ask(make_product(), start, end), "rental_start_date")


def test_a_product_is_booked_its_lead_time_before_the_pickup() -> None:
    now = datetime.now(UTC)
    product = make_product(name="Canoe", lead_time=timedelta(days=3))
    soon, late = now + timedelta(days=2, hours=23), now + timedelta(days=3, minutes=1)
    text = refused(ask(product, soon, late), "rental_start_date")
    assert text.startswith("Canoe has to be booked 3 days before the pickup; the next pickup is")
    data(ask(product, late, late + timedelta(days=1)))


def test_the_shop_has_a_lead_time_for_products_without_one(settings: Settings) -> None:
    settings.LEAD_TIME = timedelta(hours=12)
    soon = datetime.now(UTC) + timedelta(hours=11)
    refused(ask(make_product(), soon, soon + timedelta(days=1)), "rental_start_date")
    data(ask(make_product(lead_time=timedelta(0)), soon, soon + timedelta(days=1)))


def test_the_longest_lead_time_of_a_cart_decides() -> None:
    soon = datetime.now(UTC) + timedelta(hours=11)
    products = make_product(), make_product(name="Tent", lead_time=timedelta(days=1))
    cart = cart_body(*((each, 1) for each in products), when=Period(soon, soon + timedelta(days=1)))
    answer = api_client(make_user()).post(QUOTE, cart, format="json")
    assert "Tent has to be booked 24 hours" in refused(answer, "rental_start_date")


BEYOND: list[tuple[str, dict[str, Any], Period]] = [
    ("in the past", {}, Period(START - timedelta(days=32), START)),
    ("too far ahead", {}, period(2, START + timedelta(days=900))),
    ("too short", {"min_duration": timedelta(days=3)}, period(2)),
    ("too long", {"max_duration": timedelta(days=1)}, period(2)),
    ("too soon", {"lead_time": timedelta(days=40)}, period(2)),
    ("closed", {}, Period(at(7, "10:00"), at(1, "10:00", 1))),
]


@pytest.mark.parametrize(("rule", "values", "when"), BEYOND, ids=[name for name, *_ in BEYOND])
def test_staff_who_act_for_the_shop_may_go_past_its_rules(
    rule: str, values: dict[str, Any], when: Period
) -> None:
    open_on("123456", "00:00", "00:00")
    cart = [CartLine(make_product(**values).pk, 1)]
    with pytest.raises(InvalidInput):
        quote_cart(cart, when, datetime.now(UTC))
    assert quote_cart(cart, when, datetime.now(UTC), by_shop=True).period == when


def test_nobody_books_longer_than_a_rental_can_be() -> None:
    cart = [CartLine(make_product().pk, 1)]
    for by_shop in (False, True):
        with pytest.raises(InvalidInput, match="366 days at most"):
            quote_cart(cart, period(367), datetime.now(UTC), by_shop=by_shop)


def test_hours_take_no_statement_of_their_own(django_assert_num_queries: Any) -> None:
    """The road of every order (docs/adr/0007)."""
    open_on("1234567", "00:00", "00:00")
    close_on(START.date() - timedelta(days=3))
    cart = [CartLine(make_product().pk, 1)]
    with django_assert_num_queries(1):
        quote_cart(cart, period(), datetime.now(UTC))
