"""D6.5: money for a change whose time is over: the change after all, or the money back and why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_user
from payments.domain import facts
from payments.domain.facts import PaymentFact
from payments.models import OrderChange, PaymentNotification, RentalOrder
from payments.services.journal import Actor
from payments.services.notifications import render
from payments.services.orders import cancel_order
from payments.services.rental import hand_over
from payments.services.settlement import absorb
from payments.tests.factories import period, place_paid
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import again, confirmed
from payments.tests.services.test_changes import A_DAY_PAID, change, extended, shortened

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def expired(sandbox: Sandbox) -> OrderChange:
    """A day more of a paid order, which nobody paid in time."""
    order, _ = confirmed(sandbox)
    made = change(order, extended(order), Actor.of(order.customer))
    assert made.payment is not None
    type(made.payment).objects.filter(pk=made.payment.pk).update(payable_until=timezone.now())
    quiet()
    made = OrderChange.objects.select_related("order", "payment").get()
    assert (made.status, made.order.reservations.count()) == ("EXPIRED", 1)
    return made


def money_comes(change: OrderChange) -> RentalOrder:
    """Late: the gateway says so of a page that it had called closed."""
    assert change.payment is not None
    fact = PaymentFact(
        facts.SUCCEEDED,
        intent_id="pi_late",
        amount_minor=change.payment.amount_minor,
        currency=change.payment.currency,
    )
    absorb(change.payment, [fact])
    order: RentalOrder = again(change.order)
    return order


def given_back(change: OrderChange) -> int:
    return sum(refund.amount_minor for refund in change.order.refunds.all())


def told(order: RentalOrder) -> list[str]:
    rows = PaymentNotification.objects.filter(order=order, kind="change_late")
    return [render(row).body for row in rows.select_related("order", "recipient")]


def comes_to_nothing(expired: OrderChange, why: str) -> None:
    assert (again(expired).status, given_back(expired)) == ("EXPIRED", A_DAY_PAID)
    [body] = told(expired.order)
    assert f"any more: {why}. The order stays as it is" in body
    assert_books(at_rest=False)


def test_what_is_free_still_is_had_after_all(expired: OrderChange) -> None:
    order = money_comes(expired)
    assert order.rental_end_date == period(3).end
    assert order.reservations.get().ends_at == period(3).end
    assert (again(expired).status, given_back(expired), told(order)) == ("APPLIED", 0, [])
    assert order.balance_due_minor == 0
    assert_books(at_rest=False)


def test_the_same_money_is_heard_of_once(expired: OrderChange) -> None:
    money_comes(expired)
    order = money_comes(expired)
    assert (order.rental_end_date, given_back(expired)) == (period(3).end, 0)
    assert order.events.filter(fact="order.changed").count() == 1
    assert_books(at_rest=False)


def test_units_that_others_have_by_now_are_theirs(expired: OrderChange) -> None:
    tent = expired.order.items.get().product
    place_paid(make_user(), (tent, tent.units), when=period(1, start=period(2).end))
    assert money_comes(expired).rental_end_date == period(2).end
    comes_to_nothing(expired, "somebody else has been promised what it needs by now")


def test_an_order_that_was_changed_since_is_left_alone(expired: OrderChange) -> None:
    change(expired.order, shortened(expired.order), Actor.of(make_user(role=Role.STAFF)))
    assert money_comes(expired).rental_end_date == period(1).end
    assert (again(expired).status, given_back(expired)) == ("EXPIRED", 2 * A_DAY_PAID)
    assert "changed in another way" in told(expired.order)[0]
    assert_books(at_rest=False)


def test_an_order_for_which_another_change_waits_is_left_alone(expired: OrderChange) -> None:
    change(expired.order, extended(expired.order, 2), Actor.of(expired.order.customer))
    assert money_comes(expired).rental_end_date == period(2).end
    comes_to_nothing(expired, "the order has been changed in another way since")


@pytest.mark.parametrize("which", ["rental_start_date", "rental_end_date"])
def test_a_time_that_has_passed_is_not_rented(expired: OrderChange, which: str) -> None:
    expired.after[which] = (timezone.now() - timedelta(minutes=1)).isoformat()
    expired.save()
    money_comes(expired)
    comes_to_nothing(expired, "its time has passed")


def test_units_that_are_out_may_stay_out(expired: OrderChange) -> None:
    hand_over(order_id=expired.order_id, actor=Actor.of(make_user(role=Role.STAFF)))
    assert money_comes(expired).rental_end_date == period(3).end
    assert_books(at_rest=False)


def test_of_an_order_that_has_ended_nothing_is_told(expired: OrderChange) -> None:
    """That the order has ended, its customer knows, and all of the money goes back."""
    staff = Actor.of(make_user(role=Role.STAFF))
    cancel_order(order_id=expired.order_id, actor=staff, now=timezone.now())
    money_comes(expired)
    assert (again(expired).status, told(expired.order)) == ("EXPIRED", [])
    assert given_back(expired) == 10_950 + A_DAY_PAID
    assert_books(at_rest=False)
