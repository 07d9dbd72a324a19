"""The rent of a line on its way from the list price to what is asked, step by step (D3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from common.money import format_money, round_minor, step, to_decimal
from payments.domain.period import Period
from payments.domain.pricing.placement import Laid, cheapest_laid, rules_in_reach
from payments.domain.pricing.rules import PriceRule, mean_factor
from payments.domain.pricing.tiers import Cover, Tier, cheapest_cover


class StepKind(StrEnum):
    """The steps after the list price, in the order in which they are taken."""

    RULE = "RULE"
    QUANTITY = "QUANTITY"
    COUPON = "COUPON"
    ADJUSTMENT = "ADJUSTMENT"


@dataclass(frozen=True)
class Step:
    """What one step added to the rent of the line, or took from it if below zero."""

    kind: StepKind
    name: str
    words: str
    amount_minor: int
    percent: Decimal | None = None  # where it must be known for pricing the line anew

    def as_json(self) -> dict[str, Any]:
        """For storing."""
        found = {"step": self.kind.value, "name": self.name, "amount_minor": self.amount_minor}
        return found if self.percent is None else {**found, "percent": str(self.percent)}


@dataclass(frozen=True)
class Rent:
    """The rent of `quantity` units so far. `amount` is exact; it is rounded once, at the end."""

    cover: Cover
    quantity: int
    currency: str
    amount: Fraction
    steps: tuple[Step, ...] = ()

    @property
    def rent_minor(self) -> int:
        return round_minor(self.amount, self.currency)

    def then(
        self, kind: StepKind, name: str, amount: Fraction, *, label: str = "", by: str = ""
    ) -> "Rent":
        """The rent after a step that makes it `amount`; never below zero.

        People read the step as `label` (or else `name`) and `by` how much (or else the money).
        Changes are differences of rounded sums, so the steps add up to the rounded rent.
        """
        after = replace(self, amount=max(Fraction(0), amount))
        change = after.rent_minor - self.rent_minor
        words = f"{label or name} {by or signed(change, self.currency)}"
        return replace(after, steps=(*self.steps, Step(kind, name, words, change)))

    def by_percent(self, percent: Decimal) -> "Rent":
        """The same, with the last step remembered as a percentage."""
        *before, last = self.steps
        return replace(self, steps=(*before, replace(last, percent=percent)))

    def explained(self) -> str:
        """One sentence, such as `1 week + 1 day, High season +20 %: 72.00 EUR` (D3.5)."""
        words = ", ".join([self.cover.words, *(taken.words for taken in self.steps)])
        units = f" for {self.quantity} units" if self.quantity > 1 else ""
        return f"{words}: {format_money(self.rent_minor, self.currency)}{units}"


def list_rent(
    tiers: tuple[Tier, ...],
    rules: Sequence[PriceRule],
    quantity: int,
    currency: str,
    period: Period,
    zone: ZoneInfo,
) -> Rent:
    """The rent by tiers, and by the rules of seasons and weekdays that are in force."""
    tiers = _chargeable(tiers, currency)
    rules = rules_in_reach(tiers, rules, period, zone)
    if not rules:
        cover = cheapest_cover(tiers, period, zone)
        return Rent(cover, quantity, currency, Fraction(cover.amount_minor * quantity))
    laid = cheapest_laid(tiers, rules, period, zone)
    cover = Cover(
        tuple(part.tier for part in laid),
        sum(part.tier.amount_minor for part in laid),
        tuple(mean_factor(rules, part.days) for part in laid),
    )
    rent = Rent(cover, quantity, currency, Fraction(cover.amount_minor * quantity))
    return _under_rules(rent, laid, rules)


def _chargeable(tiers: tuple[Tier, ...], currency: str) -> tuple[Tier, ...]:
    """The tiers in the currency's steps, wherever they were not entered so (row A10)."""
    if step(currency) == 1:
        return tiers
    return tuple(
        replace(tier, amount_minor=round_minor(Decimal(tier.amount_minor), currency))
        for tier in tiers
    )


def _under_rules(rent: Rent, laid: Sequence[Laid], rules: Sequence[PriceRule]) -> Rent:
    """Rule by rule, so that each can be told what it did."""
    days = [day for part in laid for day in part.days]
    for number, rule in enumerate(rules, start=1):
        in_force = rules[:number]
        unit = sum(
            (part.tier.amount_minor * mean_factor(in_force, part.days) for part in laid),
            Fraction(0),
        )
        if on_days := sum(rule.is_for(day) for day in days):
            by = percentage(rule.percent) + _share(on_days, days)
            rent = rent.then(StepKind.RULE, rule.name, unit * rent.quantity, by=by)
    return rent


def _share(on_days: int, days: Sequence[date]) -> str:
    return "" if on_days == len(days) else f" on {on_days} of {len(days)} days"


def percentage(percent: Decimal) -> str:
    """A change as people read it: `+20 %`, `−12.5 %`."""
    return f"{'−' if percent < 0 else '+'}{abs(percent).normalize():f} %"


def signed(amount_minor: int, currency: str) -> str:
    """A change of money: `−5.00`, `+5.00`."""
    return f"{'−' if amount_minor < 0 else '+'}{to_decimal(abs(amount_minor), currency)}"
