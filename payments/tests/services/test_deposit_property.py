"""D07 over any deposit, any claims and any present of the shop before: invariants I01, I05, I25."""

from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.domain.deposits import ClaimKind
from payments.models import Refund
from payments.services import rental, staff_refunds
from payments.services.claims import Wanted, make_claim
from payments.services.deposits import preview_deposit, settle_deposit
from payments.services.journal import Actor
from payments.tests.api.returns import accounts
from payments.tests.factories import make_gateway, make_user, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db

RENT_AND_TAX = 5950

claims_made = st.lists(st.tuples(st.sampled_from(ClaimKind), st.integers(1, 6000)), max_size=4)


@pytest.fixture
def _gateway() -> None:
    make_gateway()


@pytest.mark.usefixtures("_gateway")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deposit=st.integers(0, 9000), made=claims_made, present=st.integers(0, RENT_AND_TAX))
def test_taken_and_given_back_are_the_deposit_and_what_exceeds_it_is_owed(
    deposit: int, made: list[tuple[ClaimKind, int]], present: int
) -> None:
    staff, product = make_user(role=Role.STAFF), make_product(deposit_minor=deposit)
    order = place_paid(make_user(), (product, 1))
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
    claimed = sum(amount for _, amount in made)
    back = Refund.objects.filter(order=order, source="DEPOSIT").aggregate(s=Sum("amount_minor"))
    assert told == order.deposit_settlement.outcome
    assert order.deposit_settlement.taken_minor + (back["s"] or 0) == deposit
    assert order.balance_due_minor == max(0, claimed - deposit)
    found = accounts(order)
    assert sum(found.values()) == 0
    assert "deposit" not in found
    assert found.get("customer", 0) == claimed - deposit
    assert_books(at_rest=False)
