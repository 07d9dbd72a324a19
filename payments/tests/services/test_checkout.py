"""Opening, pursuing and closing a checkout, whatever Stripe does (A01 to A07, C07, D6.6, E06)."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from common.errors import KeyReused
from payments import gateways
from payments.domain.errors import GatewayRefused, GatewayUnavailable, InProgress, OutOfStock
from payments.models import Payment, RentalOrder
from payments.services import orders
from payments.services.checkout import expire_order, open_checkout, pursue_payment
from payments.services.idempotency import Request
from payments.services.journal import Actor
from payments.services.quotes import CartLine
from payments.tests.factories import (
    api_client,
    cart_body,
    make_gateway,
    make_user,
    period,
    place,
    place_with_checkout,
)
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import hold_ends, leases_end, quiet, work
from payments.tests.sandbox import Sandbox, free_port

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/payments/rental-orders/create_from_cart/"


@pytest.fixture
def short_patience(settings: LazySettings) -> Iterator[None]:
    """Stripe gets one second for an answer."""
    settings.GATEWAY_TIMEOUT = 1
    gateways._adapter.cache_clear()
    yield
    gateways._adapter.cache_clear()


def create(customer: User, product: Product, key: str = "key-1", quantity: int = 1) -> Any:
    return api_client(customer).post(
        URL,
        cart_body((product, quantity)),
        format="json",
        headers={"Idempotency-Key": key},
    )


def sessions(sandbox: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.get("/v1/checkout/sessions", limit="100")["data"]
    return found


def test_twenty_equal_requests_at_once_make_one_order_and_one_session(sandbox: Sandbox) -> None:
    """A01, with a Stripe that takes its time."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind="slow", method="POST", path="/v1/checkout/sessions", seconds=1)
    heard = answers(together([lambda: create(customer, product)] * 20))
    assert Counter(answer.status_code for answer in heard) == {201: 1, 409: 19}
    for answer in heard:
        if answer.status_code == 409:
            assert answer.json()["code"] == "in_progress"
            assert int(answer["Retry-After"]) >= 1
    sandbox.heal()
    made = next(answer for answer in heard if answer.status_code == 201)
    assert create(customer, product).json() == made.json()
    assert RentalOrder.objects.count() == Payment.objects.count() == len(sessions(sandbox)) == 1
    assert_books(sandbox, at_rest=False)


def test_a_key_used_with_another_request_is_refused_whichever_comes_first(
    sandbox: Sandbox,
) -> None:
    """A02: and the loser leaves nothing."""
    make_gateway()
    customer, product = make_user(), make_product(units=9)
    heard = answers(
        together([partial(create, customer, product, quantity=n % 2 + 1) for n in range(10)])
    )
    codes = Counter(answer.status_code for answer in heard)
    assert codes[422] == 5
    assert codes[201] >= 1
    assert RentalOrder.objects.count() == 1
    assert_books(at_rest=False)


def test_a_key_of_one_customer_is_nothing_to_another(sandbox: Sandbox) -> None:
    """A02."""
    make_gateway()
    product = make_product()
    first, second = create(make_user(), product).json(), create(make_user(), product).json()
    assert first["data"]["order_id"] != second["data"]["order_id"]


def test_a_key_is_judged_before_anything_else_is_looked_at(sandbox: Sandbox) -> None:
    make_gateway()
    customer, product = make_user(), make_product()
    place(customer, (product, 1), key="k")
    cart = orders.Cart([CartLine(product.pk, 999)], period())
    with pytest.raises(KeyReused):
        orders.place_order(customer=customer, cart=cart, request=Request("k", "0" * 64))


def test_whoever_died_while_opening_is_waited_for_and_then_replaced(sandbox: Sandbox) -> None:
    """A04: in progress until the lease ends, then completed by the client's retry."""
    make_gateway()
    customer, product = make_user(), make_product()
    order = place(customer, (product, 1))  # and its process dies here
    with pytest.raises(InProgress):
        open_checkout(order)
    assert sessions(sandbox) == []
    leases_end()
    payment = open_checkout(order)
    assert payment is not None
    assert [session["id"] for session in sessions(sandbox)] == [payment.session_id]
    assert_books(sandbox, at_rest=False)


