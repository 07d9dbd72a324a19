"""GET /catalog/availability/: many products at once."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.tests.api.support import data, refusal
from payments.tests.factories import START, api_client, make_gateway, period, place

pytestmark = pytest.mark.django_db

URL = "/catalog/availability/"
Z = "%Y-%m-%dT%H:%M:%SZ"


def ask(*products: Any, days: float = 3, **more: Any) -> Any:
    query = {
        "product_id": [str(getattr(product, "pk", product)) for product in products],
        "start": f"{START:{Z}}",
        "end": f"{START + timedelta(days=days):{Z}}",
        **more,
    }
    return api_client().get(URL, query)


def test_each_product_comes_in_the_order_asked_for_as_if_asked_alone() -> None:
    make_gateway()
    kayak, tent = make_product(units=4), make_product(units=2, prep_time=timedelta(hours=1))
    place(make_user(), (kayak, 3), (tent, 1), when=period(1))
    found = data(ask(tent, kayak))
    assert [each["product_id"] for each in found] == [str(tent.pk), str(kayak.pk)]
    assert [each["available_quantity"] for each in found] == [1, 1]
    for each, product in zip(found, (tent, kayak), strict=True):
        query = {"start": each["start"], "end": each["end"], "by": "day"}
        alone = api_client().get(f"/catalog/products/{product.pk}/availability/", query)
        assert data(alone) == each


def test_products_that_are_not_for_rent_are_left_out() -> None:
    tent = make_product()
    found = data(ask(make_product(is_active=False), tent, uuid4()))
    assert [each["product_id"] for each in found] == [str(tent.pk)]
    assert data(ask(uuid4())) == []


def test_a_product_asked_for_twice_comes_once() -> None:
    tent = make_product()
    assert len(data(ask(tent, tent))) == 1


def test_forty_products_for_a_month_take_as_many_queries_as_one_for_a_day(
    django_assert_num_queries: Any,
) -> None:
    make_gateway()
    products = [make_product() for _ in range(40)]
    place(make_user(), *((product, 1) for product in products[:20]))
    for some, days in ((products[:1], 1), (products, 31)):
        with django_assert_num_queries(6):  # products, parts, hours, peaks, counters, levels
            assert len(data(ask(*some, days=days))) == len(some)


@pytest.mark.parametrize(
    ("field", "query"),
    [
        ("product_id", {"product_id": []}),
        ("product_id", {"product_id": ["1"]}),
        ("product_id", {"product_id": [str(UUID(int=n)) for n in range(51)]}),
        ("end", {"end": f"{START:{Z}}"}),
        ("end", {"end": f"{START + timedelta(days=63):{Z}}"}),
        ("start", {"start": "today"}),
        ("by", {"by": "day"}),
    ],
    ids=str,
)
def test_a_bad_question_is_refused_by_name(field: str, query: dict[str, Any]) -> None:
    assert list(refusal(ask(make_product(), **query), 400, "invalid")["errors"]) == [field]


def test_anyone_may_ask_and_nothing_is_written() -> None:
    product = make_product()
    data(ask(product))
    assert Product.objects.get() == product
