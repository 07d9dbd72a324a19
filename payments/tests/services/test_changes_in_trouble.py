"""A longer rental asks for the time that it adds, whatever went wrong before (D2.5, D2.6)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.models import Product, SupplyChange
from payments.domain.errors import OutOfStock
from payments.models import RentalOrder
from payments.services.availability import availability
from payments.services.changes import preview_change
from payments.services.journal import Actor
from payments.services.rental import hand_over
from payments.tests.api.movements import began
from payments.tests.factories import period, place_paid
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import again, confirmed
from payments.tests.services.test_changes import change, extended

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def out_since(sandbox: Sandbox, ago: timedelta) -> tuple[RentalOrder, Product]:
    """The only tent there is, for two days."""
    order, _ = confirmed(sandbox)
    hand_over(order_id=order.pk, actor=Actor.of(make_user(role=Role.STAFF)))
    began(order, ago)
    order.reservations.update(due_at=order.rental_end_date)
    tent = order.items.get().product
    tent.units = 1
    tent.save()
    return order, tent


def away(product: Product, since: timedelta, until: timedelta) -> None:
    """One unit is in repair, from and until so long after now."""
    now = timezone.now()
    SupplyChange.objects.create(
        product=product, quantity=-1, starts_at=now + since, ends_at=now + until, reason="REPAIR"
    )


def pays_for_more(sandbox: Sandbox, order: RentalOrder, days: int = 1) -> str:
    """What becomes of the change that its customer asks for, and pays."""
    wanted, actor = extended(order, days), Actor.of(order.customer)
    assert preview_change(order, wanted, actor, timezone.now()).is_available
    made = change(order, wanted, actor)
    assert made.payment is not None
    sandbox.pay(made.payment.session_id)
    quiet()
    return str(again(made).status)


def test_too_few_yesterday_is_no_reason_tomorrow(sandbox: Sandbox) -> None:
    """Nor is a pickup that has microseconds, as `began` makes it: JSON of Django's loses them."""
    order, tent = out_since(sandbox, 30 * HOUR)
    away(tent, -20 * HOUR, -10 * HOUR)
    assert pays_for_more(sandbox, order) == "APPLIED"
    assert_books(sandbox)


def test_what_is_short_already_does_not_become_shorter(sandbox: Sandbox) -> None:
    order, tent = out_since(sandbox, 20 * HOUR)
    away(tent, 5 * HOUR, 10 * HOUR)
    assert pays_for_more(sandbox, order) == "APPLIED"


def test_who_is_late_may_pay_for_more_time(sandbox: Sandbox) -> None:
    """D2.6: his units are out, and not in his own way; meanwhile nobody else is promised them."""
    order, tent = out_since(sandbox, 50 * HOUR)
    change(order, extended(order, 3), Actor.of(order.customer))
    shown = availability(tent, period(1, timezone.now() - HOUR))
    assert shown.available_quantity == 0
    assert pays_for_more(sandbox, order, 3) == "APPLIED"
    assert_books(sandbox)


def test_who_is_late_does_not_push_the_next_one_out(sandbox: Sandbox) -> None:
    order, tent = out_since(sandbox, 40 * HOUR)
    next_one = place_paid(make_user(), (tent, 1), when=period(1, order.rental_end_date + HOUR))
    began(order, 50 * HOUR)
    order.reservations.update(due_at=order.rental_end_date)
    wanted, staff = extended(order, 1), Actor.of(make_user(role=Role.STAFF))
    assert not preview_change(order, wanted, staff, timezone.now()).is_available
    with pytest.raises(OutOfStock, match=next_one.order_number):
        change(order, wanted, staff)
