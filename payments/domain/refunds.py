"""How much goes back for what, and from which payment (domain rule D5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from common.money import round_minor


@dataclass(frozen=True)
class Parts:
    """What an amount is made of, in minor units. The deposit is the customer's own money (D4)."""

    rent: int = 0
    tax: int = 0
    deposit: int = 0

    @property
    def total(self) -> int:
        return self.rent + self.tax + self.deposit


@dataclass(frozen=True)
class Line:
    """A line of an order, in minor units, and how many of its units were given back before."""

    quantity: int
    rent_minor: int
    tax_minor: int
    deposit_minor: int
    given_back: int = 0
    deposits_given_back: int = 0

    def has(self, units: int, with_deposit: bool) -> bool:
        """Whether so many of its units were not given back yet."""
        deposits = self.deposits_given_back + (units if with_deposit else 0)
        return self.given_back + units <= self.quantity and deposits <= self.quantity


def parts_of_units(line: Line, units: int, with_deposit: bool, currency: str) -> Parts:
    """What `units` of a line come to. In whatever pieces a line goes back, it is the line's sum."""

    def share(amount: int, before: int) -> int:
        return _up_to(amount, before + units, line.quantity, currency) - _up_to(
            amount, before, line.quantity, currency
        )

    return Parts(
        rent=share(line.rent_minor, line.given_back),
        tax=share(line.tax_minor, line.given_back),
        deposit=share(line.deposit_minor, line.deposits_given_back) if with_deposit else 0,
    )


def _up_to(amount: int, units: int, quantity: int, currency: str) -> int:
    """The share of the first `units`: pieces are differences of it, so no rounding adds up."""
    return round_minor(Decimal(amount) * units / quantity, currency)


def spread(amount: int, rooms: Iterable[int]) -> list[int]:
    """Share `amount` out over the room that each payment has left, in their order.

    The newest payment comes first: it is the likeliest that the customer's bank still takes a
    refund for, and what was paid last (an extension, a second payment) is what is given back.
    """
    parts = []
    for room in rooms:
        part = min(amount, max(0, room))
        parts.append(part)
        amount -= part
    return parts


def deposit_within(amount: int, rent_left: int, deposit_left: int) -> int:
    """How much of an amount is deposit, where nobody said so: what rent and tax do not cover."""
    return min(deposit_left, max(0, amount - rent_left))


def rent_given_back(given_back: int, deposits: int, received: int, asked: int) -> int:
    """How much of what went back was rent and tax: all that was not said to be deposit, and had not
    been paid beyond what was asked (twice, say)."""
    return max(0, given_back - deposits - max(0, received - asked))


def needs_approval(amount: int, currency: str, limits: Mapping[str, int]) -> bool:
    """Whether a second person has to agree: above the currency's limit, if it has one."""
    limit = limits.get(currency)
    return limit is not None and amount > limit


def add(parts: Sequence[Parts]) -> Parts:
    """The sum of several."""
    return Parts(
        rent=sum(part.rent for part in parts),
        tax=sum(part.tax for part in parts),
        deposit=sum(part.deposit for part in parts),
    )
