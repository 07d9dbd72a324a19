"""POST /payments/rental-orders/{id}/extend/, /shorten/, /change/ and /withdraw_change/"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import OrderChange, RentalOrder
from payments.tests.api.returns import post
from payments.tests.api.support import data, paid_order, refusal, rows
from payments.tests.factories import make_gateway, period, place_paid, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
LATER = (period().end + DAY).isoformat()
SHORTER = {"rental_end_date": (period().end - DAY).isoformat()}


@pytest.fixture
def staff(transactional_db: None) -> User:
    return make_user(role=Role.STAFF)


@pytest.fixture
def order(transactional_db: None) -> RentalOrder:
    """Two tents of two for two days: 119.00 with tax, and a deposit of 100.00."""
    make_gateway()
    return place_paid(make_user(), (make_product(name="Tent", units=2), 2))


def amounts(shown: dict[str, Any]) -> tuple[str, ...]:
    names = ("old_total_amount", "total_amount", "difference_amount", "fee_amount", "pay_amount")
    return tuple(shown[name] for name in names)


def test_a_preview_says_what_would_be_and_changes_nothing(order: RentalOrder) -> None:
    before = rows()
    shown = data(post(order.customer, order, "extend", rental_end_date=LATER, preview=True))
    assert amounts(shown) == ("219.00", "278.50", "59.50", "0.00", "59.50")
    assert (shown["status"], shown["change_id"], shown["checkout_url"]) == (None, None, None)
    assert [item["rent_amount"] for item in shown["items"]] == ["150.00"]
    assert shown["is_available"] is True
    assert shown["availability"][0]["available_quantity"] == 2
    assert rows() == before


def test_staff_extend_and_it_is_paid_later(order: RentalOrder, staff: User) -> None:
    shown = data(post(staff, order, "extend", rental_end_date=LATER, pay_later=True))
    assert (shown["status"], shown["pay_amount"]) == ("APPLIED", "59.50")
    order.refresh_from_db()
    assert order.rental_end_date == datetime.fromisoformat(LATER)
    assert_books(at_rest=False)


def test_a_customer_pays_first(sandbox: Sandbox) -> None:
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(), 1))
    answer = post(order.customer, order, "extend", rental_end_date=LATER)
    assert answer.json()["message"] == "The order is changed once this is paid"
    shown = data(answer)
    assert (shown["status"], shown["pay_amount"]) == ("PENDING", "29.75")
    assert data(post(order.customer, order, "extend", rental_end_date=LATER)) == shown
    order.refresh_from_db()
    assert order.rental_end_date == period().end
    assert_books(sandbox, at_rest=False)
    change = OrderChange.objects.select_related("payment").get()
    assert change.payment is not None
    assert change.payment.checkout_url == shown["checkout_url"]
    sandbox.pay(change.payment.session_id)
    quiet()
    order.refresh_from_db()
    assert order.rental_end_date == datetime.fromisoformat(LATER)
    assert_books(sandbox)


def test_what_was_previewed_is_what_it_costs(order: RentalOrder, staff: User) -> None:
    body: dict[str, Any] = {"rental_end_date": LATER, "pay_later": True}
    answer = refusal(
        post(staff, order, "extend", expected_total="278.49", **body), 409, "price_changed"
    )
    assert answer["errors"] == {"expected_total": ["The new total is 278.50."]}
    data(post(staff, order, "extend", expected_total="278.50", **body))


def test_a_price_of_nothing_can_be_agreed_to(order: RentalOrder, staff: User) -> None:
    adjustments = [{"product_id": str(order.items.get().product_id), "percent": "-100"}]
    body: dict[str, Any] = {
        "adjustments": [{**each, "reason": "Our fault."} for each in adjustments]
    }
    order.items.update(deposit_minor=0)
    RentalOrder.objects.update(deposit_minor=0, deposit_strategy="NONE")
    shown = data(post(staff, order, "change", preview=True, **body))
    assert shown["total_amount"].startswith("100.00")  # its deposit, by the catalog of now
    for total in ("0.00", "0"):
        answer = post(staff, order, "change", preview=True, expected_total=total, **body)
        refusal(answer, 409, "price_changed")


def test_the_next_booking_is_named_to_staff_and_not_to_customers(
    order: RentalOrder, staff: User
) -> None:
    tent = order.items.get().product
    other = place_paid(make_user(), (tent, 1), when=period(2, start=period(2.5).end))
    end = (period().end + 2 * DAY).isoformat()
    answer = refusal(
        post(staff, order, "extend", rental_end_date=end, pay_later=True), 409, "out_of_stock"
    )
    assert f"1 of 2 units of Tent are promised: 1 to {other.order_number}" in answer["message"]
    [short] = answer["errors"]["cart_items"]
    assert short["available_quantity"] == 1
    assert [each["order_number"] for each in short["collisions"]] == [other.order_number]
    answer = refusal(
        post(order.customer, order, "extend", rental_end_date=end), 409, "out_of_stock"
    )
    assert other.order_number not in str(answer)
    since = f"{other.rental_start_date.astimezone(ZoneInfo('Europe/Berlin')):%d %b %Y %H:%M}"
    assert answer["message"] == (
        f"Only 1 of 2 units of Tent are free in this period; the others are promised from {since}."
    )
    shown = data(post(staff, order, "extend", rental_end_date=end, preview=True))
    assert shown["is_available"] is False
    assert shown["availability"][0]["collisions"][0]["order_number"] == other.order_number


def test_what_only_staff_decide(order: RentalOrder) -> None:
    for flag in ("pay_later", "give_everything_back"):
        body: dict[str, Any] = {"rental_end_date": LATER, flag: True}
        answer = post(order.customer, order, "extend", **body)
        refusal(answer, 403, "not_permitted")
    assert not OrderChange.objects.exists()


def test_a_key_changes_it_once(order: RentalOrder, staff: User) -> None:
    body: dict[str, Any] = {"rental_end_date": LATER, "pay_later": True}
    first = data(post(staff, order, "extend", "key-1", **body))
    assert data(post(staff, order, "extend", "key-1", **body)) == first
    assert OrderChange.objects.count() == 1
    refusal(
        post(staff, order, "extend", "key-1", **body | {"pay_later": False}),
        422,
        "idempotency_key_reused",
    )


def test_a_refused_change_says_why(order: RentalOrder, staff: User) -> None:
    now = order.rental_end_date.isoformat()
    refusal(post(staff, order, "extend", rental_end_date=now), 400, "invalid")
    refusal(post(staff, order, "shorten", rental_end_date=LATER), 400, "invalid")
    refusal(post(staff, order, "change"), 409, "nothing_to_change")
    refusal(post(staff, order, "withdraw_change"), 409, "illegal_status")
    refusal(post(staff, order, "change", cart_items=[]), 400, "invalid")
    refusal(post(staff, order, "extend", rental_end_date=LATER, fee_amount="0"), 400, "invalid")


def test_an_order_that_is_overdue_is_not_in_its_own_way(order: RentalOrder, staff: User) -> None:
    """D2.6: its units are out, and it wants to keep them."""
    data(post(staff, order, "hand_over"))
    ago = timezone.now() - timedelta(hours=2)
    RentalOrder.objects.filter(pk=order.pk).update(rental_start_date=ago - DAY, rental_end_date=ago)
    order.reservations.update(starts_at=ago - DAY, ends_at=ago, due_at=ago)
    later = (timezone.now() + DAY).isoformat()
    shown = data(post(staff, order, "extend", rental_end_date=later, preview=True))
    assert shown["is_available"] is True
    data(post(staff, order, "extend", rental_end_date=later, pay_later=True))
    order.refresh_from_db()
    assert order.rental_end_date == datetime.fromisoformat(later)


def test_an_unpaid_order_is_paid_on_a_new_page_with_the_new_total(
    sandbox: Sandbox, staff: User
) -> None:
    make_gateway()
    order, first = place_with_checkout(make_user(), (make_product(), 1))
    body: dict[str, Any] = {"rental_end_date": LATER, "expected_total": "139.25"}
    preview = data(post(order.customer, order, "extend", preview=True, **body))
    assert amounts(preview) == ("109.50", "139.25", "29.75", "0.00", "139.25")
    shown = data(post(staff, order, "extend", key="key-1", **body))
    assert (shown["status"], amounts(shown)) == ("APPLIED", amounts(preview))
    assert data(post(staff, order, "extend", key="key-1", **body)) == shown
    page = order.payments.latest("created_at")
    assert shown["checkout_url"] == page.checkout_url != first.checkout_url
    assert shown["pay_by"] is not None
    sandbox.pay(page.session_id)
    refused = refusal(post(order.customer, order, "shorten", **SHORTER), 409, "illegal_status")
    assert "is confirmed" in refused["message"]
    quiet()
    assert_books(sandbox)
