"""Opening a checkout once, whatever Stripe does meanwhile (A01, A02, A04 to A06, E06, P7)."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from time import monotonic

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from catalog.tests.factories import make_product
from common.errors import KeyReused
from payments import gateways
from payments.domain.errors import InProgress
from payments.models import Payment, RentalOrder
from payments.services import orders
from payments.services.checkout import open_checkout, send_checkout
from payments.services.idempotency import Request
from payments.services.quotes import CartLine
from payments.tests.factories import make_gateway, make_user, period, place
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import leases_end, quiet
from payments.tests.sandbox import Sandbox, free_port
from payments.tests.services.support import create, late_answer, sessions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def short_patience(settings: LazySettings) -> Iterator[None]:
    """Stripe gets one second for an answer."""
    settings.GATEWAY_TIMEOUT = 1
    gateways._adapter.cache_clear()
    yield
    gateways._adapter.cache_clear()


def test_twenty_equal_requests_at_once_make_one_order_and_one_session(sandbox: Sandbox) -> None:
    """A01, with a Stripe that takes its time."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind="slow", method="POST", path="/v1/checkout/sessions", seconds=3)
    heard = answers(together([lambda: create(customer, product)] * 20))
    made = [answer for answer in heard if answer.status_code == 201]
    waiting = [answer for answer in heard if answer.status_code == 409]
    assert len(made) + len(waiting) == 20
    for answer in waiting:
        assert answer.json()["code"] == "in_progress"
        assert int(answer["Retry-After"]) >= 1
    sandbox.heal()
    # One that comes when the session is open already is told of it: the same body for all.
    made.append(create(customer, product))
    assert len({answer.content for answer in made}) == 1
    assert waiting
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


def test_who_was_too_slow_for_his_lease_says_that_another_is_at_it(sandbox: Sandbox) -> None:
    """Or he would answer with a checkout that has no address."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    leases_end()
    slow = order.payments.select_related("gateway").get()
    assert slow.take_lease()
    leases_end()
    assert order.payments.get().take_lease()
    with pytest.raises(InProgress):
        send_checkout(slow)


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
    """Row A05: refused, done but not answered, or overloaded; also in the SDK's own retry."""
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


def test_every_try_sends_the_same_bytes_under_the_same_key(
    sandbox: Sandbox, settings: LazySettings
) -> None:
    """Row A06, R2: minutes later, after the price has changed, and after a release that asks for
    other things."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind="refuse", method="POST", path="/v1/checkout/sessions", times=2)
    assert create(customer, product).status_code == 503
    product.price_tiers.update(amount_minor=99_900)
    sandbox.advance(300)
    settings.SITE_URL, settings.CHECKOUT_WINDOW = "https://new.example", timedelta(hours=5)
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
    assert_books(sandbox, at_rest=False)


@pytest.mark.parametrize("executed", [False, True])
def test_a_saved_failure_of_stripe_ends_with_one_session(sandbox: Sandbox, executed: bool) -> None:
    """Row A06: the same key would get the same 500 for a day."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(
        kind="saved_500", method="POST", path="/v1/checkout/sessions", times=1, execute=executed
    )
    assert create(customer, product).status_code == 503
    retry = create(customer, product)
    assert retry.status_code == 201
    assert [session["id"] for session in sessions(sandbox)] == [retry.json()["data"]["session_id"]]
    assert_books(sandbox, at_rest=False)


def test_a_silent_stripe_is_given_up_on_soon_and_nothing_is_lost(
    sandbox: Sandbox, short_patience: None
) -> None:
    """E06, P6."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind="slow", method="POST", path="/v1/checkout/sessions", seconds=9, times=1)
    began = monotonic()
    assert create(customer, product).status_code == 503
    assert monotonic() - began < 9
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
    with (
        late_answer("open_checkout", lambda: create(customer, product).status_code) as created,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        assert set(cursor.fetchall()) == {("idle",)}
    assert created == [201]
