"""Changing an order that is not paid yet: the old page closes first, then the order follows (C09,
D6.6; docs/adr/0011)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from common.errors import InvalidInput
from payments.domain.errors import (
    ChangePending,
    GatewayUnavailable,
    IllegalStep,
    InProgress,
    OutOfStock,
)
from payments.domain.pricing import Adjustment
from payments.gateways.stripe.adapter import StripeGateway
from payments.models import OrderChange, Payment, RentalOrder, Reservation
from payments.services import changes
from payments.services.changes import preview_change, withdraw_change
from payments.services.checkout import RENEWABLE_FOR, open_checkout, send_checkout
from payments.services.journal import Actor
from payments.services.orders import cancel_order
from payments.tests.factories import (
    make_coupon,
    make_gateway,
    period,
    place,
    place_paid,
    place_with_checkout,
)
from payments.tests.machine.dying import Died
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import hold_ends, quiet
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import again, second_session, sessions
from payments.tests.services.test_changes import A_DAY_PAID, change, extended, lines, shortened

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(sandbox: Sandbox) -> RentalOrder:
    """Of 109.50 EUR, with a page that nobody has paid."""
    make_gateway()
    return place_with_checkout(make_user(), (make_product(name="Tent"), 1))[0]


def customer(order: RentalOrder) -> Actor:
    return Actor.of(order.customer)


def pages(order: RentalOrder) -> list[Payment]:
    return list(order.payments.order_by("created_at"))


def at_stripe(sandbox: Sandbox) -> list[tuple[str, int]]:
    """The sessions there, oldest first."""
    return [(row["status"], row["amount_total"]) for row in reversed(sessions(sandbox))]


def held(order: RentalOrder) -> list[tuple[Any, Any]]:
    return [(row.starts_at, row.ends_at) for row in order.reservations.filter(is_active=True)]


def test_the_customer_pays_the_new_price_on_a_page_of_its_own(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    made = change(order, extended(order), customer(order))
    assert (made.status, made.difference_minor) == ("APPLIED", A_DAY_PAID)
    order = again(order)
    assert (order.status, order.rental_end_date) == ("PENDING", period(3).end)
    assert order.due_minor == 10_950 + A_DAY_PAID
    assert held(order) == [(period().start, period(3).end)]
    old, new = pages(order)
    assert (old.status, new.status, new.purpose) == ("CANCELLED", "PENDING", "INITIAL")
    assert (new.amount_minor, made.page) == (order.due_minor, new)
    assert at_stripe(sandbox) == [("expired", 10_950), ("open", order.due_minor)]
    assert open_checkout(order) == new
    assert order.hold_expires_at is not None
    assert new.payable_until is not None
    assert order.hold_expires_at > new.payable_until
    sandbox.pay(new.session_id)
    quiet()
    assert again(order).status == "CONFIRMED"
    assert_books(sandbox)


def test_less_costs_less_and_nothing_is_kept_of_it(sandbox: Sandbox, order: RentalOrder) -> None:
    made = change(order, shortened(order), Actor.of(make_user(role=Role.STAFF)))
    assert (made.difference_minor, made.fee_minor) == (-A_DAY_PAID, 0)
    sandbox.pay(pages(order)[1].session_id)
    quiet()
    assert (again(order).status, order.due_minor) == ("CONFIRMED", 10_950 - A_DAY_PAID)
    assert not order.refunds.exists()
    assert_books(sandbox)


def test_other_products_and_quantities_are_on_the_new_page(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    stove = make_product(name="Stove", deposit_minor=0)
    change(order, lines((stove, 2)), customer(order))
    page = pages(order)[1]
    names = [line["price_data"]["product_data"]["name"] for line in page.request["line_items"]]
    assert names == ["Stove", "Tax"]
    assert {row.product_id for row in order.reservations.all()} == {stove.pk}
    assert_books(sandbox, at_rest=False)


def test_what_is_for_nothing_now_is_confirmed(sandbox: Sandbox, order: RentalOrder) -> None:
    """A09"""
    gift = make_product(deposit_minor=0)
    free = {gift.pk: Adjustment("A gift.", percent=Decimal(-100))}
    staff = Actor.of(make_user(role=Role.STAFF))
    made = change(order, lines((gift, 1), adjustments=free), staff)
    assert (again(order).status, made.page) == ("CONFIRMED", None)
    quiet()
    assert_books(sandbox)


def test_what_the_coupon_takes_off_follows(sandbox: Sandbox) -> None:
    make_gateway()
    make_coupon()
    order = place(make_user(), (make_product(), 1), coupon="SUMMER")
    send_checkout(order.payments.select_related("gateway").get())
    change(order, extended(order), customer(order))
    order = again(order)
    assert order.rent_minor == 6750
    assert order.coupon_redemption.amount_minor == 750
    assert pages(order)[1].amount_minor == order.due_minor
    assert_books(sandbox, at_rest=False)


def test_a_preview_says_what_is_to_be_paid_and_changes_nothing(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    preview = preview_change(order, extended(order), customer(order), timezone.now())
    assert (preview.is_available, preview.refund_minor) == (True, 0)
    assert preview.plan.after.due_minor == 10_950 + A_DAY_PAID
    assert at_stripe(sandbox) == [("open", 10_950)]
    assert not OrderChange.objects.exists()


def not_changed(sandbox: Sandbox, order: RentalOrder) -> None:
    assert (again(order).status, order.due_minor) == ("CONFIRMED", 10_950)
    assert held(order) == [(period().start, period(2).end)]
    assert OrderChange.objects.get().status == "CANCELLED"
    assert at_stripe(sandbox) == [("complete", 10_950)]
    quiet()
    assert not order.refunds.exists()
    assert_books(sandbox)


@contextmanager
def paid_first(sandbox: Sandbox, session: str) -> Iterator[None]:
    """Just before that page is closed; the units of the change are held by then."""
    close = StripeGateway.expire_checkout

    def pay_and_close(gateway: StripeGateway, session_id: str, key: str) -> None:
        if session_id == session:
            assert Reservation.objects.exclude(change=None).exists()
            sandbox.pay(session_id)
        close(gateway, session_id, key)

    with patch.object(StripeGateway, "expire_checkout", pay_and_close):
        yield


def test_paid_before_anybody_heard_of_it_it_is_confirmed_as_it_was(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    sandbox.pay(pages(order)[0].session_id)
    with pytest.raises(IllegalStep, match="confirmed"):
        change(order, extended(order), customer(order))
    not_changed(sandbox, order)


def test_paid_at_the_moment_of_the_change_it_is_confirmed_as_it_was(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    """The change is noted, its units are held, and then the customer is faster than we are."""
    with (
        paid_first(sandbox, pages(order)[0].session_id),
        pytest.raises(IllegalStep, match="confirmed"),
    ):
        change(order, extended(order), customer(order))
    not_changed(sandbox, order)


def test_while_money_is_on_its_way_nothing_is_changed(sandbox: Sandbox, order: RentalOrder) -> None:
    Payment.objects.update(status="PROCESSING")
    with pytest.raises(IllegalStep, match="on its way"):
        preview_change(order, extended(order), customer(order), timezone.now())
    with pytest.raises(IllegalStep, match="on its way"):
        change(order, extended(order), customer(order))
    assert at_stripe(sandbox) == [("open", 10_950)]


def test_what_is_not_free_leaves_the_page_open(sandbox: Sandbox, order: RentalOrder) -> None:
    tent = order.items.get().product
    place_paid(make_user(), (tent, tent.units), when=period(1, start=period(2).end))
    with pytest.raises(OutOfStock):
        change(order, extended(order), customer(order))
    assert at_stripe(sandbox)[0] == ("open", 10_950)
    assert pages(order)[0].closing_asked_at is None
    assert not OrderChange.objects.exists()


def away(sandbox: Sandbox) -> None:
    sandbox.fault(kind="refuse", path="/v1/checkout/sessions/*")


def test_a_gateway_that_is_away_keeps_the_change_and_asking_again_goes_on(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    away(sandbox)
    with pytest.raises(GatewayUnavailable):
        change(order, extended(order), customer(order))
    assert (again(order).status, order.due_minor) == ("PENDING", 10_950)
    assert held(order) == [(period().start, period(2).end), (period(2).end, period(3).end)]
    with pytest.raises(ChangePending):
        change(order, extended(order, 2), customer(order))
    with pytest.raises(InProgress):
        withdraw_change(order_id=order.pk, actor=customer(order))
    assert_books(sandbox, at_rest=False)
    sandbox.heal()
    made = change(order, extended(order), customer(order))
    assert (made.status, OrderChange.objects.count()) == ("APPLIED", 1)
    assert made.page is not None
    assert made.page.checkout_url
    assert_books(sandbox, at_rest=False)


def test_whoever_asks_again_while_the_new_page_could_not_be_opened_is_led_to_it(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    longer = extended(order)
    sandbox.fault(kind="refuse", method="POST", path="/v1/checkout/sessions")
    with pytest.raises(GatewayUnavailable):
        change(order, longer, customer(order))
    assert again(order).rental_end_date == period(3).end
    sandbox.heal()
    made = change(order, longer, customer(order))
    assert made == OrderChange.objects.get()
    assert made.page is not None
    assert made.page.checkout_url
    sandbox.pay(made.page.session_id)
    quiet()
    with pytest.raises(InvalidInput, match="later than it is now"):
        change(order, longer, customer(order))
    assert_books(sandbox)


@pytest.mark.parametrize("step", ["_close_checkouts", "open_page"])
def test_whoever_dies_over_it_a_worker_goes_on(
    sandbox: Sandbox, order: RentalOrder, step: str
) -> None:
    with patch.object(changes, step, side_effect=Died), pytest.raises(Died):
        change(order, extended(order), customer(order))
    quiet()
    assert OrderChange.objects.get().status == "APPLIED"
    assert (again(order).status, order.rental_end_date) == ("PENDING", period(3).end)
    assert at_stripe(sandbox) == [("expired", 10_950), ("open", order.due_minor)]
    assert_books(sandbox)


def test_all_pages_are_closed(sandbox: Sandbox, order: RentalOrder) -> None:
    second = second_session(order, "BALANCE")
    change(order, extended(order), customer(order))
    assert again(second).status == "CANCELLED"
    assert [row[0] for row in at_stripe(sandbox)] == ["expired", "expired", "open"]
    assert_books(sandbox, at_rest=False)


def test_as_long_as_one_page_is_open_nothing_is_carried_out(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    """The first is closed, and then the second is paid."""
    second = second_session(order, "BALANCE")
    with paid_first(sandbox, second.session_id), pytest.raises(IllegalStep, match="confirmed"):
        change(order, extended(order), customer(order))
    assert (again(order).status, order.due_minor) == ("CONFIRMED", 10_950)
    assert at_stripe(sandbox) == [("expired", 10_950), ("complete", 10_950)]
    quiet()
    assert_books(sandbox)


def test_cancelled_meanwhile_nothing_is_left_of_it(sandbox: Sandbox, order: RentalOrder) -> None:
    away(sandbox)
    with pytest.raises(GatewayUnavailable):
        change(order, extended(order), customer(order))
    cancel_order(order_id=order.pk, actor=customer(order), now=timezone.now())
    assert (OrderChange.objects.get().status, held(order)) == ("CANCELLED", [])
    sandbox.heal()
    quiet()
    assert again(order).status == "CANCELLED"
    assert at_stripe(sandbox) == [("expired", 10_950)]
    assert_books(sandbox)


def test_where_the_gateway_is_away_for_too_long_the_order_expires(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    away(sandbox)
    with pytest.raises(GatewayUnavailable):
        change(order, extended(order), customer(order))
    hold_ends(order)
    sandbox.heal()
    quiet()
    assert (again(order).status, OrderChange.objects.get().status) == ("EXPIRED", "CANCELLED")
    assert held(order) == []
    assert_books(sandbox)


def test_what_cannot_be_done_any_more_leaves_the_order_with_a_page(
    sandbox: Sandbox, order: RentalOrder
) -> None:
    """Its new end has passed, say, while the gateway was away."""
    away(sandbox)
    with pytest.raises(GatewayUnavailable):
        change(order, extended(order), customer(order))
    made = OrderChange.objects.get()
    made.after["rental_end_date"] = timezone.now()
    made.save()
    sandbox.heal()
    quiet()
    assert (again(order).status, order.due_minor) == ("PENDING", 10_950)
    assert again(made).status == "CANCELLED"
    assert at_stripe(sandbox) == [("expired", 10_950), ("open", 10_950)]
    assert_books(sandbox)


def test_nobody_keeps_units_for_ever_by_changing(sandbox: Sandbox, order: RentalOrder) -> None:
    Payment.objects.update(created_at=timezone.now() - RENEWABLE_FOR - timedelta(minutes=1))
    with pytest.raises(IllegalStep, match="for a day"):
        change(order, extended(order), customer(order))
    assert at_stripe(sandbox) == [("open", 10_950)]


def test_it_may_be_changed_again(sandbox: Sandbox, order: RentalOrder) -> None:
    change(order, extended(order), customer(order))
    change(again(order), shortened(order), customer(order))
    assert at_stripe(sandbox) == [
        ("expired", 10_950),
        ("expired", 10_950 + A_DAY_PAID),
        ("open", 10_950),
    ]
    assert_books(sandbox, at_rest=False)
