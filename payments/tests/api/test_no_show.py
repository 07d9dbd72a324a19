"""POST /payments/rental-orders/{id}/no_show/"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import OrderEvent, Refund, RentalOrder, Reservation
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import api_client, make_gateway, period, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> RentalOrder:
    """109.50 EUR, of which 50.00 is deposit; it began an hour ago."""
    make_gateway()
    order = place_paid(make_user(), (make_product(), 1))
    began = datetime.now(UTC) - timedelta(hours=1)
    RentalOrder.objects.update(rental_start_date=began, rental_end_date=began + timedelta(days=2))
    return order


def no_show(staff: User, order: RentalOrder, key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    url = f"/payments/rental-orders/{order.pk}/no_show/"
    return api_client(staff).post(url, {}, format="json", headers=headers)


@pytest.mark.parametrize(
    ("policy", "back"),
    [([], 5000), ([{"min_notice_hours": 0, "percent_back": 20}], 5000 + 1190)],
)
def test_the_rent_goes_by_the_policys_last_tier_and_the_deposit_comes_back_whole(
    staff: User, order: RentalOrder, policy: list[dict[str, int]], back: int
) -> None:
    if policy:
        RentalOrder.objects.update(cancellation_policy=policy)
    assert data(no_show(staff, order))["status"] == "NO_SHOW"
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.deposit_minor, refund.source) == (back, 5000, "POLICY")
    assert not Reservation.objects.filter(is_active=True).exists()
    event = OrderEvent.objects.get(fact="order.no_show")
    assert (event.user, event.from_status, event.to_status) == (staff, "CONFIRMED", "NO_SHOW")
    assert_books(at_rest=False)


def test_before_the_start_the_customer_may_still_come(staff: User) -> None:
    make_gateway()
    order = place_paid(
        make_user(), (make_product(), 1), when=period(2, datetime.now(UTC) + timedelta(hours=1))
    )
    before = rows()
    refusal(no_show(staff, order), 409, "illegal_status")
    assert rows() == before


@pytest.mark.parametrize("status", ["PENDING", "PICKED_UP", "CANCELLED", "NO_SHOW"])
def test_only_a_confirmed_order_can_become_one(
    staff: User, order: RentalOrder, status: str
) -> None:
    RentalOrder.objects.update(status=status)
    refusal(no_show(staff, order), 409, "illegal_status")


def test_the_same_key_again_changes_nothing(staff: User, order: RentalOrder) -> None:
    first, again = (no_show(staff, order, "a-key") for _ in "12")
    assert data(first) == data(again)
    assert Refund.objects.count() == 1
