"""CRASH SWEEP (rows A03, D02, D07): killed at any message it sends, a process loses nothing.

A flow runs once in a child process while its messages to the database and to Stripe are counted.
Then, for each of them, it runs anew on rows of its own and is killed with SIGKILL: before the
message goes on, and, where the answer says that something became durable, before the answer comes
back. Afterwards the client tries again or not, workers work until nothing changes, the customer
pays, and the books must be those of an undisturbed order.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain.deposits import ClaimKind
from payments.domain.errors import DepositSettled
from payments.models import Payment, Refund, RentalOrder, WebhookEvent
from payments.services import claims, deposits, orders, refund_sending, rental, webhooks
from payments.services.journal import SYSTEM, Actor
from payments.tests.factories import (
    api_client,
    cart_body,
    make_gateway,
    make_user,
    place_with_checkout,
)
from payments.tests.races.books import assert_books
from payments.tests.races.crash import Flow, Wires, counted, wires_to
from payments.tests.races.quiet import leases_end, quiet, work
from payments.tests.sandbox import Sandbox, deliver_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

URL = "/payments/rental-orders/create_from_cart/"


@pytest.fixture
def wires(sandbox: Sandbox) -> Iterator[Wires]:
    with wires_to(sandbox) as wires:
        yield wires


@dataclass
class Case:
    """One order's customer and product, of which nobody else has a unit."""

    customer: User
    product: Product
    key: str

    @classmethod
    def new(cls) -> "Case":
        customer = make_user()
        return cls(customer, make_product(units=1), f"key-{customer.pk}")

    def create(self) -> Any:
        return api_client(self.customer).post(
            URL,
            cart_body((self.product, 1)),
            format="json",
            headers={"Idempotency-Key": self.key},
        )

    @property
    def order(self) -> RentalOrder:
        return RentalOrder.objects.get(customer=self.customer)


def pay(sandbox: Sandbox, payment: Payment) -> None:
    """The customer pays; the events that tell so arrive twice."""
    newest = sandbox.get("/v1/events", limit="1")["data"]
    sandbox.pay(payment.session_id)
    bounds = {"ending_before": newest[0]["id"]} if newest else {}
    told = list(reversed(sandbox.get("/v1/events", limit="100", **bounds)["data"]))
    deliver_all(Client(), [*told, *told])
    work()


def sessions_of(sandbox: Sandbox, payment: Payment) -> list[str]:
    """The sessions that Stripe has for a payment, found by what we told it."""
    found = sandbox.get("/v1/checkout/sessions", limit="100")["data"]
    return [row["id"] for row in found if row["client_reference_id"] == str(payment.pk)]


def assert_confirmed_once(sandbox: Sandbox, case: Case) -> None:
    """One order, one session, one payment, one unit, one confirmation."""
    order = case.order
    payment = Payment.objects.get(order=order)
    assert (order.status, payment.status) == ("CONFIRMED", "SUCCEEDED")
    assert sessions_of(sandbox, payment) == [payment.session_id]
    assert order.reservations.get(is_active=True).quantity == 1
    letters = [m for m in mail.outbox if order.order_number in m.subject]
    assert [m.subject.split(" RO")[0] for m in letters] == ["Your order"]


def test_creating_an_order_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    """A03, with a client that tries again; and every third time one that never does."""
    make_gateway()
    count = counted(wires, Case.new().create)
    assert count.database.messages > 8
    assert count.stripe.messages >= 1
    orders_made = 0
    for number, strikes in enumerate(count.blows(wires)):
        case = Case.new()
        wires.run(case.create, *strikes)
        if number % 3:
            assert case.create().status_code in (201, 409)
            leases_end()
            assert case.create().status_code == 201
        quiet()
        if number % 3 == 0 and not RentalOrder.objects.filter(customer=case.customer).exists():
            continue  # it died before anything was promised, and nobody asks for it
        orders_made += 1
        pay(sandbox, Payment.objects.get(order=case.order))
        quiet()
        assert_confirmed_once(sandbox, case)
    assert orders_made > count.database.messages
    assert_books(sandbox)


def test_receiving_an_event_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    """A03 for road B: whom we did not answer, Stripe tells again."""
    make_gateway()

    def told() -> tuple[Case, Flow]:
        case = Case.new()
        _, payment = place_with_checkout(case.customer, (case.product, 1))
        sandbox.pay(payment.session_id)
        return case, partial(deliver_all, Client(), sandbox.get("/v1/events", limit="1")["data"])

    count = counted(wires, told()[1])
    assert count.database.messages >= 4
    for strikes in count.blows(wires):
        case, flow = told()
        wires.run(flow, *strikes)
        flow()
        work()
        assert_confirmed_once(sandbox, case)
    assert_books(sandbox)


def test_applying_an_event_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    """A03 for road B."""
    make_gateway()

    def paid() -> tuple[Case, Flow]:
        case = Case.new()
        _, payment = place_with_checkout(case.customer, (case.product, 1))
        sandbox.pay(payment.session_id)
        completed = sandbox.get("/v1/events", limit="1")["data"]
        deliver_all(Client(), completed)
        event = WebhookEvent.objects.get(event_id=completed[0]["id"])
        return case, partial(webhooks.apply_event, event.pk)

    count = counted(wires, paid()[1])
    assert count.database.messages > 8
    for strikes in count.blows(wires):
        case, flow = paid()
        wires.run(flow, *strikes)
        leases_end()
        work()  # the event itself must do it, before anybody asks Stripe
        assert_confirmed_once(sandbox, case)
    assert_books(sandbox)


