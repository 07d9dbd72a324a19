"""Which accounts a fact moves (domain rule D6.7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain import ledger
from payments.domain.ledger import Price

PRICE = Price(rent_minor=10_000, tax_minor=1_900, deposit_minor=5_000)
AMOUNTS = st.integers(0, 99_999_999)


def test_an_order_that_is_charged_is_owed_by_the_customer_and_its_deposit_to_him() -> None:
    assert ledger.charged(PRICE) == [
        ("customer", 16_900),
        ("rent", -10_000),
        ("tax", -1_900),
        ("deposit", -5_000),
    ]


def test_what_moves_nothing_is_not_written() -> None:
    assert ledger.charged(Price(0, 0, 0)) == []
    assert ledger.charged(Price(500, 0, 0)) == [("customer", 500), ("rent", -500)]


def test_a_refund_pays_what_is_owed_first_and_the_rest_is_a_concession() -> None:
    assert ledger.refunded("stripe_clearing", 700, 1_000) == [
        ("stripe_clearing", -700),
        ("customer", 700),
    ]
    assert ledger.refunded("stripe_clearing", 700, 300) == [
        ("stripe_clearing", -700),
        ("customer", 300),
        ("refunds", 400),
    ]


def test_a_customer_who_owes_something_is_owed_nothing() -> None:
    assert ledger.refunded("stripe_clearing", 700, -300)[1:] == [("refunds", 700)]


def test_a_cancelled_order_keeps_rent_and_tax_in_proportion_and_frees_the_deposit() -> None:
    assert ledger.cancelled(PRICE, 5_950, 0, "EUR") == [
        ("rent", 5_000),
        ("tax", 950),
        ("deposit", 5_000),
        ("customer", -10_950),
    ]


def test_what_was_conceded_before_counts_towards_what_is_owed_on_cancelling() -> None:
    entries = dict(ledger.cancelled(PRICE, 5_950, 1_000, "EUR"))
    assert (entries["refunds"], entries["customer"]) == (-1_000, -9_950)
    more_than_owed = dict(ledger.cancelled(PRICE, 11_900, 8_000, "EUR"))
    assert more_than_owed["refunds"] == -5_000
    assert "customer" not in more_than_owed


def test_what_was_conceded_does_not_become_the_debt_of_a_customer_who_owed_all_of_it() -> None:
    """His bank took 16,900 and 500 beside before the order was in the books."""
    entries = dict(ledger.cancelled(PRICE, 0, 500, "EUR", owing_minor=16_900))
    assert "refunds" not in entries
    assert entries["customer"] == -16_900
    some = dict(ledger.cancelled(PRICE, 0, 500, "EUR", owing_minor=16_600))
    assert (some["refunds"], some["customer"]) == (-300, -16_600)
    owed = dict(ledger.cancelled(PRICE, 0, 500, "EUR", owing_minor=-100))
    assert (owed["refunds"], owed["customer"]) == (-500, -16_400)


@pytest.mark.parametrize(
    ("currency", "kept", "kept_tax"), [("JPY", 5, 1), ("EUR", 5, 1), ("KWD", 5_005, 800)]
)
def test_kept_tax_is_rounded_once_to_what_the_currency_knows(
    currency: str, kept: int, kept_tax: int
) -> None:
    entries = dict(ledger.cancelled(PRICE, kept, 0, currency))
    assert entries["tax"] == 1_900 - kept_tax


@given(
    price=st.builds(Price, AMOUNTS, AMOUNTS, AMOUNTS),
    percent=st.integers(0, 100),
    conceded=AMOUNTS,
    owed=st.integers(-99_999_999, 99_999_999),
    amount=st.integers(1, 99_999_999),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "ISK"]),
)
def test_every_fact_balances(
    price: Price, percent: int, conceded: int, owed: int, amount: int, currency: str
) -> None:
    kept = (price.rent_minor + price.tax_minor) * percent // 100
    for entries in (
        ledger.charged(price),
        ledger.captured("stripe_clearing", amount),
        ledger.refunded("stripe_clearing", amount, owed),
        ledger.refund_failed("stripe_clearing", amount),
        ledger.cancelled(price, kept, conceded, currency),
        ledger.cancelled(price, kept, conceded, currency, owing_minor=owed),
    ):
        assert sum(entry.amount_minor for entry in entries) == 0
        assert all(entry.amount_minor for entry in entries)
