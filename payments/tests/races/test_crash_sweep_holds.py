"""CRASH SWEEP for held deposits (D02, D07): killed at any message, one hold and one end."""

from functools import partial

import pytest

from payments.models import HoldClosing, RentalOrder
from payments.services.hold_closing import close_hold
from payments.services.holds import secure_deposit
from payments.services.pursuit import pursue_payment
from payments.tests.factories import make_gateway, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.crash import Flow, Wires, counted
from payments.tests.races.quiet import quiet
from payments.tests.races.test_crash_sweep import Case, cancel, pay, wires
from payments.tests.sandbox import Sandbox
from payments.tests.services.hold_support import begins_in, capture, newest_hold

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

__all__ = ["wires"]  # the fixture


def due(sandbox: Sandbox) -> RentalOrder:
    """A paid order whose pickup is near; nobody has asked the bank yet."""
    case = Case.new()
    case.product.deposit_strategy = "HOLD"
    case.product.save()
    order, payment = place_with_checkout(case.customer, (case.product, 1))
    pay(sandbox, payment)
    begins_in(order, 1)
    return order


def holds_at_stripe(sandbox: Sandbox, order: RentalOrder) -> list[tuple[str, int]]:
    found = sandbox.get("/v1/payment_intents", limit="100")["data"]
    ours = {str(pk) for pk in order.payments.filter(kind="DEPOSIT").values_list("pk", flat=True)}
    return [
        (intent["status"], intent["amount_received"])
        for intent in found
        if intent["metadata"].get("payment_id") in ours
    ]


def test_placing_a_hold_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    make_gateway()

    def asked() -> tuple[RentalOrder, Flow]:
        order = due(sandbox)
        secure_deposit(order.pk)
        return order, partial(pursue_payment, newest_hold(order).pk)

    count = counted(wires, asked()[1])
    assert count.database.messages > 8
    assert count.stripe.messages >= 1
    for strikes in count.blows(wires):
        order, flow = asked()
        wires.run(flow, *strikes)
        quiet()
        assert holds_at_stripe(sandbox, order) == [("requires_capture", 0)]
        assert newest_hold(order).status == "AUTHORIZED"
        cancel(order)  # or Stripe is asked about it in each round that follows
    quiet()
    assert_books(sandbox)


def test_capturing_a_part_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    make_gateway()

    def held() -> tuple[RentalOrder, Flow]:
        order = due(sandbox)
        quiet()
        capture(order, 3000)
        closing = HoldClosing.objects.get(payment__order=order)
        return order, partial(close_hold, closing.pk)

    count = counted(wires, held()[1])
    assert count.stripe.messages >= 1
    for strikes in count.blows(wires):
        order, flow = held()
        wires.run(flow, *strikes)
        quiet()
        assert holds_at_stripe(sandbox, order) == [("succeeded", 3000)]
        assert newest_hold(order).captured_minor == 3000
    assert_books(sandbox)