def assert_refunded_once(sandbox: Sandbox, order: RentalOrder) -> None:
    order.refresh_from_db()
    payment, refund = order.payments.get(), Refund.objects.get(order=order)
    assert (order.status, refund.status) == ("CANCELLED", "SUCCEEDED")
    assert refund.amount_minor == payment.captured_minor == payment.refunded_minor
    made = sandbox.get("/v1/refunds", payment_intent=payment.intent_id)["data"]
    assert [row["id"] for row in made] == [refund.gateway_refund_id]
    assert not order.reservations.filter(is_active=True).exists()
    letters = [m.subject for m in mail.outbox if order.order_number in m.subject]
    assert [letter.split()[-1] for letter in letters] == ["confirmed", "cancelled", "done"]


def confirmed(sandbox: Sandbox) -> RentalOrder:
    case = Case.new()
    order, payment = place_with_checkout(case.customer, (case.product, 1))
    pay(sandbox, payment)
    return order


def cancel(order: RentalOrder) -> None:
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())


def test_cancelling_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    """Row D02: whoever was not answered cancels again, and hears that it is done or does it."""
    make_gateway()
    count = counted(wires, partial(cancel, confirmed(sandbox)))
    assert count.database.messages > 8
    for strikes in count.blows(wires):
        order = confirmed(sandbox)
        wires.run(partial(cancel, order), *strikes)
        order.refresh_from_db()
        if order.status == "CONFIRMED":
            cancel(order)
        quiet()
        assert_refunded_once(sandbox, order)
    assert_books(sandbox)


def test_sending_a_refund_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    """Row D02, A05."""
    make_gateway()

    def asked() -> tuple[RentalOrder, Flow]:
        order = confirmed(sandbox)
        cancel(order)
        return order, partial(refund_sending.send_refund, Refund.objects.get(order=order).pk)

    count = counted(wires, asked()[1])
    assert count.stripe.messages >= 1
    for strikes in count.blows(wires):
        order, flow = asked()
        wires.run(flow, *strikes)
        quiet()
        assert_refunded_once(sandbox, order)
    assert_books(sandbox)


def test_asking_for_a_refund_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    """Row D02: of the staff, whoever was not answered sends the same request again."""
    make_gateway()
    staff = make_user(role=Role.STAFF)

    def ask(order: RentalOrder) -> int:
        answer: Any = api_client(staff).post(
            f"/payments/rental-orders/{order.pk}/refunds/",
            {"amount": "20.00", "reason": "Rain."},
            format="json",
            headers={"Idempotency-Key": f"refund-{order.pk}"},
        )
        return int(answer.status_code)

    count = counted(wires, partial(ask, confirmed(sandbox)))
    assert count.database.messages > 8
    for strikes in count.blows(wires):
        order = confirmed(sandbox)
        wires.run(partial(ask, order), *strikes)
        assert ask(order) == 201
        quiet()
        refund = Refund.objects.get(order=order)
        assert (refund.status, refund.amount_minor) == ("SUCCEEDED", 2_000)
        made = sandbox.get("/v1/refunds", payment_intent=refund.payment.intent_id)["data"]
        assert [row["id"] for row in made] == [refund.gateway_refund_id]
    assert_books(sandbox)


def returned(sandbox: Sandbox) -> RentalOrder:
    """Paid, handed over and back, with a claim of 30.00 on the deposit of 50.00."""
    order = confirmed(sandbox)
    staff = make_user(role=Role.STAFF)
    rental.hand_over(order_id=order.pk, actor=Actor.of(staff))
    rental.take_back(order_id=order.pk, actor=Actor.of(staff))
    wanted = claims.Wanted(ClaimKind.DAMAGE, Decimal("30.00"), "A bent pole.")
    claims.make_claim(order_id=order.pk, wanted=wanted, staff=staff)
    return order


def settle_deposit(order: RentalOrder) -> None:
    deposits.settle_deposit(order_id=order.pk, actor=SYSTEM)


def assert_settled_once(sandbox: Sandbox, order: RentalOrder) -> None:
    order.refresh_from_db()
    payment, refund = order.payments.get(), Refund.objects.get(order=order)
    assert (order.status, refund.status, refund.amount_minor) == ("COMPLETED", "SUCCEEDED", 2000)
    made = sandbox.get("/v1/refunds", payment_intent=payment.intent_id)["data"]
    assert [row["id"] for row in made] == [refund.gateway_refund_id]
    letters = [m.subject for m in mail.outbox if order.order_number in m.subject]
    told = [letter.startswith("Your deposit") for letter in letters]
    assert told == [False, True, False]  # confirmed, settled, given back


def test_settling_a_deposit_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    """D07: whoever was not answered settles again, and hears that it is done or does it."""
    make_gateway()
    count = counted(wires, partial(settle_deposit, returned(sandbox)))
    assert count.database.messages > 8
    for strikes in count.blows(wires):
        order = returned(sandbox)
        wires.run(partial(settle_deposit, order), *strikes)
        with suppress(DepositSettled):
            settle_deposit(order)
        quiet()
        assert_settled_once(sandbox, order)
    assert_books(sandbox)
