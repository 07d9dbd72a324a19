"""Redis or the database fails: ordering and paying go on or wait; nothing is lost (E02, E05)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import caches
from django.db import close_old_connections, connection
from django.test import Client

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from common.cache import Breaker
from common.tests.redis_server import RedisServer, redis_server, waiting
from payments.models import Payment, RentalOrder
from payments.tests.factories import api_client, cart_body, make_gateway, make_user
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import work
from payments.tests.sandbox import Sandbox, deliver_all

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/payments/rental-orders/"


def count_tries(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Grows by one for each call that is let through to Redis."""
    done: list[bool] = []
    allows = Breaker.allows

    def count(breaker: Breaker) -> bool:
        if is_allowed := allows(breaker):
            done.append(is_allowed)
        return is_allowed

    monkeypatch.setattr(Breaker, "allows", count)
    return done


@pytest.fixture
def own_redis(settings: LazySettings) -> Iterator[RedisServer]:
    """A Redis that this test may end."""
    with redis_server() as server:
        usual = settings.CACHES["default"]
        options = usual["OPTIONS"] | waiting(0.2)
        settings.CACHES = {"default": {**usual, "LOCATION": server.url, "OPTIONS": options}}
        yield server


def order(customer: User, product: Product) -> Any:
    return api_client(customer).post(
        URL + "create_from_cart/", cart_body((product, 1)), format="json"
    )


@pytest.mark.parametrize("fault", ["gone", "paused", "junk"])
def test_without_a_working_redis_one_can_order_pay_and_see_ones_orders(
    sandbox: Sandbox, own_redis: RedisServer, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E05: and it is asked once, so that its silence costs nobody much."""
    monkeypatch.setattr("common.cache.PAUSE_SECONDS", 600)
    make_gateway()
    customer, product = make_user(), make_product()
    seen = api_client(customer).get(URL + "my_orders/").json()
    assert seen["pagination"]["count"] == 0
    if fault == "gone":
        own_redis.stop()
    elif fault == "paused":
        own_redis.pause()
    tries = count_tries(monkeypatch)
    answer = order(customer, product)
    assert answer.status_code == 201
    sandbox.pay(answer.json()["data"]["session_id"])
    deliver_all(Client(), sandbox.events())
    work()
    if fault == "junk":
        for key in own_redis.raw.keys("*"):
            own_redis.raw.set(key, b"\x80\x04junk")
    mine = api_client(customer).get(URL + "my_orders/").json()
    assert [row["status"] for row in mine["data"]] == ["CONFIRMED"]
    assert len(tries) == 1 or fault == "junk"
    if fault == "paused":
        own_redis.resume()
    assert len(caches.all()) >= 1
    assert_books(sandbox)


def test_a_session_of_the_database_that_is_cut_costs_one_answer_and_no_restart(
    sandbox: Sandbox,
) -> None:
    """E02: as a failover or an administrator does it."""
    make_gateway()
    client, body = api_client(make_user()), cart_body((make_product(), 1))
    _end_own_session()
    answer = client.post(URL + "create_from_cart/", body, format="json")
    assert answer.status_code == 503, answer.content
    assert answer.json()["code"] == "unavailable"
    assert int(answer["Retry-After"]) >= 1
    close_old_connections()  # as every request begins; the test client leaves it out
    answer = client.post(URL + "create_from_cart/", body, format="json")
    assert answer.status_code == 201, answer.content
    assert RentalOrder.objects.count() == Payment.objects.count() == 1
    assert_books(sandbox, at_rest=False)


def _end_own_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()

    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [own])

    answers(together([end]))
