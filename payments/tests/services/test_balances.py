"""What the books say of an order and of the shop (D6.7): sums of the ledger, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.domain import ledger
from payments.domain.facts import DisputeFact
from payments.domain.ledger import Entry, Price
from payments.domain.states import DisputeStatus
from payments.models import LedgerTransaction, RentalOrder
from payments.services import orders
from payments.services.balances import (
    CurrencyBalance,
    DayRevenue,
    order_balance,
    revenue_by_day,
    shop_balances,
    shop_today,
)
from payments.services.journal import SYSTEM
from payments.services.ledger import post
from payments.services.settlement import absorb
from payments.services.staff_refunds import pay_by_hand, refundable_minor
from payments.tests.factories import make_gateway, make_user, place, place_paid
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import REFUND_FAILS_LATER, again, cancel, confirmed

pytestmark = pytest.mark.django_db(transaction=True)

NOON: Final = datetime(2026, 3, 10, 12, tzinfo=UTC)


def tent(number: int = 1) -> RentalOrder:
    """Yet to be posted: the order of docs/money.md."""
    order = place(make_user(), (make_product(), 1))
    post(order, f"pi_{number}:captured", ledger.captured("stripe_clearing", 16_900))
    post(order, f"{order.pk}:charged", ledger.charged(Price(10_000, 1_900, 5_000)))
    return order


def posted_at(reference: str, instant: datetime) -> None:
    """Facts have the database's time, which nobody may change; here somebody must."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        LedgerTransaction.objects.filter(reference=reference).update(posted_at=instant)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_the_example_of_the_documentation_stands_as_it_says() -> None:
    """docs/money.md, line by line."""
    make_gateway()
    order = tent()
    post(order, "re_1:succeeded", ledger.refunded("stripe_clearing", 1_000, 0))
    assert shop_balances() == [
        CurrencyBalance("EUR", 5_000, 0, 0, {"stripe_clearing": 15_900}),
    ]
    today = revenue_by_day(shop_today(), shop_today())
    assert [(row.rent_minor, row.conceded_minor, row.tax_minor) for row in today] == [
        (10_000, -1_000, 1_900)
    ]
    ended = ledger.cancelled(Price(10_000, 1_900, 5_000), 5_950, 1_000, "EUR")
    post(order, f"{order.pk}:cancelled", ended)
    assert shop_balances() == [
        CurrencyBalance("EUR", 0, 0, 9_950, {"stripe_clearing": 15_900}),
    ]
    post(order, "re_2:succeeded", ledger.refunded("stripe_clearing", 9_950, 9_950))
    assert shop_balances() == [CurrencyBalance("EUR", 0, 0, 0, {"stripe_clearing": 5_950})]
    (row,) = revenue_by_day(shop_today(), shop_today())
    assert (row.revenue_minor, row.tax_minor) == (5_000, 950)


def test_debts_of_different_customers_do_not_cancel_each_other_out() -> None:
    make_gateway()
    for number, owed in ((1, 300), (2, -500), (3, 40)):
        order = tent(number)
        post(order, f"x_{number}", [Entry("customer", owed), Entry("fee", -owed)])
    (balance,) = shop_balances()
    assert (balance.owed_by_customers_minor, balance.owed_to_customers_minor) == (340, 500)
    assert balance.deposits_held_minor == 15_000


def test_a_day_is_the_shops_and_both_ends_count() -> None:
    """In Berlin it is midnight at 23:00 UTC."""
    make_gateway()
    tent()
    charged = LedgerTransaction.objects.get(reference__endswith=":charged").reference
    for instant, day in (
        (datetime(2026, 3, 9, 22, 59, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 3, 9, 23, 0, tzinfo=UTC), date(2026, 3, 10)),
        (datetime(2026, 3, 10, 22, 59, tzinfo=UTC), date(2026, 3, 10)),
    ):
        posted_at(charged, instant)
        assert revenue_by_day(day, day) == [
            DayRevenue(day, "EUR", rent_minor=10_000, tax_minor=1_900)
        ]
        assert revenue_by_day(day + timedelta(days=1), day + timedelta(days=9)) == []
        assert revenue_by_day(day - timedelta(days=9), day - timedelta(days=1)) == []


def test_currencies_stand_side_by_side() -> None:
    make_gateway()
    tent()
    yen = place(make_user(), (make_product(), 1))
    yen.currency = "JPY"
    post(yen, "pi_yen:captured", ledger.captured("manual_clearing", 700))
    assert [(row.currency, dict(row.clearing_minor)) for row in shop_balances()] == [
        ("EUR", {"stripe_clearing": 16_900}),
        ("JPY", {"manual_clearing": 700}),
    ]


def test_however_many_orders_there_are_the_queries_are_as_many() -> None:
    make_gateway()
    for number in range(2):
        with CaptureQueriesContext(connection) as captured:
            shop_balances()
            revenue_by_day(date(2026, 1, 1), date(2026, 12, 31))
        assert len(captured) == 3
        for more in range(5):
            tent(10 * number + more)


def test_what_can_be_refunded_now_is_the_cash_that_is_not_spoken_for(sandbox: Sandbox) -> None:
    """The books and the rows of payments and refunds say the same, all along an order's life."""
    order, payment = confirmed(sandbox, REFUND_FAILS_LATER)

    def stands(owed: int, deposit: int, refundable: int) -> None:
        fresh = RentalOrder.objects.get(pk=order.pk)
        found = order_balance(fresh)
        assert (found.owed_minor, found.deposit_held_minor) == (owed, deposit)
        assert found.refundable_minor == refundable_minor(fresh) == refundable

    stands(0, 5_000, 10_950)
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount="950")
    deliver_all_news(sandbox)
    stands(0, 5_000, 10_000)
    refund = cancel(order)
    stands(-10_000, 0, 0)
    work()
    stands(0, 0, 0)
    sandbox.advance(60)
    deliver_all_news(sandbox)
    assert again(refund).status == "FAILED"
    stands(-10_950, 0, 10_950)
    pay_by_hand(refund.pk, make_user(role=Role.STAFF), "Cash.")
    stands(-950, 0, 950)


def deliver_all_news(sandbox: Sandbox) -> None:
    deliver_all(Client(), sandbox.events())
    quiet()


def test_nothing_can_be_refunded_of_what_a_bank_may_take() -> None:
    make_gateway()
    order = place_paid(make_user(), (make_product(), 1))
    payment = order.payments.get()
    asks = DisputeFact(DisputeStatus.NEEDS_RESPONSE, "du_1", payment.intent_id, 100, "EUR")
    absorb(payment, [asks])
    assert order_balance(RentalOrder.objects.get()).refundable_minor == 0


def test_an_order_that_nobody_paid_has_nothing_in_the_books() -> None:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    found = order_balance(order)
    assert (found.owed_minor, found.deposit_held_minor, found.refundable_minor) == (0, 0, 0)
