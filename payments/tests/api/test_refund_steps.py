"""POST /payments/refunds/{id}/approve/, reject/ and paid_by_hand/"""

from typing import Any

import pytest

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import LedgerEntry, OrderEvent, Payment, Refund, RentalOrder
from payments.tests.api.support import data, refusal, rows
from payments.tests.api.support import paid_order as paid_at_sandbox
from payments.tests.factories import api_client, make_gateway, place_paid
from payments.tests.jobs import run_jobs
from payments.tests.races.books import assert_books
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague() -> User:
    return make_user(role=Role.STAFF)


@pytest.fixture
def order(settings: Any) -> RentalOrder:
    """219.00 EUR, in a shop where a second person approves more than 100.00 EUR."""
    settings.REFUND_APPROVAL_MINOR = {"EUR": 10_000}
    make_gateway()
    return place_paid(make_user(), (make_product(), 2))


def ask(staff: User, order: RentalOrder, amount: str) -> Refund:
    url = f"/payments/rental-orders/{order.pk}/refunds/"
    body = {"amount": amount, "reason": "Rain."}
    (shown,) = data(api_client(staff).post(url, body, format="json"), 201)
    return Refund.objects.get(pk=shown["id"])


def step(staff: User, refund: Refund, name: str, **body: str) -> Any:
    url = f"/payments/refunds/{refund.pk}/{name}/"
    return api_client(staff).post(url, body, format="json")


def test_up_to_the_limit_nobody_needs_to_approve(staff: User, order: RentalOrder) -> None:
    assert ask(staff, order, "100.00").status == "PENDING"


def test_above_it_nothing_is_sent_but_the_room_is_taken(staff: User, order: RentalOrder) -> None:
    before = rows()["jobs"]
    refund = ask(staff, order, "100.01")
    assert (refund.status, refund.next_attempt_at) == ("UNAPPROVED", None)
    assert rows()["jobs"] == before
    assert Payment.objects.get().refund_reserved_minor == 10_001
    assert_books(at_rest=False)


def test_who_asked_does_not_decide(staff: User, order: RentalOrder) -> None:
    refund = ask(staff, order, "200.00")
    for name in ("approve", "reject"):
        refusal(step(staff, refund, name), 409, "second_person_needed")
    refund.refresh_from_db()
    assert refund.status == "UNAPPROVED"


@pytest.mark.django_db(transaction=True)
def test_a_second_person_approves_and_it_is_sent(
    sandbox: Sandbox, staff: User, colleague: User, settings: Any
) -> None:
    settings.REFUND_APPROVAL_MINOR = {"EUR": 0}
    make_gateway()
    order, _ = paid_at_sandbox(sandbox, make_user(), (make_product(), 1))
    refund = ask(staff, order, "50.00")
    run_jobs()
    assert sandbox.get("/v1/refunds")["data"] == []
    shown = data(step(colleague, refund, "approve"))
    assert shown["status"] == "PENDING"
    run_jobs()
    refund.refresh_from_db()
    assert (refund.status, refund.decided_by) == ("SUCCEEDED", colleague)
    assert OrderEvent.objects.get(fact="refund.approved").user == colleague
    assert [theirs["amount"] for theirs in sandbox.get("/v1/refunds")["data"]] == [5000]
    assert_books(sandbox, at_rest=False)


def test_a_rejected_refund_frees_its_room(staff: User, colleague: User, order: RentalOrder) -> None:
    refund = ask(staff, order, "200.00")
    assert data(step(colleague, refund, "reject"))["status"] == "CANCELLED"
    assert Payment.objects.get().refund_reserved_minor == 0
    assert_books(at_rest=False)
    ask(staff, order, "219.00")


@pytest.mark.parametrize("name", ["approve", "reject"])
def test_only_a_refund_that_waits_is_decided(
    staff: User, colleague: User, order: RentalOrder, name: str
) -> None:
    refund = ask(staff, order, "1.00")
    refusal(step(colleague, refund, name), 409, "illegal_status")
    refusal(step(colleague, refund, name, surprise="yes"), 400, "invalid")


@pytest.mark.django_db(transaction=True)
def test_a_failed_refund_is_closed_by_who_paid_it_by_hand(sandbox: Sandbox, staff: User) -> None:
    """D04: the money is owed until then, and given back from then on."""
    make_gateway()
    order, payment = paid_at_sandbox(sandbox, make_user(), (make_product(), 1))
    refund = ask(staff, order, "50.00")
    Refund.objects.update(status="FAILED", next_attempt_at=None)
    Payment.objects.update(refund_reserved_minor=0)
    RentalOrder.objects.update(attention="A refund failed.")
    shown = data(step(staff, refund, "paid_by_hand", reference="Transfer 17"))
    assert shown["status"] == "PAID_BY_HAND"
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.refunded_minor, payment.refund_reserved_minor) == (5000, 5000)
    assert order.attention == ""
    event = OrderEvent.objects.get(fact="refund.paid_by_hand")
    assert (event.user, event.data["reference"]) == (staff, "Transfer 17")
    by_hand = LedgerEntry.objects.filter(account="manual_clearing")
    assert [entry.amount_minor for entry in by_hand] == [-5000]
    refusal(step(staff, refund, "paid_by_hand", reference="Again"), 409, "illegal_status")
    assert_books(at_rest=False)


def test_the_flag_stays_while_another_failed_refund_is_open(
    staff: User, order: RentalOrder
) -> None:
    first, _ = (ask(staff, order, "10.00") for _ in "12")
    Refund.objects.update(status="FAILED")
    Payment.objects.update(refund_reserved_minor=0)
    RentalOrder.objects.update(attention="A refund failed.")
    data(step(staff, first, "paid_by_hand", reference="Cash"))
    order.refresh_from_db()
    assert order.attention == "A refund failed."


def test_money_that_was_refunded_otherwise_is_not_paid_by_hand_as_well(
    staff: User, colleague: User, order: RentalOrder
) -> None:
    failed = ask(staff, order, "50.00")
    Refund.objects.update(status="FAILED")
    Payment.objects.update(refund_reserved_minor=0)
    ask(staff, order, "200.00")
    refusal(step(colleague, failed, "paid_by_hand", reference="Cash"), 409, "refund_too_large")


def test_paying_by_hand_needs_a_reference(staff: User, order: RentalOrder) -> None:
    refund = ask(staff, order, "50.00")
    assert set(refusal(step(staff, refund, "paid_by_hand"), 400, "invalid")["errors"]) == {
        "reference"
    }
