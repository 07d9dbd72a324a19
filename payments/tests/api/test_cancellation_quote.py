"""GET /payments/rental-orders/{id}/cancellation_quote/: what cancel_order then does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Payment, Refund, RentalOrder
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import api_client, make_gateway, period, place, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _gateway() -> None:
    make_gateway()


def starting_in(notice: timedelta, **product: Any) -> RentalOrder:
    """A confirmed order of one unit for two days."""
    when = period(2, datetime.now(UTC) + notice)
    return place_paid(make_user(), (make_product(**product), 1), when=when)


def quote(user: User, order: RentalOrder) -> Any:
    return api_client(user).get(f"/payments/rental-orders/{order.pk}/cancellation_quote/")


def cancel(user: User, order: RentalOrder) -> Any:
    return api_client(user).post(
        f"/payments/rental-orders/{order.pk}/cancel_order/", {}, format="json"
    )


def test_it_says_what_comes_back_from_which_payment_and_why() -> None:
    order = starting_in(timedelta(days=3, hours=1))
    before = rows()
    assert data(quote(order.customer, order)) == {
        "currency": "EUR",
        "paid_amount": "109.50",
        "refund_amount": "79.75",
        "kept_amount": "29.75",
        "percent_back": 50,
        "parts": [
            {
                "part": "rent",
                "amount": "25.00",
                "why": "The policy gives 50 % of the rent back with 3 days to go.",
            },
            {
                "part": "tax",
                "amount": "4.75",
                "why": "Tax goes the way of the rent that it was charged for.",
            },
            {
                "part": "deposit",
                "amount": "50.00",
                "why": "A deposit comes back whole before pickup.",
            },
        ],
        "payments": [{"payment_id": str(Payment.objects.get().pk), "amount": "79.75"}],
    }
    assert rows() == before


def test_staff_are_told_what_their_own_cancelling_gives_back() -> None:
    order = starting_in(timedelta(hours=3))
    shown = data(quote(make_user(role=Role.STAFF), order))
    assert (shown["refund_amount"], shown["kept_amount"]) == ("109.50", "0.00")
    assert shown["parts"][0]["why"] == "The shop cancels, so nothing is kept."


def test_of_an_unpaid_order_nothing_comes_back_and_nothing_is_kept() -> None:
    order = place(make_user(), (make_product(), 1))
    shown = data(quote(order.customer, order))
    assert (shown["refund_amount"], shown["kept_amount"]) == ("0.00", "0.00")
    assert shown["payments"] == []


def test_an_order_that_cannot_be_cancelled_has_no_quote() -> None:
    order = starting_in(timedelta(days=3))
    cancel(order.customer, order)
    refusal(quote(order.customer, order), 409, "illegal_status")


@pytest.mark.parametrize("before", ["", "0.30"], ids=["whole", "after a partial refund"])
@pytest.mark.parametrize("notice", [timedelta(days=8), timedelta(days=3), timedelta(hours=3)])
@pytest.mark.parametrize(
    ("currency", "price", "deposit"),
    [
        ("EUR", 3333, 5001),
        ("JPY", 3333, 501),
        ("KRW", 3333, 501),
        ("HUF", 333_300, 50_100),
        ("ISK", 333_300, 50_100),
        ("UGX", 333_300, 50_100),
        ("KWD", 33_330, 5010),
    ],
)
def test_quote_and_cancel_agree_to_the_cent(
    currency: str, price: int, deposit: int, notice: timedelta, before: str
) -> None:
    """A10."""
    order = starting_in(notice, currency=currency, tiers=[("DAY", 1, price)], deposit_minor=deposit)
    if before:
        part = str(int(Decimal(order.total_amount) * Decimal(before)))
        body = {"amount": part, "reason": "Rain."}
        staff = api_client(make_user(role=Role.STAFF))
        url = f"/payments/rental-orders/{order.pk}/refunds/"
        data(staff.post(url, body, format="json"), 201)
    shown = data(quote(order.customer, order))
    earlier = {refund.pk for refund in Refund.objects.all()}
    assert cancel(order.customer, order).status_code == 200
    made = Refund.objects.exclude(pk__in=earlier)
    back = {str(refund.payment_id): str(refund.amount_minor) for refund in made}
    told = {
        row["payment_id"]: row["amount"].replace(".", "").lstrip("0") for row in shown["payments"]
    }
    assert back == told
    parts = sum(Decimal(part["amount"]) for part in shown["parts"])
    assert parts == Decimal(shown["refund_amount"])
    order.refresh_from_db()
    assert str(order.kept_minor) == (shown["kept_amount"].replace(".", "").lstrip("0") or "0")
    assert_books(at_rest=False)