def test_whoever_died_and_never_comes_back_is_replaced_by_a_worker(sandbox: Sandbox) -> None:
    """A04, R1: the order's page then shows where to pay."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    quiet()
    payment = order.payments.get()
    session = sessions(sandbox)[0]
    assert (payment.session_id, payment.checkout_url) == (session["id"], session["url"])
    assert_books(sandbox, at_rest=False)


@pytest.mark.parametrize(("kind", "tries"), [("refuse", 2), ("drop_reply", 2), ("status_429", 1)])
def test_while_stripe_fails_the_order_is_kept_and_the_retry_continues_it(
    sandbox: Sandbox, kind: str, tries: int
) -> None:
    """A05: refused, done but not answered, or overloaded; also in the SDK's own retry."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind=kind, method="POST", path="/v1/checkout/sessions", times=tries)
    answer = create(customer, product)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) >= 1
    body = answer.json()
    assert body["code"] == "gateway_unavailable"
    order = RentalOrder.objects.get()
    assert body["errors"] == {"order_id": str(order.pk), "order_number": order.order_number}
    retry = create(customer, product)
    assert retry.status_code == 201
    assert retry.json()["data"]["order_id"] == str(order.pk)
    assert [session["id"] for session in sessions(sandbox)] == [retry.json()["data"]["session_id"]]
    assert_books(sandbox, at_rest=False)


def test_every_try_sends_the_same_bytes_under_the_same_key(sandbox: Sandbox) -> None:
    """A06, R2: minutes later, and after the price has changed."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind="refuse", method="POST", path="/v1/checkout/sessions", times=2)
    assert create(customer, product).status_code == 503
    product.price_tiers.update(amount_minor=99_900)
    sandbox.advance(300)
    sandbox.fault(kind="drop_reply", method="POST", path="/v1/checkout/sessions", times=2)
    assert create(customer, product).status_code == 503
    assert create(customer, product).status_code == 201
    calls = [
        call
        for call in sandbox.journal(kind="call", path="/v1/checkout/sessions")
        if call["method"] == "POST"
    ]
    assert len(calls) == 5
    assert len({call["idempotency_key"] for call in calls}) == 1
    sent = [call["params"] for call in calls if call["params"]]  # a cut call is not read
    assert all(params == sent[0] for params in sent)
    assert len(sessions(sandbox)) == 1


@pytest.mark.parametrize("executed", [False, True])
def test_a_saved_failure_of_stripe_ends_with_one_session(sandbox: Sandbox, executed: bool) -> None:
    """A06: the same key would get the same 500 for a day."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(
        kind="saved_500", method="POST", path="/v1/checkout/sessions", times=1, execute=executed
    )
    assert create(customer, product).status_code == 503
    retry = create(customer, product)
    assert retry.status_code == 201
    assert [session["id"] for session in sessions(sandbox)] == [retry.json()["data"]["session_id"]]


def test_a_silent_stripe_is_given_up_on_soon_and_nothing_is_lost(
    sandbox: Sandbox, short_patience: None
) -> None:
    """E06, P6."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind="slow", method="POST", path="/v1/checkout/sessions", seconds=4, times=1)
    began = monotonic()
    assert create(customer, product).status_code == 503
    assert monotonic() - began < 4
    sandbox.heal()
    quiet()
    assert len(sessions(sandbox)) == 1
    assert_books(sandbox, at_rest=False)


def test_a_stripe_that_is_not_there_is_an_unavailable_one(
    sandbox: Sandbox, settings: LazySettings
) -> None:
    make_gateway()
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{free_port()}"
    assert create(make_user(), make_product()).status_code == 503
    settings.STRIPE_API_BASE = sandbox.address
    quiet()
    assert len(sessions(sandbox)) == 1


def test_a_session_whose_answer_was_lost_for_a_day_is_found_and_its_money_counted(
    sandbox: Sandbox,
) -> None:
    """A07: the key is forgotten by then. The customer found the page, paid, and no event came."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    payment = order.payments.get()
    sandbox.fault(kind="drop_reply", method="POST", path="/v1/checkout/sessions", times=2)
    with pytest.raises(GatewayUnavailable):
        open_checkout(order, payment)
    sandbox.pay(sessions(sandbox)[0]["id"])
    sandbox.advance(25 * 3600)
    hold_ends(order)
    quiet()
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    assert len(sessions(sandbox)) == 1
    assert_books(sandbox)


