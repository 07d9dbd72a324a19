"""What comes back when an order is cancelled or not picked up (domain rule D5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from typing import Any, Final

from common.money import round_minor
from payments.domain.refunds import Parts, rent_given_back


@dataclass(frozen=True)
class Policy:
    """Ordered from long to short notice: (minimum notice, percent of rent and tax given back)."""

    tiers: tuple[tuple[timedelta, int], ...]

    def percent_back(self, notice: timedelta) -> int:
        return next((percent for minimum, percent in self.tiers if notice >= minimum), 0)

    def as_json(self) -> list[dict[str, int]]:
        """For keeping on the order: a later change of the shop's policy does not touch it."""
        return [
            {"min_notice_hours": int(minimum.total_seconds() // 3600), "percent_back": percent}
            for minimum, percent in self.tiers
        ]

    @classmethod
    def from_json(cls, rows: list[dict[str, Any]]) -> "Policy":
        return cls(
            tuple((timedelta(hours=row["min_notice_hours"]), row["percent_back"]) for row in rows)
        )

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """From `hours:percent` pairs such as `168:100,48:50`. Raises ValueError with what is wrong.

        Longer notice comes first and never gives less; `0:0` is a shop that gives nothing back.
        """
        try:
            pairs = [tuple(map(int, pair.split(":"))) for pair in text.split(",")]
            tiers = [(timedelta(hours=hours), percent) for hours, percent in pairs]
        except (ValueError, OverflowError):
            raise ValueError("it is not a list such as 168:100,48:50") from None
        if not all(notice >= timedelta(0) and 0 <= percent <= 100 for notice, percent in tiers):
            raise ValueError("hours are from 0, and percent from 0 to 100")
        if any(a[0] <= b[0] or a[1] < b[1] for a, b in pairwise(tiers)):
            raise ValueError("longer notice comes first and gives at least as much back")
        return cls(tuple(tiers))


DEFAULT_POLICY: Final = Policy(((timedelta(days=7), 100), (timedelta(hours=48), 50)))


class Ending(Enum):
    """Why the rental does not take place; the value says it to the customer."""

    UNPAID = "The order is not confirmed, so nothing is kept."
    BY_SHOP = "The shop cancels, so nothing is kept."
    BY_CUSTOMER = "The policy gives {percent} % of the rent back with {notice} to go."
    NO_SHOW = "It was not picked up: the policy gives {percent} % of the rent back without notice."


@dataclass(frozen=True)
class Paid:
    """An order's money in minor units: its price, what was received, and what went back before.

    `fee` is what the shop keeps already, because of changes of the order.
    """

    price: Parts
    currency: str
    received: int
    given_back: int = 0
    deposit_given_back: int = 0
    fee: int = 0

    @property
    def balance(self) -> int:
        return max(0, self.received - self.given_back)

    @property
    def rent_left(self) -> int:
        """Of rent and tax."""
        before = rent_given_back(
            self.given_back,
            self.deposit_given_back,
            self.received,
            self.price.total + self.fee,
        )
        return max(0, self.price.rent + self.price.tax - before)

    @property
    def deposit_left(self) -> int:
        return max(0, self.price.deposit - self.deposit_given_back)


@dataclass(frozen=True)
class Cancellation:
    """`back` is what comes back, `kept` what the shop keeps of rent, tax and fees for changes that
    were made before, in minor units."""

    ending: Ending
    notice: timedelta
    percent: int
    back: Parts
    kept: int

    def reasons(self) -> Iterator[tuple[str, int, str]]:
        """Each part with its amount and a sentence for the customer."""
        notice = words_of_notice(self.notice)
        why = self.ending.value.format(percent=self.percent, notice=notice)
        yield "rent", self.back.rent, why
        yield "tax", self.back.tax, "Tax goes the way of the rent that it was charged for."
        yield "deposit", self.back.deposit, "A deposit comes back whole before pickup."


def cancellation(*, ending: Ending, policy: Policy, notice: timedelta, paid: Paid) -> Cancellation:
    """What comes back if the order ends now, so long (`notice`) before its start."""
    percent = _percent(ending, policy, notice)
    total = paid.price.rent + paid.price.tax
    by_shop = ending in (Ending.UNPAID, Ending.BY_SHOP)
    fee = 0 if by_shop else min(paid.fee, paid.balance)
    kept = min(kept_of(total, percent, paid.currency), paid.rent_left, paid.balance - fee) + fee
    return Cancellation(ending, notice, percent, _parts(paid, kept), kept)


def _percent(ending: Ending, policy: Policy, notice: timedelta) -> int:
    if ending is Ending.BY_CUSTOMER:
        return policy.percent_back(notice)
    return policy.percent_back(timedelta(0)) if ending is Ending.NO_SHOW else 100


def kept_of(total_minor: int, percent_back: int, currency: str) -> int:
    """The part of rent and tax that the shop keeps: one rounding, to what can be charged (D3.4)."""
    return round_minor(Decimal(total_minor) * (100 - percent_back) / 100, currency)


def _parts(paid: Paid, kept: int) -> Parts:
    """The deposit whole, as far as it is there; the rest is rent and tax in their proportion."""
    back = paid.balance - kept
    deposit = min(back, paid.deposit_left)
    total = paid.price.rent + paid.price.tax
    share = Decimal(back - deposit) * paid.price.tax / total if total else Decimal(0)
    tax = round_minor(share, paid.currency)
    return Parts(rent=back - deposit - tax, tax=tax, deposit=deposit)


def words_of_notice(notice: timedelta) -> str:
    """How long before the start: `8 days`, `47 hours`, `less than an hour`."""
    hours = int(notice.total_seconds() // 3600)
    if hours < 1:
        return "less than an hour"
    if hours >= 72:
        return f"{hours // 24} days"
    return "1 hour" if hours == 1 else f"{hours} hours"
