"""What several tests of the services begin with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from threading import Event as Signal
from threading import Semaphore, Thread
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.gateways.stripe.adapter import StripeGateway
from payments.models import Payment, Refund, RentalOrder
from payments.services import orders
from payments.services.checkout import send_checkout
from payments.services.journal import SYSTEM
from payments.tests.factories import (
    api_client,
    cart_body,
    make_gateway,
    make_user,
    place,
    place_with_checkout,
)
from payments.tests.races.parallel import together
from payments.tests.races.quiet import work
from payments.tests.sandbox import PAYS, Sandbox, deliver_all

Event = dict[str, Any]

URL = "/payments/rental-orders/create_from_cart/"
ASKED = 10_950  # for one unit of the default product
REFUND_FAILS_LATER, REFUND_PENDS = "4000000000005126", "4000000000007726"


@contextmanager
def late_answer(method: str, call: Callable[[], object]) -> Iterator[list[object]]:
    """`call` goes on beside the block. What it first asks of Stripe by `method` is done before the
    block, and the answer arrives after it; then the list has what came of the call."""
    asked, arrives, first, came = Signal(), Signal(), Semaphore(), list[object]()
    ask = getattr(StripeGateway, method)

    def ask_and_wait(*what: Any) -> Any:
        answer = ask(*what)
        if first.acquire(blocking=False):
            asked.set()
            assert arrives.wait(60)
        return answer

    with patch.object(StripeGateway, method, ask_and_wait):
        going = Thread(target=lambda: came.extend(together([call])))
        going.start()
        try:
            assert asked.wait(60)
            yield came
        finally:
            arrives.set()
            going.join()


def paid_order(sandbox: Sandbox) -> tuple[RentalOrder, Payment, list[Event]]:
    """An order whose customer has paid, and the events that tell so; none has arrived yet."""
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    newest = newest_event(sandbox)
    sandbox.pay(payment.session_id)
    return order, payment, events_since(sandbox, newest)


def newest_event(sandbox: Sandbox) -> str:
    newest: list[Event] = sandbox.get("/v1/events", limit="1")["data"]
    return newest[0]["id"] if newest else ""


def events_since(sandbox: Sandbox, newest: str) -> list[Event]:
    """What happened after that event, oldest first."""
    bounds = {"ending_before": newest} if newest else {}
    return list(reversed(sandbox.get("/v1/events", limit="100", **bounds)["data"]))


def event_of(events: list[Event], event_type: str) -> Event:
    return next(event for event in events if event["type"] == event_type)


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


def confirmed(sandbox: Sandbox, card: str = PAYS) -> tuple[RentalOrder, Payment]:
    """A paid order of 109.50 EUR."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id, card)
    deliver_all(Client(), sandbox.events())
    work()
    return again(order), again(payment)


def second_session(order: RentalOrder, purpose: str) -> Payment:
    """A session beside the first, as an old tab or another purpose may leave one."""
    payment = Payment.objects.get(order=order)
    request = deepcopy(payment.request)
    payment.pk = uuid4()
    payment._state.adding = True
    payment.purpose, payment.request = purpose, request
    payment.status, payment.captured_minor = "PENDING", 0
    payment.session_id = payment.intent_id = payment.checkout_url = ""
    payment.lease_until, payment.next_attempt_at = None, timezone.now()
    request["metadata"] = request["payment_intent_data"]["metadata"] = {
        "payment_id": str(payment.pk)
    }
    request["client_reference_id"] = str(payment.pk)
    payment.save(force_insert=True)
    Payment.objects.filter(pk=payment.pk).update(first_sent_at=Now())
    assert payment.take_lease()
    return send_checkout(payment)


def paid_otherwise(sandbox: Sandbox, more: int = 0, currency: str = "eur") -> Payment:
    """Quarantined: the customer paid so much more than was asked, or in another currency."""
    make_gateway()
    payment = place(make_user(), (make_product(), 1)).payments.select_related("gateway").get()
    for line in payment.request["line_items"]:
        line["price_data"]["currency"] = currency
    payment.request["line_items"][0]["price_data"]["unit_amount"] += more
    sandbox.pay(send_checkout(payment).session_id)
    deliver_all(Client(), sandbox.events())
    work()
    payment.refresh_from_db()
    return payment


def again(row: Any) -> Any:
    row.refresh_from_db()
    return row


def cancel(order: RentalOrder) -> Refund:
    """The shop cancels, so all of it is owed; the refund is asked for and not yet sent."""
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    return Refund.objects.get(order=order, source="POLICY")


def refund_calls(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [
        call
        for call in sandbox.journal(kind="call", path="/v1/refunds")
        if call["method"] == "POST"
    ]


def at_stripe(sandbox: Sandbox) -> list[tuple[int, str]]:
    refunds = sandbox.get("/v1/refunds", limit="100")["data"]
    return [(refund["amount"], refund["status"]) for refund in refunds]