def test_an_order_whose_session_stripe_will_never_open_does_not_hold_its_units_for_ever(
    sandbox: Sandbox,
) -> None:
    """C07: Stripe was down for so long that it refuses the frozen expiry as too near."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    sandbox.fault(kind="refuse", method="POST", path="/v1/checkout/sessions")
    with pytest.raises(GatewayUnavailable):
        open_checkout(order, order.payments.get())
    sandbox.heal()
    sandbox.advance(45 * 60)
    leases_end()
    with pytest.raises(GatewayRefused):
        open_checkout(order)
    order.refresh_from_db()
    assert order.status == "PENDING"
    hold_ends(order)
    quiet()
    order.refresh_from_db()
    assert order.status == "EXPIRED"
    assert not order.reservations.filter(is_active=True).exists()
    assert sessions(sandbox) == []
    assert_books(sandbox)


def test_an_order_that_was_cancelled_meanwhile_gets_no_session_from_a_retry(
    sandbox: Sandbox,
) -> None:
    """I19: the first answer was a 503, then he cancelled, then the client's retry arrived."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind="refuse", method="POST", path="/v1/checkout/sessions", times=2)
    assert create(customer, product).status_code == 503
    order = RentalOrder.objects.get()
    orders.cancel_order(order_id=order.pk, actor=Actor.of(customer), now=timezone.now())
    leases_end()
    retry = create(customer, product)
    assert retry.status_code == 201
    assert not retry.json()["data"]["checkout_url"]
    assert sessions(sandbox) == []
    quiet()
    assert all(session["status"] == "expired" for session in sessions(sandbox))
    assert_books(sandbox)


def test_a_hold_is_released_only_after_its_session_was_closed(sandbox: Sandbox) -> None:
    """D6.6: while Stripe is silent the units stay held, since somebody may be paying."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    hold_ends(order)
    sandbox.fault(kind="refuse", path="/v1/checkout/sessions/*")
    quiet()
    order.refresh_from_db()
    assert order.status == "PENDING"
    assert order.reservations.get().is_active
    sandbox.heal()
    quiet()
    order.refresh_from_db()
    assert order.status == "EXPIRED"
    assert not order.reservations.get().is_active
    assert sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")["status"] == "expired"
    assert_books(sandbox)


def test_a_hold_that_has_not_ended_is_left_alone(sandbox: Sandbox) -> None:
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    expire_order(order.pk)
    pursue_payment(payment.pk)
    work()
    order.refresh_from_db()
    assert order.status == "PENDING"
    assert sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")["status"] == "open"


def test_holds_that_ended_long_ago_are_released_in_one_sweep(sandbox: Sandbox) -> None:
    """C07: the sweeper was dead for hours; nothing was sold twice, and now all of it is free."""
    make_gateway()
    product = make_product(units=3)
    lapsed = [place_with_checkout(make_user(), (product, 1))[0] for _ in range(3)]
    for order in lapsed:
        hold_ends(order)
    sandbox.advance(3 * 3600)
    with pytest.raises(OutOfStock):
        place(make_user(), (product, 1))
    quiet()
    assert {order.status for order in RentalOrder.objects.all()} == {"EXPIRED"}
    place(make_user(), (product, 3))
    assert_books(at_rest=False)


def test_the_hold_outlives_the_time_for_paying() -> None:
    """D6.6, R9: by the grace, so that no money comes for units already released."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    payment = order.payments.get()
    assert payment.payable_until is not None
    assert order.hold_expires_at is not None
    assert order.hold_expires_at - payment.payable_until == timedelta(minutes=10)
    assert payment.request["expires_at"] == int(payment.payable_until.timestamp())


def test_stripe_is_never_called_inside_a_transaction(sandbox: Sandbox) -> None:
    """P7: it is refused to whoever tries."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    payment = order.payments.get()
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        open_checkout(order, payment)
    assert sandbox.journal(kind="call") == []


def test_while_stripe_thinks_no_session_of_the_database_is_in_a_transaction(
    sandbox: Sandbox,
) -> None:
    """P7: a slow Stripe must not become held locks."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind="slow", method="POST", path="/v1/checkout/sessions", seconds=1)

    def look() -> int:
        deadline = monotonic() + 5
        while not Payment.objects.exists():
            assert monotonic() < deadline
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_sleep(0.3) IS NULL OR EXISTS (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND state LIKE 'idle in transaction%%'"
                " AND pid <> pg_backend_pid())"
            )
            return int(cursor.fetchone()[0])

    created, in_transaction = together([lambda: create(customer, product).status_code, look])
    assert (created, in_transaction) == (201, 0)
