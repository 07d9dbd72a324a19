"""GET /catalog/products/{id}/availability/"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.tests.factories import make_user
from catalog.models import KitPart, Product
from catalog.tests.factories import make_product
from payments.tests.api.support import data, refusal
from payments.tests.factories import START, api_client, make_gateway, period, place

pytestmark = pytest.mark.django_db

Z = "%Y-%m-%dT%H:%M:%SZ"


def ask(product: Product | None, start: Any = START, end: Any = None, **more: str) -> Any:
    """One request without login; the period is two days unless told otherwise."""
    if end is None:
        end = (start if isinstance(start, datetime) else START) + timedelta(days=2)
    query = {
        name: f"{value:{Z}}" if isinstance(value, datetime) else value
        for name, value in {"start": start, "end": end}.items()
    }
    url = f"/catalog/products/{product.pk if product else uuid4()}/availability/"
    return api_client().get(url, {**query, **more})


def test_all_units_of_a_product_that_nobody_rented_are_free() -> None:
    product = make_product(units=4)
    assert data(ask(product)) == {
        "product_id": str(product.pk),
        "start": f"{START:{Z}}",
        "end": f"{START + timedelta(days=2):{Z}}",
        "units": 4,
        "available_quantity": 4,
        "calendar": [
            {"date": f"{START + timedelta(days=n):%Y-%m-%d}", "available_quantity": 4}
            for n in range(3)
        ],
    }


def test_the_peak_counts_and_not_the_sum() -> None:
    """D2.5: two rentals one after the other take one unit."""
    make_gateway()
    product = make_product(units=2)
    place(make_user(), (product, 1), when=period(1))
    place(make_user(), (product, 1), when=period(1, START + timedelta(days=1)))
    assert data(ask(product))["available_quantity"] == 1


def test_of_a_kit_there_are_as_many_as_its_parts_make_up() -> None:
    kit = make_product(units=0)
    KitPart.objects.create(kit=kit, part=make_product(units=9), quantity=4)
    shown = data(ask(kit))
    assert (shown["units"], shown["available_quantity"]) == (2, 2)


def test_back_to_back_is_free_and_a_microsecond_of_overlap_is_not() -> None:
    """C03, D2.1."""
    make_gateway()
    product = make_product(units=1)
    place(make_user(), (product, 1), when=period(2))
    end = START + timedelta(days=2)
    assert data(ask(product, end))["available_quantity"] == 1
    early = f"{end - timedelta(microseconds=1):%Y-%m-%dT%H:%M:%S.%fZ}"
    late = end + timedelta(days=1)
    assert data(ask(product, early, late))["available_quantity"] == 0


def test_preparation_and_turnaround_are_counted_once() -> None:
    """D2.2: an hour before and two after each rental, so the next may begin three hours later."""
    make_gateway()
    product = make_product(
        units=1, prep_time=timedelta(hours=1), turnaround_time=timedelta(hours=2)
    )
    place(make_user(), (product, 1), when=period(1))
    end = START + timedelta(days=1)
    for hours, free in ((2, 0), (3, 1)):
        start = end + timedelta(hours=hours)
        assert data(ask(product, start))["available_quantity"] == free


def test_a_day_with_any_rental_shows_what_is_free_all_day() -> None:
    make_gateway()
    product = make_product(units=3)
    place(make_user(), (product, 2), when=period(0.25))
    midnight = START.replace(hour=0)
    calendar = data(ask(product, midnight, midnight + timedelta(days=2)))["calendar"]
    assert [day["available_quantity"] for day in calendar] == [1, 3]


def test_an_offset_means_the_same_instant() -> None:
    product = make_product()
    local = (START + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00")
    assert data(ask(product, local, START + timedelta(days=1)))["start"] == f"{START:{Z}}"


BAD: list[tuple[str, dict[str, Any]]] = [
    ("start", {"start": "2030-01-01T10:00:00"}),
    ("start", {"start": "2030-01-01"}),
    ("start", {"start": ""}),
    ("start", {"start": "now"}),
    ("start", {"start": "2030-01-01T10:00:00+02:00".replace("+", " ")}),
    ("start", {"start": "\uff12030-01-01T10:00:00Z"}),
    ("start", {"start": "2030-01-01T10:00:00Z\0"}),
    ("start", {"start": "9999-12-31T23:59:59Z"}),
    ("start", {"start": "0001-01-01T00:00:00Z"}),
    ("start", {"start": "2030-02-30T10:00:00Z"}),
    ("end", {"end": "2030-01-01T10:00:00"}),
    ("end", {"end": START}),
    ("end", {"end": START - timedelta(days=1)}),
    ("end", {"end": START + timedelta(days=367)}),
    ("quantity", {"quantity": "1"}),
    ("page_size", {"page_size": "1000000000"}),
]


@pytest.mark.parametrize(("field", "query"), BAD, ids=repr)
def test_a_bad_period_is_refused_by_name(field: str, query: dict[str, Any]) -> None:
    """C03, F03, F04."""
    body = refusal(ask(make_product(), **query), 400, "invalid")
    assert list(body["errors"]) == [field]
    assert body["message"].startswith(f"{field}:")


def test_both_ends_must_be_given() -> None:
    answer = api_client().get(f"/catalog/products/{make_product().pk}/availability/")
    assert set(refusal(answer, 400, "invalid")["errors"]) == {"start", "end"}


def test_the_past_may_be_looked_at() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    assert data(ask(make_product(units=2), start))["available_quantity"] == 2


def test_a_product_that_is_not_for_rent_is_as_unknown_as_one_that_never_was() -> None:
    gone = refusal(ask(make_product(is_active=False)), 404, "not_found")
    never = refusal(ask(None), 404, "not_found")
    assert {**gone, "request_id": ""} == {**never, "request_id": ""}


def test_fewer_units_than_are_rented_out_show_as_none_free() -> None:
    """C08: staff took units out of service."""
    make_gateway()
    product = make_product(units=3)
    place(make_user(), (product, 3))
    Product.objects.update(units=1)
    shown = data(ask(product))
    assert shown["available_quantity"] == 0
    assert min(day["available_quantity"] for day in shown["calendar"]) == 0


def test_a_year_takes_as_many_queries_as_a_day(django_assert_num_queries: Any) -> None:
    product = make_product()
    for days in (1, 366):
        with django_assert_num_queries(5):  # product, parts, peak, day counters, levels
            data(ask(product, START, START + timedelta(days=days)))
