"""Facts in the books: each once, balanced, and never changed (D6.7, rules R4 and R14)."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from payments.domain.ledger import Entry
from payments.models import LedgerEntry, LedgerTransaction, RentalOrder
from payments.services import orders
from payments.services.journal import SYSTEM, Actor
from payments.services.ledger import post
from payments.tests.factories import make_gateway
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import REFUND_FAILS_LATER, again, confirmed, paid_order

pytestmark = pytest.mark.django_db(transaction=True)

BALANCED = [Entry("customer", 100), Entry("rent", -100)]


def accounts(order: RentalOrder) -> dict[str, int]:
    """What stands on each account for `order`."""
    found: Counter[str] = Counter()
    for entry in LedgerEntry.objects.filter(transaction__order=order):
        found[entry.account] += entry.amount_minor
    return {account: amount for account, amount in found.items() if amount}


def references(order: RentalOrder) -> list[str]:
    return list(order.ledger.values_list("reference", flat=True))


def customer_cancels(order: RentalOrder, *, notice: timedelta) -> None:
    orders.cancel_order(
        order_id=order.pk,
        actor=Actor.of(order.customer),
        now=again(order).rental_start_date - notice,
    )


def test_a_paid_order_owes_rent_tax_and_deposit_and_has_its_cash(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    assert references(order) == [f"{payment.intent_id}:captured", f"{order.pk}:charged"]
    assert accounts(order) == {
        "stripe_clearing": order.due_minor,
        "rent": -order.rent_minor,
        "tax": -order.tax_minor,
        "deposit": -order.deposit_minor,
    }


def test_news_that_come_again_are_not_posted_again(sandbox: Sandbox) -> None:
    confirmed(sandbox)
    before = LedgerTransaction.objects.count()
    deliver_all(Client(), sandbox.events())
    quiet()
    assert LedgerTransaction.objects.count() == before
    assert_books(sandbox)


def test_an_order_that_the_shop_cancels_leaves_nothing(sandbox: Sandbox) -> None:
    order, _ = confirmed(sandbox)
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    quiet()
    assert accounts(order) == {}
    assert_books(sandbox)


def test_what_the_policy_keeps_stays_revenue_and_tax(sandbox: Sandbox) -> None:
    order, _ = confirmed(sandbox)
    customer_cancels(order, notice=timedelta(days=3))
    quiet()
    kept = again(order).kept_minor
    assert 0 < kept < order.total_minor
    left = accounts(order)
    assert left.keys() == {"stripe_clearing", "rent", "tax"}
    assert (left["stripe_clearing"], left["rent"] + left["tax"]) == (kept, -kept)
    assert_books(sandbox)


def test_a_refund_that_fails_later_is_owed_again(sandbox: Sandbox) -> None:
    order, _ = confirmed(sandbox, REFUND_FAILS_LATER)
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    quiet()
    sandbox.advance(60)
    deliver_all(Client(), sandbox.events())
    quiet()
    assert order.refunds.get().status == "FAILED"
    assert accounts(order) == {
        "stripe_clearing": order.due_minor,
        "customer": -order.due_minor,
    }


def test_money_that_comes_too_late_goes_through_the_books_and_back(sandbox: Sandbox) -> None:
    make_gateway()
    order, payment, events = paid_order(sandbox)
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    deliver_all(Client(), events)
    quiet()
    [refund] = order.refunds.all()
    assert references(order) == [
        f"{again(payment).intent_id}:captured",
        f"{refund.gateway_refund_id}:succeeded",
    ]
    assert accounts(order) == {}
    assert_books(sandbox)


def test_a_refund_from_the_dashboard_is_a_concession(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount="1000")
    deliver_all(Client(), sandbox.events())
    quiet()
    assert accounts(order)["refunds"] == 1_000
    assert accounts(order)["stripe_clearing"] == order.due_minor - 1_000
    customer_cancels(order, notice=timedelta(days=30))
    quiet()
    assert accounts(order) == {}
    assert_books(sandbox)


def test_a_fact_that_moves_nothing_is_not_posted(sandbox: Sandbox) -> None:
    order, _ = confirmed(sandbox)
    before = references(order)
    post(order, "nothing", [])
    assert references(order) == before


def test_the_database_posts_a_fact_once(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    with pytest.raises(IntegrityError), transaction.atomic():
        post(order, f"{payment.intent_id}:captured", BALANCED)


def test_the_database_commits_nothing_that_does_not_balance(sandbox: Sandbox) -> None:
    order, _ = confirmed(sandbox)
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        post(order, "off by one", [Entry("customer", 100), Entry("rent", -99)])


@pytest.mark.parametrize("table", ["payments_ledgertransaction", "payments_ledgerentry"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_the_database_lets_nobody_change_the_books(table: str, change: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change.format(table))
