"""/products/<slug>/ : what it is, and what it costs for a period."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import close_on, make_product, open_on
from payments.tests.factories import START
from storefront.tests.pages import choice, signed_in, wall, words


def ask(client: Client, product: Product, **changes: Any) -> Any:
    return client.get(f"/products/{product.slug}/", choice(**changes))


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice@example.com")


@pytest.mark.django_db
def test_the_page_says_what_it_is_and_costs(client: Client) -> None:
    product = make_product(
        name="Canoe",
        slug="canoe",
        description="Green.",
        tiers=[("WEEK", 1, 9000), ("HOUR", 2, 500), ("DAY", 1, 2500)],
        min_duration=timedelta(minutes=90),
    )
    response = client.get(f"/products/{product.slug}/")
    assert "Green. Prices for one 2 hours 5.00 EUR 1 day 25.00 EUR 1 week 90.00 EUR" in words(
        response
    )
    assert "Plus 19 % tax" in words(response)
    assert "50.00 EUR each" in words(response)
    assert "90 minutes to 366 days" in words(response)
    assert "Order and pay" not in words(response)
    assert "<title>Canoe ·" in response.content.decode()


@pytest.mark.django_db
def test_the_page_says_what_a_late_return_costs(client: Client, settings: Settings) -> None:
    own = make_product(late_fee_minor=500, late_fee_unit="HOUR", late_cap_minor=5000)
    text = "Late return 5.00 EUR for each unit and started hour"
    assert text in words(client.get(f"/products/{own.slug}/"))

    silent = make_product()
    assert "Late return" not in words(client.get(f"/products/{silent.slug}/"))
    settings.LATE_FEE_MINOR = 700
    assert "Late return 7.00 EUR for each" in words(client.get(f"/products/{silent.slug}/"))


@pytest.mark.django_db
def test_a_withdrawn_or_unknown_product_is_not_there(client: Client) -> None:
    hidden = make_product(is_active=False)
    assert client.get(f"/products/{hidden.slug}/").status_code == 404
    assert client.get("/products/never-was/").status_code == 404


@pytest.mark.django_db
def test_every_field_has_a_label(client: Client) -> None:
    page = ask(client, make_product()).content.decode()
    for field in re.findall(r'<input type="(?!hidden)[^"]*"[^>]*id="([^"]+)"', page):
        assert f'<label for="{field}"' in page


@pytest.mark.django_db
def test_the_price_is_shown_with_its_parts_and_what_is_free(alice: User) -> None:
    page = words(ask(signed_in(alice), make_product(name="Canoe")))
    assert "2 × Canoe 2 × 1 day: 100.00 EUR for 2 units 100.00 EUR" in page
    assert "Tax (19 %) 19.00 EUR" in page
    assert "To pay now 219.00 EUR" in page
    assert "5 of 5 are free" in page
    assert "Order and pay" in page


@pytest.mark.django_db
def test_whoever_is_not_signed_in_sees_the_price_and_comes_back_to_it(client: Client) -> None:
    product = make_product()
    response = ask(client, product)
    assert "219.00 EUR" in words(response)
    assert "Order and pay" not in words(response)
    link = re.search(r'href="(/login/\?next=[^"]+)"', response.content.decode())
    assert link is not None
    make_user("bob@example.com", password="a long one")
    client.post(link[1], {"username": "bob@example.com", "password": "a long one"})
    answer = client.get("/login/" + link[1].removeprefix("/login/"))  # signed in: sends on
    assert "Order and pay" in words(client.get(answer["Location"]))


@pytest.mark.django_db
def test_times_are_read_on_the_shops_clock(client: Client, settings: Settings) -> None:
    # Over the night of the autumn clock change a day has 25 hours; on the shop's clock it is one.
    year = datetime.now(UTC).year + 1
    last = max(day for day in range(25, 32) if datetime(year, 10, day, tzinfo=UTC).weekday() == 6)
    product = make_product(tiers=[("DAY", 1, 2500), ("HOUR", 1, 100)])
    times = {"start": f"{year}-10-{last - 1}T10:00", "end": f"{year}-10-{last}T10:00"}
    assert "1 day: 50.00" in words(ask(client, product, **times))
    settings.SHOP_TIME_ZONE = "UTC"
    repeated = {"start": f"{year}-10-{last}T02:30", "end": f"{year}-10-{last}T09:00"}
    assert "Your price" in words(ask(client, product, **repeated))
    settings.SHOP_TIME_ZONE = "Europe/Berlin"
    assert "may be ambiguous" in words(ask(client, product, **repeated))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"end": "9999-12-31T23:59"}, "Enter a valid date/time."),
        ({"start": "2001-01-01T10:00"}, "cannot start in the past"),
        ({"quantity": "0"}, "greater than or equal to 1"),
        ({"quantity": "9" * 5000}, "Enter a whole number."),
        ({"quantity": "1001"}, "less than or equal to 1000"),
        ({"quantity": ""}, "This field is required."),
        ({"start": "tomorrow"}, "Enter a valid date/time."),
        ({"start": "0001-01-01T00:00"}, "Enter a valid date/time."),
        ({"end": "2200-12-31T23:59"}, "up to 730 days ahead"),
        ({"end": "2001-01-01T10:00"}, "The return must be later than the pickup."),
        ({"end": wall(START + timedelta(minutes=30))}, "is rented for at least 1 hour."),
        ({"start": "2030-13-01T10:00"}, "Enter a valid date/time."),
    ],
)
def test_what_cannot_be_rented_is_told_at_the_form(
    client: Client, changes: dict[str, str], sentence: str
) -> None:
    response = ask(client, make_product(), **changes)
    assert response.status_code == 200
    assert sentence in words(response)
    assert "Your price" not in words(response)
    assert b'aria-invalid="true"' in response.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "sentence"), [(6, "We have only 5 of these."), (5, "5 of 5 are free")]
)
def test_more_than_there_are_cannot_be_ordered(alice: User, wanted: int, sentence: str) -> None:
    page = words(ask(signed_in(alice), make_product(), quantity=wanted))
    assert sentence in page
    assert ("Order and pay" in page) is (wanted == 5)


@pytest.mark.django_db
def test_opening_hours_are_shown_with_equal_days_together(client: Client) -> None:
    product = make_product(lead_time=timedelta(days=2))
    assert "Opening hours" not in words(client.get(f"/products/{product.slug}/"))
    open_on("12345", "09:00", "12:00")
    open_on("12345", "14:00", "18:00")
    open_on("6", "09:00", "00:00")
    close_on(date(2199, 12, 24), date(2199, 12, 26), "Christmas")
    page = words(client.get(f"/products/{product.slug}/"))
    assert "Mon to Fri 09:00 to 12:00 and 14:00 to 18:00 Sat 09:00 to 24:00 Sun closed" in page
    assert "Closed on 24 December to 26 December 2199 (Christmas)." in page
    assert "Book it 2 days before the pickup" in page


@pytest.mark.django_db
def test_what_is_proposed_can_be_booked(client: Client) -> None:
    """D2.10: it is in time, and the shop is open for pickup and return."""
    open_on("24", "11:00", "12:00")
    product = make_product(lead_time=timedelta(days=3), min_duration=timedelta(hours=30))
    page = client.get(f"/products/{product.slug}/").content.decode()
    start, end = re.findall(r'value="(\d{4}-\d\d-\d\dT\d\d:\d\d)"', page)[:2]
    offered = words(client.get(f"/products/{product.slug}/", choice(start=start, end=end)))
    assert "Your price" in offered


@pytest.mark.django_db
def test_a_pickup_while_the_shop_is_closed_is_explained_at_its_field(client: Client) -> None:
    day = (START + timedelta(days=1)).date()
    close_on(day, reason="Stocktaking")
    page = words(
        ask(client, make_product(), start=f"{day}T10:00", end=f"{day + timedelta(2)}T10:00")
    )
    assert "(Stocktaking); the next pickup is possible on" in page
    assert "Your price" not in page
