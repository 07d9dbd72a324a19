"""D07 over any deposit, any claims and any present of the shop before: invariants I01, I05, I25."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Role, User
from catalog.tests.factories import make_product
from payments.domain.changes import ChangeKind
from payments.domain.deposits import ClaimKind
from payments.models import Refund, RentalOrder
from payments.services import rental, staff_refunds
from payments.services.change_plans import Wanted as Longer
from payments.services.changes import change_order
from payments.services.claims import Wanted, make_claim
from payments.services.deposits import preview_deposit, settle_deposit
from payments.services.journal import Actor
from payments.tests.api.returns import accounts
from payments.tests.factories import make_gateway, make_user, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db

RENT_AND_TAX, A_DAY_PAID = 5950, 2975

claims_made = st.lists(st.tuples(st.sampled_from(ClaimKind), st.integers(1, 6000)), max_size=4)


@pytest.fixture
def _gateway() -> None:
    make_gateway()


def later(order: RentalOrder, days: int, staff: User) -> None:
    """So many days longer, to be paid later."""
    longer = Longer(ChangeKind.EXTEND, end=order.rental_end_date + timedelta(days=days))
    change_order(
        order_id=order.pk,
        wanted=longer,
        actor=Actor.of(staff),
        now=timezone.now(),
        pays_later=True,
    )


@pytest.mark.usefixtures("_gateway")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deposit=st.integers(0, 9000),
    made=claims_made,
    present=st.integers(0, RENT_AND_TAX),
    days_not_paid=st.integers(0, 3),
)
def test_taken_and_given_back_are_the_deposit_and_what_exceeds_it_is_owed(
    deposit: int, made: list[tuple[ClaimKind, int]], present: int, days_not_paid: int
) -> None:
    """What was to be paid later, too: a present before does not pay it."""
    staff, product = make_user(role=Role.STAFF), make_product(deposit_minor=deposit)
    order = place_paid(make_user(), (product, 1))
    if days_not_paid:
        later(order, days_not_paid, staff)
    rental.hand_over(order_id=order.pk, actor=Actor.of(staff))
    rental.take_back(order_id=order.pk, actor=Actor.of(staff))
    if present:
        gift = staff_refunds.Wanted(amount=Decimal(present) / 100)
        staff_refunds.refund_order(order_id=order.pk, wanted=gift, staff=staff)
    for kind, amount in made:
        wanted = Wanted(kind, Decimal(amount) / 100, "As seen.")
        make_claim(order_id=order.pk, wanted=wanted, staff=staff)
    order.refresh_from_db()
    told = preview_deposit(order).outcome
    settle_deposit(order_id=order.pk, actor=Actor.of(staff))
    order.refresh_from_db()
    claimed = sum(amount for _, amount in made) + days_not_paid * A_DAY_PAID
    back = Refund.objects.filter(order=order, source="DEPOSIT").aggregate(s=Sum("amount_minor"))
    assert told == order.deposit_settlement.outcome
    assert told.taken + told.netted + (back["s"] or 0) == deposit
    assert (told.unpaid, told.back) == (days_not_paid * A_DAY_PAID, back["s"] or 0)
    assert order.balance_due_minor == max(0, claimed - deposit)
    found = accounts(order)
    assert sum(found.values()) == 0
    assert "deposit" not in found
    assert found.get("customer", 0) == claimed - deposit
    assert_books(at_rest=False)
