"""Row D06. Disputes: a flag, never a status; each fact once; nothing goes back twice (D6.10)."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.domain.errors import PaymentDisputed
from payments.domain.facts import DisputeFact
from payments.domain.states import DisputeStatus
from payments.models import Dispute, LedgerTransaction, Payment, Refund, RentalOrder
from payments.services import orders
from payments.services.disputes import check_undisputed
from payments.services.journal import SYSTEM, Actor
from payments.services.ledger import balance
from payments.services.reconcile import reconcile
from payments.services.settlement import absorb
from payments.tests.factories import api_client, make_gateway, make_user, place_with_checkout
from payments.tests.races.books import assert_books, broken
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import (
    again,
    confirmed,
    event_of,
    events_since,
    newest_event,
)

pytestmark = pytest.mark.django_db(transaction=True)


def raise_dispute(sandbox: Sandbox, payment: Payment, **wanted: Any) -> str:
    """The customer complains to the bank; returns the dispute's id. Nothing has arrived yet."""
    charge = sandbox.get(f"/v1/payment_intents/{payment.intent_id}")["latest_charge"]
    body = {"charge": charge, **wanted}
    answer = requests.post(f"{sandbox.address}/_sandbox/disputes", json=body, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["id"])


def answer_with(sandbox: Sandbox, dispute_id: str, evidence: str) -> None:
    """Hand in what makes Stripe's test mode decide for one side."""
    fields = {"evidence[uncategorized_text]": evidence, "submit": "true"}
    sandbox.post(f"/v1/disputes/{dispute_id}", **fields)
    sandbox.advance(60)


def hear(sandbox: Sandbox, *, backwards: bool = False) -> None:
    """Everything arrives, twice."""
    told = sandbox.events()
    deliver_all(Client(), reversed(told) if backwards else told)
    deliver_all(Client(), told)
    work()


def cancel(order: RentalOrder) -> None:
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    work()


def posted(dispute_id: str) -> list[str]:
    rows = LedgerTransaction.objects.filter(reference__startswith=dispute_id)
    return [row.reference.rpartition(":")[2] for row in rows]


def facts(order: RentalOrder) -> list[str]:
    rows = order.events.filter(fact__startswith="dispute.")
    return [row.fact.removeprefix("dispute.") for row in rows]


def test_a_dispute_is_shown_with_its_day_and_moves_nothing_else(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    dispute_id = raise_dispute(sandbox, payment, reason="product_not_received")
    hear(sandbox)
    dispute = Dispute.objects.get()
    assert (dispute.gateway_dispute_id, dispute.status) == (dispute_id, "NEEDS_RESPONSE")
    assert (dispute.amount_minor, dispute.currency) == (payment.amount_minor, "EUR")
    assert dispute.reason == "product_not_received"
    assert dispute.respond_by is not None
    assert dispute.respond_by > timezone.now()
    assert again(order).status == "CONFIRMED"
    assert order.attention
    assert order.is_disputed
    assert not order.reservations.filter(is_active=False).exists()  # the units stay held


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("evidence", "status", "movements"),
    [
        ("losing_evidence", "LOST", ["withdrawn"]),
        ("winning_evidence", "WON", ["withdrawn", "reinstated"]),
    ],
)
def test_each_fact_counts_once_in_whatever_order_it_is_told(
    sandbox: Sandbox, evidence: str, status: str, movements: list[str], backwards: bool
) -> None:
    order, payment = confirmed(sandbox)
    dispute_id = raise_dispute(sandbox, payment)
    answer_with(sandbox, dispute_id, evidence)
    hear(sandbox, backwards=backwards)
    assert Dispute.objects.get().status == status
    assert posted(dispute_id) == movements
    assert facts(order) == [*movements, status.lower()]
    cash = payment.amount_minor if status == "WON" else 0
    assert balance(order, "stripe_clearing") == cash
    assert balance(order, "refunds") == payment.amount_minor - cash
    assert balance(order, "customer") == 0
    assert_books(sandbox)


