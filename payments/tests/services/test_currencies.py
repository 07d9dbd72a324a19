"""Money of every kind of currency, exact from the price to the ledger (matrix rows A10 and A11)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Role
from catalog.tests.factories import make_product
from common.money import MAX_MINOR, round_minor, step, to_decimal
from payments.models import LedgerEntry, Payment, PaymentGateway, RentalOrder
from payments.services.checkout import checkout_lines
from payments.services.ledger import balance
from payments.services.reconcile import reconcile
from payments.services.staff_refunds import Units, Wanted, refund_order
from payments.tests.factories import make_gateway, make_user, period, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import again, create

pytestmark = pytest.mark.django_db(transaction=True)

# With a price and a deposit, in minor units, that no round number divides. EUR and HUF have two
# decimals, JPY and KRW none, KWD three of which the last is 0; ISK and UGX two that are both 0.
CURRENCIES = [
    ("EUR", 3333, 1001),
    ("JPY", 3333, 1001),
    ("KRW", 33333, 10001),
    ("HUF", 333333, 100001),
    ("KWD", 33330, 10010),
    ("ISK", 333300, 100100),
    ("UGX", 3333300, 1000100),
]


def paid(sandbox: Sandbox, currency: str, price: int, deposit: int) -> tuple[RentalOrder, Payment]:
    """Three units for three days, paid."""
    make_gateway()
    product = make_product(currency=currency, tiers=[("DAY", 1, price)], deposit_minor=deposit)
    order, payment = place_with_checkout(make_user(), (product, 3), when=period(3))
    sandbox.pay(payment.session_id)
    deliver_all(Client(), sandbox.events())
    work()
    return again(order), again(payment)


@pytest.mark.parametrize(("currency", "price", "deposit"), CURRENCIES)
def test_order_payment_refunds_and_ledger_are_exact(
    sandbox: Sandbox, currency: str, price: int, deposit: int
) -> None:
    """A10: an amount, a unit of a line, and then all the rest; both books are equal throughout."""
    order, payment = paid(sandbox, currency, price, deposit)
    rent = 3 * 3 * price
    tax = round_minor(rent * Decimal("0.19"), currency)
    assert (order.rent_minor, order.tax_minor) == (rent, tax)
    assert order.status == "CONFIRMED"
    session = sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")
    assert session["amount_total"] == order.due_minor == rent + tax + 3 * deposit
    assert payment.captured_minor == order.due_minor
    part = round_minor(Decimal(rent) / 7, currency)
    staff = make_user(role=Role.STAFF)
    for wanted in (
        Wanted(amount=to_decimal(part, currency)),
        Wanted(units=[Units(order.items.get().pk, 1, with_deposit=True)]),
        Wanted(),
    ):
        refund_order(order_id=order.pk, wanted=wanted, staff=staff)
        quiet()
        assert_books(sandbox)
        assert reconcile().differing == 0
    (line,) = sandbox.books()
    assert [refund["status"] for refund in line["refunds"]] == ["succeeded"] * 3
    assert all(refund["amount"] % step(currency) == 0 for refund in line["refunds"])
    assert line["refunded"] == again(payment).refunded_minor == order.due_minor
    assert balance(order, "stripe_clearing") == balance(order, "customer") == 0
    sums = LedgerEntry.objects.values_list("currency").annotate(Sum("amount_minor"))
    assert list(sums) == [(currency, 0)]


def largest(currency: str) -> int:
    return MAX_MINOR // step(currency) * step(currency)


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD", "UGX"])
def test_the_largest_total_is_paid_and_one_step_more_is_refused(
    sandbox: Sandbox, currency: str
) -> None:
    """A11: refused as bad input, and nothing is written."""
    make_gateway()
    price = largest(currency) - step(currency)

    def ask(deposit: int) -> Any:
        product = make_product(
            currency=currency, tiers=[("DAY", 2, price)], tax_rate=0, deposit_minor=deposit
        )
        return create(make_user(), product)

    refused = ask(2 * step(currency))
    assert (refused.status_code, refused.json()["code"]) == (400, "amount_too_large")
    assert not RentalOrder.objects.exists()
    assert not Payment.objects.exists()
    made = ask(step(currency))
    assert made.status_code == 201
    sandbox.pay(made.json()["data"]["session_id"])
    quiet()
    assert Payment.objects.get().captured_minor == largest(currency)
    assert RentalOrder.objects.get().status == "CONFIRMED"
    assert_books(sandbox)


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    currency=st.sampled_from([currency for currency, _, _ in CURRENCIES]),
    price=st.integers(2000, 4500),
    deposit=st.integers(0, 90_000),
    tax=st.decimals(0, 1, places=4),
    quantity=st.integers(1, 4),
    days=st.integers(1, 20),
)
@example(currency="UGX", price=2001, deposit=50, tax=Decimal("0.0049"), quantity=1, days=1)
def test_lines_total_and_the_sessions_line_items_are_the_same_sum(
    sandbox: Sandbox,
    currency: str,
    price: int,
    deposit: int,
    tax: Decimal,
    quantity: int,
    days: int,
) -> None:
    """A11."""
    PaymentGateway.objects.exists() or make_gateway()
    product = make_product(
        currency=currency, tiers=[("DAY", 1, price * 100)], deposit_minor=deposit, tax_rate=tax
    )
    order, payment = place_with_checkout(make_user(), (product, quantity), when=period(days))
    items = list(order.items.all())
    lines = sum(item.rent_minor + item.tax_minor + item.deposit_minor for item in items)
    ours = [(line.unit_minor * line.quantity) for line in checkout_lines(items)]
    assert order.due_minor == payment.amount_minor == lines == sum(ours)
    session = sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")
    shown = sandbox.get(f"/v1/checkout/sessions/{payment.session_id}/line_items", limit="100")
    assert [item["amount_total"] for item in shown["data"]] == ours
    assert (session["amount_total"], session["currency"]) == (sum(ours), currency.lower())
