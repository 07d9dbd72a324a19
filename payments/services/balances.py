"""What the books say now: of one order, and of the shop (domain rule D6.7; docs/money.md).

Everything here is a sum of ledger entries, in minor units of a currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from common.prepared import fetch
from payments.domain import ledger
from payments.domain.states import REFUND_DONE, REFUND_LIVE
from payments.models import LedgerEntry, PaymentGateway, RentalOrder


@dataclass(frozen=True)
class OrderBalance:
    """An order's accounts. Below zero, `owed_minor` is owed to the customer."""

    currency: str
    owed_minor: int
    deposit_held_minor: int
    refundable_minor: int


def order_balance(order: RentalOrder) -> OrderBalance:
    """What the books say of one order."""
    accounts = _accounts_of(order)
    return OrderBalance(
        currency=order.currency,
        owed_minor=accounts.get(ledger.CUSTOMER, 0),
        deposit_held_minor=-accounts.get(ledger.DEPOSIT, 0),
        refundable_minor=_refundable_minor(order, accounts),
    )


def _accounts_of(order: RentalOrder) -> dict[str, int]:
    entries = LedgerEntry.objects.filter(transaction__order=order).order_by()
    return dict(entries.values_list("account").annotate(Sum("amount_minor")))


def _refundable_minor(order: RentalOrder, accounts: Mapping[str, int]) -> int:
    """The order's cash that is not on its way back, and that no bank has or may take (D6.10)."""
    cash = sum(amount for account, amount in accounts.items() if ledger.is_clearing(account))
    asked = [r for r in order.refunds.all() if r.state in REFUND_LIVE - REFUND_DONE]
    room = sum(payment.refundable_minor for payment in order.payments.all())
    return max(0, min(cash - sum(refund.amount_minor for refund in asked), room))


@dataclass(frozen=True)
class CurrencyBalance:
    """The shop's accounts in one currency, now. Only cash that is short is below zero."""

    currency: str
    deposits_held_minor: int = 0
    owed_by_customers_minor: int = 0
    owed_to_customers_minor: int = 0
    clearing_minor: Mapping[str, int] = field(default_factory=dict)  # by account


# What the shop holds, its customers' money and cash; of the rest there is far more.
_KEPT: Final = [
    ledger.DEPOSIT,
    *map(ledger.clearing, dict.fromkeys([*PaymentGateway.GatewayType.values, "manual"])),
]

_OWED: Final = """
SELECT currency, sum(greatest(owed, 0)), -sum(least(owed, 0)) FROM (
    SELECT entry.currency, sum(entry.amount_minor) AS owed
    FROM payments_ledgerentry entry
    JOIN payments_ledgertransaction fact ON fact.id = entry.transaction_id
    WHERE entry.account = 'customer' GROUP BY fact.order_id, entry.currency
) AS orders WHERE owed <> 0 GROUP BY currency
"""


def shop_balances() -> list[CurrencyBalance]:
    """Deposits held, debts and cash now, by currency; two queries however many entries."""
    entries = LedgerEntry.objects.filter(account__in=_KEPT).order_by("account")
    sums = list(entries.values_list("currency", "account").annotate(Sum("amount_minor")))
    owed = {currency: (int(by), int(to)) for currency, by, to in fetch(_OWED)}
    return [
        _balance(currency, {a: amount for c, a, amount in sums if c == currency}, owed)
        for currency in sorted({currency for currency, _, _ in sums} | owed.keys())
    ]


def _balance(
    currency: str, accounts: Mapping[str, int], owed: Mapping[str, tuple[int, int]]
) -> CurrencyBalance:
    owed_by, owed_to = owed.get(currency, (0, 0))
    return CurrencyBalance(
        currency=currency,
        deposits_held_minor=-accounts.get(ledger.DEPOSIT, 0),
        owed_by_customers_minor=owed_by,
        owed_to_customers_minor=owed_to,
        clearing_minor={a: amount for a, amount in accounts.items() if ledger.is_clearing(a)},
    )


@dataclass(frozen=True)
class DayRevenue:
    """What was earned on one day of the shop's calendar, and taken back: then below zero."""

    day: date
    currency: str
    rent_minor: int = 0
    fee_minor: int = 0
    damage_minor: int = 0
    conceded_minor: int = 0  # given back although nothing was owed: below zero
    tax_minor: int = 0  # beside it, and not the shop's

    @property
    def revenue_minor(self) -> int:
        return self.rent_minor + self.fee_minor + self.damage_minor + self.conceded_minor


_REVENUE: Final = """
SELECT (fact.posted_at AT TIME ZONE %s)::date AS day, entry.currency,
    coalesce(-sum(amount_minor) FILTER (WHERE account = 'rent'), 0)::bigint,
    coalesce(-sum(amount_minor) FILTER (WHERE account = 'fee'), 0)::bigint,
    coalesce(-sum(amount_minor) FILTER (WHERE account = 'damage'), 0)::bigint,
    coalesce(-sum(amount_minor) FILTER (WHERE account = 'refunds'), 0)::bigint,
    coalesce(-sum(amount_minor) FILTER (WHERE account = 'tax'), 0)::bigint
FROM payments_ledgertransaction fact
JOIN payments_ledgerentry entry ON entry.transaction_id = fact.id
WHERE fact.posted_at >= %s AND fact.posted_at < %s
    AND account IN ('rent', 'fee', 'damage', 'refunds', 'tax')
GROUP BY 1, 2 ORDER BY 1, 2
"""


def revenue_by_day(first: date, last: date) -> list[DayRevenue]:
    """Each day from `first` to `last`, both included, on which something was posted; one query."""
    begin, end = _midnight(first), _midnight(last + timedelta(days=1))
    return [DayRevenue(*row) for row in fetch(_REVENUE, [settings.SHOP_TIME_ZONE, begin, end])]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.SHOP_TIME_ZONE))


def shop_today() -> date:
    """The day that it is now on the shop's wall clock."""
    return timezone.now().astimezone(ZoneInfo(settings.SHOP_TIME_ZONE)).date()
