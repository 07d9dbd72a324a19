"""Double entry: which accounts a fact about money moves, and by how much (domain rule D6.7).

Debits are positive and credits negative, so the entries of a fact sum to zero. What an order's
`customer` account shows is what the customer still owes, or, below zero, what is owed to him.
docs/money.md has a worked example, docs/adr/0008 the reasons.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from common.money import round_minor

CUSTOMER: Final = "customer"
RENT: Final = "rent"
TAX: Final = "tax"
FEE: Final = "fee"
DAMAGE: Final = "damage"
DEPOSIT: Final = "deposit"  # the customers' own money, in the shop's keeping (D4)
REFUNDS: Final = "refunds"  # given back although nothing was owed
GATEWAY_FEES: Final = "gateway_fees"
ACCOUNTS: Final = (CUSTOMER, RENT, TAX, FEE, DAMAGE, DEPOSIT, REFUNDS, GATEWAY_FEES)


class Entry(NamedTuple):
    """So many minor units on an account."""

    account: str
    amount_minor: int


Entries = list[Entry]


class Price(NamedTuple):
    """What an order costs, in minor units."""

    rent_minor: int
    tax_minor: int
    deposit_minor: int


def clearing(gateway_type: str) -> str:
    """The account of the money that a payment service holds for the shop."""
    return f"{gateway_type.lower()}_clearing"


def is_clearing(account: str) -> bool:
    """Whether it is such an account: cash, wherever it lies."""
    return account.endswith("_clearing")


def charged(price: Price) -> Entries:
    """An order became binding: the customer owes its price."""
    return _entries(
        (CUSTOMER, sum(price)),
        (RENT, -price.rent_minor),
        (TAX, -price.tax_minor),
        (DEPOSIT, -price.deposit_minor),
    )


def changed(difference: Price, fee_minor: int, conceded_minor: int) -> Entries:
    """A binding order was changed: its price moved by `difference`, and the shop keeps a fee.

    What is owed to the customer then is less what was conceded to him before: that is now owed.
    """
    owed = sum(difference) + fee_minor
    conceded = min(conceded_minor, max(0, -owed))
    return _entries(
        (CUSTOMER, owed + conceded),
        (RENT, -difference.rent_minor),
        (TAX, -difference.tax_minor),
        (DEPOSIT, -difference.deposit_minor),
        (FEE, -fee_minor),
        (REFUNDS, -conceded),
    )


def captured(cash: str, amount_minor: int) -> Entries:
    """The customer paid; `cash` is the clearing account of the payment service."""
    return _entries((cash, amount_minor), (CUSTOMER, -amount_minor))


def refunded(cash: str, amount_minor: int, owed_minor: int) -> Entries:
    """Money went back. What exceeds the `owed_minor` owed to the customer was a concession."""
    owed = min(amount_minor, max(0, owed_minor))
    return _entries((cash, -amount_minor), (CUSTOMER, owed), (REFUNDS, amount_minor - owed))


def refund_failed(cash: str, amount_minor: int) -> Entries:
    """A refund that had succeeded came back: it is owed to the customer again (rule R4)."""
    return _entries((cash, amount_minor), (CUSTOMER, -amount_minor))


def reinstated(cash: str, amount_minor: int, conceded_minor: int) -> Entries:
    """A bank gave back what it had taken for a dispute, which was posted as if it were a refund.

    The `conceded_minor` given back although nothing was owed come first; the rest had paid what was
    owed to the customer, and is owed again.
    """
    conceded = min(amount_minor, max(0, conceded_minor))
    return _entries((cash, amount_minor), (REFUNDS, -conceded), (CUSTOMER, conceded - amount_minor))


def cancelled(
    price: Price,
    kept_minor: int,
    conceded_minor: int,
    currency: str,
    fee_minor: int = 0,
    owing_minor: int = 0,
) -> Entries:
    """A binding order ended unused: the shop keeps `kept_minor`, the fee for earlier changes first,
    and then of rent and tax in proportion.

    The rest is owed to the customer, less the `owing_minor` that he owed and less what was conceded
    to him before: that is now owed. A bank may have taken more than that; it stays conceded.
    """
    total = price.rent_minor + price.tax_minor
    kept_fee = min(fee_minor, kept_minor)
    kept = kept_minor - kept_fee
    kept_tax = round_minor(Decimal(kept) * price.tax_minor / total, currency) if total else 0
    back = sum(price) + fee_minor - kept_minor
    conceded = min(conceded_minor, max(0, back - max(0, owing_minor)))
    return _entries(
        (RENT, price.rent_minor - (kept - kept_tax)),
        (TAX, price.tax_minor - kept_tax),
        (FEE, fee_minor - kept_fee),
        (DEPOSIT, price.deposit_minor),
        (REFUNDS, -conceded),
        (CUSTOMER, conceded - back),
    )


def deposit_settled(deposit_minor: int, claims: Mapping[str, int], gone_minor: int) -> Entries:
    """Claims are taken from the deposit, and the rest of it is owed to the customer (D4).

    `claims` are amounts by account; what the deposit does not cover, the customer owes. Of the
    deposit `gone_minor` went back before, which was a concession then.
    """
    claimed = sum(claims.values())
    return _entries(
        (DEPOSIT, deposit_minor),
        *((account, -amount) for account, amount in claims.items()),
        (REFUNDS, -gone_minor),
        (CUSTOMER, claimed - deposit_minor + gone_minor),
    )


def _entries(*amounts: tuple[str, int]) -> Entries:
    """Those that move anything."""
    entries: Iterable[Entry] = (Entry(account, amount) for account, amount in amounts)
    return [entry for entry in entries if entry.amount_minor]
