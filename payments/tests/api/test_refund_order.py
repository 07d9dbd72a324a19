"""POST and GET /payments/rental-orders/{id}/refunds/"""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import OrderEvent, Payment, Refund, RentalOrder
from payments.tests.api.support import data, refusal, rows
from payments.tests.api.support import paid_order as paid_at_sandbox
from payments.tests.factories import api_client, make_gateway, place_paid
from payments.tests.jobs import run_jobs
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> RentalOrder:
    """219.00 EUR: two units at 50.00, tax 19.00, deposit 100.00."""
    make_gateway()
    return place_paid(make_user(), (make_product(), 2))


def ask(staff: User, order: RentalOrder, key: str | None = None, **body: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    url = f"/payments/rental-orders/{order.pk}/refunds/"
    return api_client(staff).post(url, {"reason": "Rain.", **body}, format="json", headers=headers)


def test_an_amount_goes_back(staff: User, order: RentalOrder) -> None:
    (shown,) = data(ask(staff, order, amount="25.00"), 201)
    refund = Refund.objects.get()
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "id": str(refund.pk),
        "payment_id": str(refund.payment_id),
        "status": "PENDING",
        "source": "STAFF",
        "amount": "25.00",
        "deposit_amount": "0.00",
        "currency": "EUR",
        "reason": "Rain.",
    }
    assert refund.asked_by == staff
    event = OrderEvent.objects.get(fact="refund.asked")
    assert (event.actor, event.user, event.data["reason"]) == ("staff", staff, "Rain.")
    order.refresh_from_db()
    assert order.status == "CONFIRMED"


@pytest.mark.django_db(transaction=True)
def test_it_really_goes_back(sandbox: Sandbox, staff: User) -> None:
    make_gateway()
    order, payment = paid_at_sandbox(sandbox, make_user(), (make_product(), 2))
    for amount in ("25.00", "0.01"):
        data(ask(staff, order, amount=amount), 201)
    run_jobs()
    theirs = sandbox.get("/v1/refunds", payment_intent=payment.intent_id)["data"]
    assert sorted(refund["amount"] for refund in theirs) == [1, 2500]
    assert {refund.status for refund in Refund.objects.all()} == {"SUCCEEDED"}


def test_without_amount_or_lines_all_that_is_left_goes_back(
    staff: User, order: RentalOrder
) -> None:
    ask(staff, order, amount="19.00")
    (shown,) = data(ask(staff, order), 201)
    assert (shown["amount"], shown["deposit_amount"]) == ("200.00", "100.00")
    answer = refusal(ask(staff, order), 409, "refund_too_large")
    assert answer["errors"] == {"refundable_amount": "0.00"}


def test_a_cent_more_than_is_left_is_refused_and_the_answer_says_how_much_is(
    staff: User, order: RentalOrder
) -> None:
    ask(staff, order, amount="19.00")
    before = rows()
    answer = refusal(ask(staff, order, amount="200.01"), 409, "refund_too_large")
    assert answer["message"] == "200.00 EUR can still be refunded of this order."
    assert answer["errors"] == {"refundable_amount": "200.00"}
    assert rows() == before
    data(ask(staff, order, amount="200.00"), 201)


@pytest.mark.parametrize(
    ("deposit", "amount", "deposit_amount"),
    [(False, "59.50", "0.00"), (True, "109.50", "50.00")],
)
def test_a_unit_of_a_line_goes_back_with_its_tax(
    staff: User, order: RentalOrder, deposit: bool, amount: str, deposit_amount: str
) -> None:
    line = {"item_id": str(order.items.get().pk), "quantity": 1, "deposit": deposit}
    (shown,) = data(ask(staff, order, items=[line]), 201)
    assert (shown["amount"], shown["deposit_amount"]) == (amount, deposit_amount)


def test_a_unit_that_went_back_does_not_go_back_again(staff: User, order: RentalOrder) -> None:
    line = {"item_id": str(order.items.get().pk), "quantity": 1}
    for _ in "12":
        data(ask(staff, order, items=[line]), 201)
    refusal(ask(staff, order, items=[line]), 409, "refund_too_large")


def test_a_line_of_another_order_is_refused(staff: User, order: RentalOrder) -> None:
    other = place_paid(make_user(), (make_product(), 1))
    line = {"item_id": str(other.items.get().pk), "quantity": 1}
    answer = refusal(ask(staff, order, items=[line]), 400, "invalid")
    assert answer["errors"] == {"items": {"0": {"item_id": ["This order has no such line."]}}}


