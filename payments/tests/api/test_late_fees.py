"""Late fees: from the product to the line, at take_back/ to a claim, and waived (D4)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.models import Claim, OrderEvent, RentalOrder
from payments.services.late_fees import late_fee
from payments.tests.api.movements import HOUR, began, scan
from payments.tests.api.returns import post
from payments.tests.api.support import data
from payments.tests.factories import api_client, make_gateway, place_paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    make_gateway()
    return make_product(
        late_fee_minor=500,
        late_fee_unit="HOUR",
        late_grace=timedelta(minutes=30),
        late_cap_minor=5000,
    )


@pytest.fixture
def out(staff: User, product: Product) -> RentalOrder:
    """Two units that are out, and due in an hour."""
    order = began(place_paid(make_user(), (product, 2)), 47 * HOUR)
    data(post(staff, order, "hand_over"))
    return order


def late(order: RentalOrder, hours: float) -> RentalOrder:
    """So many hours past its end, and a second."""
    return began(order, (48 + hours) * HOUR + timedelta(seconds=1))


def shown(user: User, order: RentalOrder) -> Any:
    return data(api_client(user).get(f"/payments/rental-orders/{order.pk}/"))


def test_a_late_return_is_claimed_with_its_reason(staff: User, out: RentalOrder) -> None:
    (claim,) = data(post(staff, late(out, 3), "take_back"))["claims"]
    assert (claim["kind"], claim["status"], claim["amount"]) == ("LATE", "OPEN", "40.00")
    assert claim["reason"] == (
        "2 units, 3 h 1 min late (30 min grace): 2 × 4 started hours × 5.00 EUR = 40.00 EUR"
    )
    assert claim["item_id"] == str(out.items.get().pk)
    assert Claim.objects.get().made_by == staff


def test_within_the_grace_nothing_is_claimed(staff: User, out: RentalOrder) -> None:
    assert data(post(staff, late(out, 0.4), "take_back"))["claims"] == []


def test_each_part_pays_for_its_own_delay(staff: User, out: RentalOrder) -> None:
    data(scan(staff, out, "take_back", {"quantity": 1}))
    (claim,) = data(post(staff, late(out, 1.5), "take_back"))["claims"]
    assert claim["amount"] == "10.00"


def test_it_is_never_more_than_the_cap(staff: User, out: RentalOrder) -> None:
    (claim,) = data(post(staff, late(out, 240), "take_back"))["claims"]
    assert claim["amount"] == "100.00"


def test_what_is_lost_is_not_late_besides(staff: User, out: RentalOrder) -> None:
    answer = scan(staff, late(out, 5), "take_back", {"quantity": 1, "condition": "LOST"}, {})
    (claim,) = data(answer)["claims"]
    assert claim["reason"].startswith("1 unit,")


def test_the_rule_is_the_one_of_the_day_of_the_order(
    staff: User, out: RentalOrder, product: Product
) -> None:
    """D3.5: what is changed in the catalog later does not touch it."""
    Product.objects.update(late_fee_minor=99_000, late_cap_minor=0)
    (claim,) = data(post(staff, late(out, 3), "take_back"))["claims"]
    assert claim["amount"] == "40.00"


def test_a_product_without_a_rule_asks_for_nothing(staff: User) -> None:
    make_gateway()
    order = began(place_paid(make_user(), (make_product(), 1)), HOUR)
    assert order.items.get().late_fee is None
    data(post(staff, order, "hand_over"))
    assert data(post(staff, late(order, 500), "take_back"))["claims"] == []


def test_staff_see_beforehand_what_it_would_be(staff: User, out: RentalOrder) -> None:
    assert shown(staff, out)["late_fees"] == []
    late(out, 3)
    (fee,) = shown(staff, out)["late_fees"]
    assert (fee["amount"], fee["currency"]) == ("40.00", "EUR")
    assert "late_fees" not in shown(out.customer, out)
    (claim,) = data(post(staff, out, "take_back"))["claims"]
    assert claim["reason"] == fee["reason"]
    assert shown(staff, out)["late_fees"] == []


def test_only_what_is_still_out_would_cost_something(staff: User, out: RentalOrder) -> None:
    data(scan(staff, out, "take_back", {"quantity": 1}))
    (fee,) = shown(staff, late(out, 3))["late_fees"]
    assert fee["amount"] == "20.00"


def test_late_days_are_those_of_the_shops_wall_clock(product: Product) -> None:
    """D3.1: from noon to noon over the autumn clock change is one day, of twenty-five hours."""
    Product.objects.update(late_fee_unit="DAY")
    order = place_paid(make_user(), (product, 1))
    order.rental_end_date = datetime(2026, 10, 24, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    noon = datetime(2026, 10, 25, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    charge = late_fee(order, order.items.get(), 1, noon)
    assert charge is not None
    assert charge.amount_minor == 500


def test_a_late_fee_is_waived_with_a_reason(staff: User, out: RentalOrder) -> None:
    (claim,) = data(post(staff, late(out, 3), "take_back"))["claims"]
    path = f"claims/{claim['id']}/withdraw"
    waived = data(post(staff, out, path, reason="The road was closed."))
    assert (waived["status"], waived["withdrawn_because"]) == ("WITHDRAWN", "The road was closed.")
    event = OrderEvent.objects.get(fact="claim.withdrawn")
    assert (event.user, event.data["reason"]) == (staff, "The road was closed.")
    settled = data(post(staff, out, "settle_deposit"))["deposit_settlement"]
    assert settled["claimed_amount"] == "0.00"
