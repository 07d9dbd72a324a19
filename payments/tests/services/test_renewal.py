"""Stripe was away for so long that no time to pay is left: the retry continues the order (R2)."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.models import Payment, RentalOrder
from payments.services import orders
from payments.services.journal import Actor
from payments.services.pursuit import pursue_payment
from payments.tests.factories import make_gateway, make_user
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import hold_ends, leases_end, quiet
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import again, create, sessions

pytestmark = pytest.mark.django_db(transaction=True)

SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def cart() -> tuple[User, Product]:
    make_gateway()
    return make_user(), make_product()


def fails(sandbox: Sandbox, cart: tuple[User, Product], kind: str = "refuse") -> RentalOrder:
    """An order whose checkout could not be opened, as far as anybody here knows."""
    sandbox.fault(kind=kind, method="POST", path=SESSIONS)
    assert create(*cart).status_code == 503
    sandbox.heal()
    return RentalOrder.objects.get()


def time_passes(order: RentalOrder, minutes: int) -> None:
    """As if the order had been placed so many minutes earlier."""
    ago = timedelta(minutes=minutes)
    payment = order.payments.get()
    request = {**payment.request, "expires_at": payment.request["expires_at"] - minutes * 60}
    order.payments.update(
        payable_until=F("payable_until") - ago, created_at=F("created_at") - ago, request=request
    )
    RentalOrder.objects.filter(pk=order.pk).update(
        hold_expires_at=F("hold_expires_at") - ago, created_at=F("created_at") - ago
    )
    leases_end()


def calls(sandbox: Sandbox) -> list[str]:
    return [call["method"] for call in sandbox.journal(kind="call", path=SESSIONS)]


@pytest.mark.parametrize("minutes", [40, 65, 90])
def test_the_retry_gets_fresh_time_to_pay_and_its_units_are_held_as_long(
    sandbox: Sandbox, cart: tuple[User, Product], minutes: int
) -> None:
    """Too late for Stripe; for paying; and past the hold, which nobody could end meanwhile."""
    order = fails(sandbox, cart)
    time_passes(order, minutes)
    before = len(calls(sandbox))
    answer = create(*cart)
    assert answer.status_code == 201, answer.content
    assert answer.json()["data"]["order_id"] == str(order.pk)
    assert calls(sandbox)[before:] == ["GET", "POST"]  # it looked before it asked anew
    (session,) = sessions(sandbox)
    assert answer.json()["data"]["session_id"] == session["id"]
    payment = order.payments.get()
    assert payment.payable_until is not None
    assert payment.payable_until - timezone.now() > settings.CHECKOUT_WINDOW - timedelta(minutes=1)
    assert session["expires_at"] == int(payment.payable_until.timestamp())
    assert again(order).hold_expires_at == payment.payable_until + settings.HOLD_GRACE
    sandbox.pay(session["id"])
    quiet()
    assert again(order).status == "CONFIRMED"
    assert_books(sandbox)


def test_a_session_that_was_opened_after_all_is_found_and_gets_no_second_one(
    sandbox: Sandbox, cart: tuple[User, Product]
) -> None:
    order = fails(sandbox, cart, "drop_reply")
    time_passes(order, 40)
    held_until = again(order).hold_expires_at
    assert create(*cart).status_code == 201
    assert [row["id"] for row in sessions(sandbox)] == [order.payments.get().session_id]
    assert again(order).hold_expires_at == held_until
    assert_books(sandbox, at_rest=False)


def test_while_stripe_cannot_be_asked_nothing_is_renewed(
    sandbox: Sandbox, cart: tuple[User, Product]
) -> None:
    """R2: only a look-up proves that nothing was opened."""
    order = fails(sandbox, cart)
    time_passes(order, 40)
    held_until = again(order).hold_expires_at
    sandbox.fault(kind="refuse", method="GET", path=SESSIONS)
    assert create(*cart).status_code == 503
    assert again(order).hold_expires_at == held_until
    assert order.payments.get().generation == 1


def test_a_worker_does_not_hold_units_longer_for_somebody_who_has_gone(
    sandbox: Sandbox, cart: tuple[User, Product]
) -> None:
    order = fails(sandbox, cart)
    time_passes(order, 40)
    held_until = again(order).hold_expires_at
    pursue_payment(order.payments.get().pk)
    assert again(order).hold_expires_at == held_until
    assert sessions(sandbox) == []
    time_passes(order, 40)
    quiet()
    assert again(order).status == "EXPIRED"
    assert sessions(sandbox) == []


def test_units_that_nobody_can_pay_for_are_not_held_for_ever(
    sandbox: Sandbox, cart: tuple[User, Product]
) -> None:
    """F08: a day at most, however often he asks."""
    order = fails(sandbox, cart)
    time_passes(order, 25 * 60)
    answer = create(*cart)
    assert (answer.status_code, answer.json()["code"]) == (409, "order_ended")
    quiet()
    assert again(order).status == "EXPIRED"


def end(order: RentalOrder, how: str) -> None:
    if how == "EXPIRED":
        hold_ends(order)
        quiet()
    else:
        actor = Actor.of(order.customer)
        orders.cancel_order(order_id=order.pk, actor=actor, now=timezone.now())


@pytest.mark.parametrize("how", ["EXPIRED", "CANCELLED"])
def test_a_retry_of_an_order_that_has_ended_is_told_to_order_again(
    sandbox: Sandbox, cart: tuple[User, Product], how: str
) -> None:
    order = fails(sandbox, cart)
    end(order, how)
    assert again(order).status == how
    body: dict[str, Any] = create(*cart).json()
    assert body["code"] == "order_ended"
    assert "Please order again" in body["message"]
    assert body["errors"] == {"order_id": str(order.pk), "order_number": order.order_number}
    assert create(*cart, key="another").status_code == 201
    assert Payment.objects.count() == 2
