"""/payments/rental-orders/{id}/claims/ and claims/{claim_id}/withdraw/"""

from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Claim, OrderEvent, RentalOrder
from payments.tests.api.returns import bring_back, claim, post
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import api_client, make_gateway, place_paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> RentalOrder:
    make_gateway()
    return place_paid(make_user(), (make_product(), 1))


def claimed(staff: User, order: RentalOrder, **body: Any) -> Any:
    values = {"kind": "DAMAGE", "amount": "30.00", "reason": "A bent pole."}
    return post(staff, order, "claims", **values | body)


def test_a_claim_is_shown_to_staff_and_to_the_owner(staff: User, order: RentalOrder) -> None:
    bring_back(staff, order)
    item = order.items.get()
    made = data(claimed(staff, order, item_id=str(item.pk)), 201)
    assert (made["status"], made["amount"], made["item_id"]) == ("OPEN", "30.00", str(item.pk))
    for user in (staff, order.customer):
        shown = data(api_client(user).get(f"/payments/rental-orders/{order.pk}/claims/"))
        assert shown == [made]
    row = Claim.objects.get()
    assert (row.made_by, row.amount_minor) == (staff, 3000)
    assert OrderEvent.objects.get(fact="claim.made").user == staff


def test_the_same_request_again_is_the_same_claim(staff: User, order: RentalOrder) -> None:
    bring_back(staff, order)
    body = {"kind": "LATE", "amount": "5.00", "reason": "Two hours."}
    first, second = (data(post(staff, order, "claims", key="k", **body), 201) for _ in "12")
    assert first == second
    other = post(staff, order, "claims", key="k", **body | {"amount": "6.00"})
    refusal(other, 422, "idempotency_key_reused")
    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "REVENGE"},
        {"amount": "0.00"},
        {"amount": "-1.00"},
        {"amount": 30},
        {"amount": "1.001"},
        {"amount": "1000000.00"},  # more than can be charged at once
        {"reason": ""},
        {"item_id": "5f0c9a3e-0000-4000-8000-000000000000"},
        {"status": "ACCEPTED"},
    ],
)
def test_a_bad_claim_is_refused_and_nothing_is_written(
    staff: User, order: RentalOrder, body: dict[str, Any]
) -> None:
    bring_back(staff, order)
    before = rows()
    refused = refusal(claimed(staff, order, **body), 400, "invalid")
    assert set(refused["errors"]) == set(body)
    assert rows() == before


def test_nothing_is_claimed_before_the_pickup(staff: User, order: RentalOrder) -> None:
    refusal(claimed(staff, order), 409, "illegal_status")
    data(post(staff, order, "hand_over"))
    data(claimed(staff, order), 201)


def test_a_claim_is_withdrawn_once(staff: User, order: RentalOrder) -> None:
    bring_back(staff, order)
    made = claim(staff, order, "30.00")
    path = f"claims/{made['id']}/withdraw"
    assert data(post(staff, order, path))["status"] == "WITHDRAWN"
    refusal(post(staff, order, path), 409, "illegal_status")
    assert OrderEvent.objects.filter(fact="claim.withdrawn").count() == 1


def test_a_claim_belongs_to_its_order(staff: User, order: RentalOrder) -> None:
    bring_back(staff, order)
    made = claim(staff, order, "30.00")
    other = place_paid(make_user(), (make_product(), 1))
    refusal(post(staff, other, f"claims/{made['id']}/withdraw"), 404, "not_found")


def test_after_the_deposit_is_settled_nothing_is_claimed(staff: User, order: RentalOrder) -> None:
    bring_back(staff, order)
    made = claim(staff, order, "30.00")
    data(post(staff, order, "settle_deposit"))
    refusal(claimed(staff, order), 409, "deposit_settled")
    refusal(post(staff, order, f"claims/{made['id']}/withdraw"), 409, "illegal_status")