def test_a_line_that_is_named_twice_is_refused(staff: User, order: RentalOrder) -> None:
    line = {"item_id": str(order.items.get().pk), "quantity": 1}
    answer = refusal(ask(staff, order, items=[line, line]), 400, "invalid")
    assert answer["errors"] == {"items": {"1": {"item_id": ["The line is named twice."]}}}


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 25},
        {"amount": "0.00"},
        {"amount": "-1.00"},
        {"amount": "1.001"},
        {"amount": "1e2"},
        {"amount": "２5"},
        {"amount": "25.00", "items": []},
        {"items": []},
        {"items": [{"quantity": 1}]},
        {"items": [{"item_id": str(UUID(int=0)), "quantity": 1, "deposit": "yes"}]},
        {"reason": ""},
        {"reason": "x" * 201},
        {"currency": "EUR"},
    ],
)
def test_what_is_not_an_amount_or_a_line_is_refused(
    staff: User, order: RentalOrder, body: dict[str, Any]
) -> None:
    """F02, F03."""
    before = rows()
    refusal(ask(staff, order, **body), 400, "invalid")
    assert rows() == before


def test_a_refund_needs_a_reason(staff: User, order: RentalOrder) -> None:
    url = f"/payments/rental-orders/{order.pk}/refunds/"
    answer = api_client(staff).post(url, {"amount": "1.00"}, format="json")
    assert set(refusal(answer, 400, "invalid")["errors"]) == {"reason"}


@pytest.mark.parametrize(
    ("currency", "price", "good", "bad"),
    [
        ("JPY", 2500, "25", "25.5"),
        ("KRW", 2500, "25", "0.1"),
        ("HUF", 250_000, "25.01", "25.001"),
        ("KWD", 25_000, "2.510", "2.511"),
        ("ISK", 250_000, "25", "25.50"),
        ("UGX", 250_000, "25.00", "25.01"),
    ],
)
def test_an_amount_is_exact_in_its_currency(
    staff: User, currency: str, price: int, good: str, bad: str
) -> None:
    """A10."""
    make_gateway()
    product = make_product(currency=currency, tiers=[("DAY", 1, price)], deposit_minor=price)
    order = place_paid(make_user(), (product, 1))
    assert "amount" in refusal(ask(staff, order, amount=bad), 400, "invalid")["errors"]
    (shown,) = data(ask(staff, order, amount=good), 201)
    assert float(shown["amount"]) == float(good)
    data(ask(staff, order), 201)
    assert sum(r.amount_minor for r in Refund.objects.all()) == order.due_minor


def test_the_newest_payment_gives_first(staff: User, order: RentalOrder) -> None:
    first = Payment.objects.get()
    newest = Payment.objects.create(
        order=order,
        gateway=first.gateway,
        purpose="BALANCE",
        status="SUCCEEDED",
        currency="EUR",
        amount_minor=3000,
        captured_minor=3000,
    )
    shown = data(ask(staff, order, amount="50.00"), 201)
    assert [(row["payment_id"], row["amount"]) for row in shown] == [
        (str(newest.pk), "30.00"),
        (str(first.pk), "20.00"),
    ]


def test_the_same_key_again_gives_the_same_refund(staff: User, order: RentalOrder) -> None:
    first, again = (ask(staff, order, "a-key", amount="25.00") for _ in "12")
    assert data(first, 201) == data(again, 201)
    assert Refund.objects.count() == 1


def test_a_key_with_another_amount_is_refused(staff: User, order: RentalOrder) -> None:
    """A02."""
    data(ask(staff, order, "a-key", amount="25.00"), 201)
    refusal(ask(staff, order, "a-key", amount="25.01"), 422, "idempotency_key_reused")
    assert Refund.objects.count() == 1


def test_the_same_key_of_another_person_is_another_request(staff: User, order: RentalOrder) -> None:
    data(ask(staff, order, "a-key", amount="25.00"), 201)
    data(ask(make_user(role=Role.STAFF), order, "a-key", amount="25.00"), 201)
    assert Refund.objects.count() == 2


def test_an_unpaid_order_has_nothing_to_refund(staff: User, order: RentalOrder) -> None:
    Payment.objects.update(captured_minor=0, status="PENDING")
    refusal(ask(staff, order, amount="1.00"), 409, "refund_too_large")


def test_a_customer_refunds_nothing_and_sees_his_own(staff: User, order: RentalOrder) -> None:
    refusal(ask(order.customer, order, amount="1.00"), 403, "not_permitted")
    data(ask(staff, order, amount="25.00"), 201)
    url = f"/payments/rental-orders/{order.pk}/refunds/"
    (shown,) = data(api_client(order.customer).get(url))
    assert (shown["amount"], shown["reason"]) == ("25.00", "Rain.")
    refusal(api_client(make_user()).get(url), 404, "not_found")