@pytest.mark.parametrize("status", ["NEEDS_RESPONSE", "LOST"])
def test_a_disputed_payment_is_not_refunded(sandbox: Sandbox, status: str) -> None:
    order, payment = confirmed(sandbox)
    dispute_id = raise_dispute(sandbox, payment)
    if status == "LOST":
        answer_with(sandbox, dispute_id, "losing_evidence")
    hear(sandbox)
    assert again(payment).refundable_minor == 0
    with pytest.raises(PaymentDisputed):
        check_undisputed(order)
    cancel(order)
    quiet()
    assert again(order).status == "CANCELLED"
    assert not Refund.objects.exists()
    reconcile()
    assert order.events.filter(fact="payment.late").count() == 0
    assert balance(order, "customer") == 0  # the bank has paid it out already
    assert_books(sandbox)


def test_what_is_owed_goes_back_once_the_dispute_is_won(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    dispute_id = raise_dispute(sandbox, payment)
    hear(sandbox)
    cancel(order)
    answer_with(sandbox, dispute_id, "winning_evidence")
    hear(sandbox)
    quiet()
    refund = Refund.objects.get()
    assert (refund.status, refund.amount_minor) == ("SUCCEEDED", payment.amount_minor)
    assert balance(order, "stripe_clearing") == balance(order, "refunds") == 0
    assert balance(order, "customer") == 0
    assert_books(sandbox)


def test_the_rest_of_a_payment_that_is_disputed_in_part_waits_and_is_no_error(
    sandbox: Sandbox,
) -> None:
    """I07: it is owed, and no refund could be sent."""
    order, payment = confirmed(sandbox)
    raise_dispute(sandbox, payment, amount=4000)
    hear(sandbox)
    cancel(order)
    quiet()
    assert balance(order, "customer") == 4000 - payment.amount_minor
    assert_books(sandbox)


def test_a_bank_may_take_what_is_owed_and_give_it_back(sandbox: Sandbox) -> None:
    """The refund was on its way and is refused there: a task for a person, once it is won."""
    order, payment = confirmed(sandbox)
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    dispute_id = raise_dispute(sandbox, payment)
    hear(sandbox)
    assert again(Refund.objects.get()).status == "FAILED"
    assert balance(order, "customer") == balance(order, "stripe_clearing") == 0
    answer_with(sandbox, dispute_id, "winning_evidence")
    hear(sandbox)
    assert balance(order, "customer") == -payment.amount_minor
    assert again(order).attention.startswith("A dispute was won")
    assert_books(sandbox)


def test_a_lost_dispute_may_be_won_after_all(sandbox: Sandbox) -> None:
    """The bank's word is reversible: what is told last counts, and the money once."""
    order, payment = confirmed(sandbox)
    dispute_id = raise_dispute(sandbox, payment)
    hear(sandbox)
    Dispute.objects.update(status="LOST")  # as we were told then
    answer_with(sandbox, dispute_id, "winning_evidence")
    hear(sandbox)
    assert Dispute.objects.get().status == "WON"
    assert posted(dispute_id) == ["withdrawn", "reinstated"]
    assert not again(order).is_disputed
    assert_books(sandbox)


def test_a_bank_may_take_again_what_it_gave_back(sandbox: Sandbox) -> None:
    """D06: each movement of the money is posted once, however often it is told."""
    order, payment = confirmed(sandbox)
    movements = ("txn_1:withdrawn", "txn_2:reinstated", "txn_3:withdrawn", "txn_4:reinstated")
    for heard, cash in ((1, 0), (2, 10_950), (3, 0), (2, 0), (4, 10_950)):
        fact = DisputeFact(
            DisputeStatus.UNDER_REVIEW,
            "du_1",
            payment.intent_id,
            payment.amount_minor,
            "EUR",
            movements=movements[:heard],
        )
        absorb(payment, [fact, fact])
        assert balance(order, "stripe_clearing") == cash
        assert broken() == {}
    references = LedgerTransaction.objects.filter(reference__startswith="du_1")
    assert [row.reference.removeprefix("du_1:") for row in references] == list(movements)


def test_a_dispute_may_be_larger_than_the_payment(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    raise_dispute(sandbox, payment, amount=payment.amount_minor + 500)
    hear(sandbox)
    assert Dispute.objects.get().amount_minor == payment.amount_minor + 500
    assert balance(order, "stripe_clearing") == -500
    assert again(payment).captured_minor == payment.amount_minor
    assert_books(sandbox)


def test_a_bank_that_takes_more_before_we_hear_of_the_payment_makes_nobody_a_debtor(
    sandbox: Sandbox,
) -> None:
    """I07: the news come in one go, the dispute's first."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id)
    session = sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")
    payment.intent_id = session["payment_intent"]
    raise_dispute(sandbox, payment, amount=payment.amount_minor + 500)
    hear(sandbox, backwards=True)
    assert again(order).status == "CONFIRMED"
    assert (balance(order, "customer"), balance(order, "refunds")) == (0, 11_450)
    cancel(order)
    quiet()
    assert (balance(order, "customer"), balance(order, "refunds")) == (0, 500)
    assert_books(sandbox)


def test_what_the_shop_keeps_of_an_order_is_no_debt_where_a_bank_has_taken_it(
    sandbox: Sandbox, settings: LazySettings
) -> None:
    """I07: payment and dispute are heard of in one go, and the policy gives nothing back."""
    settings.CANCELLATION_POLICY = "100000:100"
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(deposit_minor=0), 1))
    sandbox.pay(payment.session_id)
    session = sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")
    payment.intent_id = session["payment_intent"]
    raise_dispute(sandbox, payment)
    hear(sandbox, backwards=True)
    customer = Actor.of(order.customer)
    orders.cancel_order(order_id=order.pk, actor=customer, now=timezone.now())
    quiet()
    assert (again(order).status, balance(order, "customer")) == ("CANCELLED", 0)
    assert_books(sandbox)


def test_an_inquiry_takes_no_money_and_a_refund_ends_it(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    raise_dispute(sandbox, payment, inquiry=True)
    hear(sandbox)
    assert Dispute.objects.get().status == "INQUIRY"
    assert order.attention == "" != again(order).attention
    assert again(payment).refundable_minor == payment.amount_minor
    cancel(order)
    hear(sandbox)
    assert Dispute.objects.get().status == "CLOSED"
    assert Refund.objects.get().status == "SUCCEEDED"
    assert_books(sandbox)


def test_a_dispute_that_we_never_heard_of_is_found_in_the_night(sandbox: Sandbox) -> None:
    """B04, P1: and so is its end, months later."""
    order, payment = confirmed(sandbox)
    dispute_id = raise_dispute(sandbox, payment)
    assert reconcile().mended == 1
    assert Dispute.objects.get().status == "NEEDS_RESPONSE"
    Dispute.objects.update(created_at=timezone.now() - timedelta(days=90))
    answer_with(sandbox, dispute_id, "winning_evidence")
    assert reconcile(days=1).mended == 1
    assert again(order).is_disputed is False
    report = reconcile()
    assert (report.mended, report.differing) == (0, 0)
    assert posted(dispute_id) == ["withdrawn", "reinstated"]
    assert_books(sandbox)


def test_the_news_of_a_dispute_may_come_before_that_of_the_payment(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    newest = newest_event(sandbox)
    raise_dispute(sandbox, payment)
    told = event_of(events_since(sandbox, newest), "charge.dispute.created")
    Payment.objects.update(intent_id="")
    deliver_all(Client(), [told])
    work()
    assert Dispute.objects.get().payment == payment
    assert again(order).is_disputed


def test_staff_see_disputes_and_customers_do_not(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    dispute_id = raise_dispute(sandbox, payment)
    hear(sandbox)
    url = f"/payments/rental-orders/{order.pk}/"
    shown = api_client(make_user(role=Role.STAFF)).get(url).json()["data"]
    assert shown["is_disputed"] is True
    assert shown["attention"]
    [dispute] = shown["disputes"]
    assert dispute["gateway_dispute_id"] == dispute_id
    assert dispute["amount"] == "109.50"
    assert dispute["respond_by"]
    theirs = api_client(order.customer).get(url).json()["data"]
    assert not {"attention", "is_disputed", "disputes"} & set(theirs)
