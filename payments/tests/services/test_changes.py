"""Extending, shortening and changing an order, and the money of it (C09; docs/adr/0011)."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import make_product
from common.errors import InvalidInput
from payments.domain.changes import ChangeKind
from payments.domain.period import Period
from payments.models import OrderChange, Refund, RentalOrder
from payments.services.balance_page import open_balance_page
from payments.services.change_plans import Wanted
from payments.services.changes import change_order, preview_change
from payments.services.journal import Actor
from payments.services.orders import cancel_order
from payments.services.quotes import CartLine
from payments.services.rental import hand_over
from payments.tests.api.movements import began
from payments.tests.api.returns import accounts
from payments.tests.factories import make_gateway, period, place_paid, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import again, confirmed

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
A_DAY_PAID = 2975  # one more day of the default product: 25.00 and 19 % tax


@pytest.fixture
def staff(transactional_db: None) -> Actor:
    return Actor.of(make_user(role=Role.STAFF))


def extended(order: RentalOrder, days: float = 1) -> Wanted:
    return Wanted(ChangeKind.EXTEND, end=order.rental_end_date + days * DAY)


def shortened(order: RentalOrder, days: float = 1, **more: Any) -> Wanted:
    return Wanted(ChangeKind.SHORTEN, end=order.rental_end_date - days * DAY, **more)


def lines(*wanted: tuple[Product, int], **more: Any) -> Wanted:
    cart = [CartLine(product.pk, quantity) for product, quantity in wanted]
    return Wanted(ChangeKind.CHANGE, lines=cart, **more)


def change(order: RentalOrder, wanted: Wanted, actor: Actor, **more: Any) -> OrderChange:
    return change_order(order_id=order.pk, wanted=wanted, actor=actor, now=timezone.now(), **more)


def test_staff_extend_and_the_customer_pays_later(sandbox: Sandbox, staff: Actor) -> None:
    order, _ = confirmed(sandbox)
    made = change(order, extended(order), staff, pays_later=True)
    assert (made.status, made.difference_minor) == ("APPLIED", A_DAY_PAID)
    order = again(order)
    assert order.rental_end_date == period(3).end
    assert (order.rent_minor, order.tax_minor) == (7500, 1425)
    assert order.balance_due_minor == A_DAY_PAID
    assert order.reservations.get().ends_at == order.rental_end_date
    assert_books(sandbox, at_rest=False)


def test_what_is_given_up_comes_back_by_the_policy(sandbox: Sandbox, staff: Actor) -> None:
    """D5: a month ahead all of it."""
    order, _ = confirmed(sandbox)
    made = change(order, shortened(order), staff)
    assert (made.difference_minor, made.fee_minor) == (-A_DAY_PAID, 0)
    work()
    refund = Refund.objects.get()
    assert (refund.source, refund.amount_minor, refund.status) == (
        "CHANGE",
        A_DAY_PAID,
        "SUCCEEDED",
    )
    assert "customer" not in accounts(again(order))
    assert_books(sandbox)


def test_what_is_given_up_shortly_before_is_kept_in_part_as_a_fee(
    sandbox: Sandbox, staff: Actor
) -> None:
    """D5: the part that is given up is treated as a cancellation of it."""
    order = begun_in(sandbox, timedelta(hours=72))
    made = change(order, shortened(order), staff)
    assert (made.difference_minor, made.fee_minor) == (-1487, 1488)
    work()
    assert Refund.objects.get().amount_minor == 1487
    order = again(order)
    assert (order.fee_minor, order.total_minor) == (1488, 2975 + 1488)
    assert_books(sandbox)


def test_staff_may_give_everything_back(sandbox: Sandbox, staff: Actor) -> None:
    order = begun_in(sandbox, timedelta(hours=72))
    made = change(order, shortened(order, everything_back=True), staff)
    assert (made.difference_minor, made.fee_minor) == (-A_DAY_PAID, 0)


def test_a_changed_order_is_cancelled_at_its_new_price(sandbox: Sandbox, staff: Actor) -> None:
    """D5: half of what is left, and the fee for the change before stays."""
    order = begun_in(sandbox, timedelta(hours=72))
    change(order, shortened(order), staff)
    cancel_order(order_id=order.pk, actor=Actor.of(order.customer), now=timezone.now())
    work()
    assert again(order).kept_minor == 1488 + 1488
    back = sum(Refund.objects.values_list("amount_minor", flat=True))
    assert back == 10950 - 2 * 1488
    assert accounts(order) == {
        "stripe_clearing": 2 * 1488,
        "fee": -1488,
        "rent": -1250,
        "tax": -238,
    }
    assert_books(sandbox)


def test_a_page_for_what_is_not_owed_any_more_is_closed(sandbox: Sandbox, staff: Actor) -> None:
    """D6.6: a day more was to be paid later, and is given up again before it is paid."""
    order, _ = confirmed(sandbox)
    change(order, extended(order), staff, pays_later=True)
    page = open_balance_page(order.pk)
    change(again(order), shortened(again(order)), staff)
    work()
    assert again(page).status == "CANCELLED"
    assert not Refund.objects.exists()
    assert_books(sandbox)


def moved(order: RentalOrder, by: timedelta, days: int) -> Wanted:
    start = order.rental_start_date + by
    return Wanted(ChangeKind.CHANGE, start=start, end=start + days * DAY)


def test_a_rental_that_is_moved_holds_its_units_then_and_not_before(staff: Actor) -> None:
    """D2.2"""
    make_gateway()
    order = place_paid(make_user(), (make_product(prep_time=DAY / 2, turnaround_time=DAY), 1))
    change(order, moved(order, 5 * DAY, 2), staff)
    row, when = order.reservations.get(), period(2, period(5).end)
    assert (row.starts_at, row.ends_at) == (when.start - DAY / 2, when.end + DAY)
    assert_books(at_rest=False)


def test_whoever_moves_his_rental_away_has_the_notice_that_he_gave(sandbox: Sandbox) -> None:
    """D5: or everybody would move it far ahead before he gives it up."""
    order = begun_in(sandbox, timedelta(hours=72))
    made = change(order, moved(order, 20 * DAY, 1), Actor.of(order.customer))
    assert (made.difference_minor, made.fee_minor) == (-1487, 1488)


def test_a_customer_extends_a_rental_that_has_begun(settings: LazySettings) -> None:
    """D2.10: when it begins stands already, however early one has to book."""
    settings.SHOP_TIME_ZONE = "UTC"  # where no clock changes tonight
    make_gateway()
    order = began(place_paid(make_user(), (make_product(), 1)), DAY)
    Product.objects.update(lead_time=3 * DAY)
    preview = preview_change(order, extended(order), Actor.of(order.customer), timezone.now())
    assert preview.plan.difference_minor == A_DAY_PAID


def test_units_that_are_out_for_longer_have_their_turnaround_after_it(staff: Actor) -> None:
    """D2.2"""
    make_gateway()
    order = place_paid(make_user(), (make_product(turnaround_time=DAY), 1))
    hand_over(order_id=order.pk, actor=staff)
    change(again(order), extended(order), staff, pays_later=True)
    row = order.reservations.get()
    assert (row.due_at, row.ends_at) == (period(3).end, period(4).end)
    assert_books(at_rest=False)


def test_what_secures_the_deposit_stays_as_it_was_agreed(staff: Actor) -> None:
    """D4: the catalog may have changed its mind since."""
    make_gateway()
    tent = make_product()
    order = place_paid(make_user(), (tent, 1))
    Product.objects.update(deposit_strategy="HOLD")
    change(order, lines((tent, 2)), staff, pays_later=True)
    assert (again(order).deposit_strategy, order.deposit_minor) == ("CHARGE", 10_000)
    assert_books(at_rest=False)


def test_a_product_in_another_currency_is_not_added(staff: Actor) -> None:
    """D3.6"""
    make_gateway()
    tent = make_product()
    order = place_paid(make_user(), (tent, 1))
    both = lines((tent, 1), (make_product(currency="USD"), 1))
    with pytest.raises(InvalidInput, match="This order is in EUR"):
        change(order, both, staff, pays_later=True)


def begun_in(sandbox: Sandbox, notice: timedelta) -> RentalOrder:
    """A paid order of two days that begins so soon."""
    make_gateway()
    start = timezone.now() + notice
    when = Period(start, start + 2 * DAY)
    order, payment = place_with_checkout(make_user(), (make_product(), 1), when=when)
    sandbox.pay(payment.session_id)
    quiet()
    order.refresh_from_db()
    return order
