"""What a change of an order would make of it: computed once, for the preview and for the deed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.deposits import strictest
from common.errors import InvalidInput
from common.money import MAX_MINOR, to_decimal
from payments.domain.changes import (
    ChangeKind,
    Shape,
    check_change,
    check_direction,
    fee_for,
    percent_back,
)
from payments.domain.errors import AmountTooLarge, PriceChanged
from payments.domain.ledger import Price
from payments.domain.period import Period
from payments.domain.pricing import Adjustment
from payments.models import RentalOrder, RentalOrderItem
from payments.services.cancellation import policy_of
from payments.services.coupons import agreed_coupon
from payments.services.journal import Actor
from payments.services.order_rows import items_of, shape_of
from payments.services.quotes import CartLine, check_adjusted, quote_cart


@dataclass(frozen=True)
class Wanted:
    """What is to be different: what is None stays.

    For staff: `everything_back`, if nothing is to be kept of what is given up, and `adjustments`,
    by product, of prices by hand. Where `expected_total` is given, the order's new total must be
    that (in its currency, deposit included).
    """

    kind: ChangeKind
    start: datetime | None = None
    end: datetime | None = None
    lines: Sequence[CartLine] | None = None
    everything_back: bool = False
    adjustments: Mapping[UUID, Adjustment] = field(default_factory=dict)
    expected_total: Decimal | None = None

    def of(self, old: Shape) -> Shape:
        """What it makes of an order that is `old`."""
        units = old.units
        if self.lines is not None:
            counted: Counter[UUID] = Counter()
            for line in self.lines:
                counted[line.product_id] += line.quantity
            units = dict(counted)
        return Shape(Period(self.start or old.period.start, self.end or old.period.end), units)


@dataclass(frozen=True)
class Plan:
    """An order as it would be: its lines with their prices, and what the change costs.

    `fee_minor` is what the shop keeps of what is given up, by `percent` back; amounts in minor
    units.
    """

    order: RentalOrder
    kind: ChangeKind
    old_items: list[RentalOrderItem]
    items: list[RentalOrderItem]
    period: Period
    price: Price
    deposit_strategy: str
    percent: int
    fee_minor: int

    @property
    def rise(self) -> Price:
        """By how much each part of the price moves; the deposit as far as it is charged."""
        order, new = self.order, self.after
        return Price(
            new.rent_minor - order.rent_minor,
            new.tax_minor - order.tax_minor,
            new.charged_deposit_minor - order.charged_deposit_minor,
        )

    @property
    def difference_minor(self) -> int:
        """What the customer owes more; below zero, what comes back."""
        return sum(self.rise) + self.fee_minor

    @property
    def after(self) -> RentalOrder:
        """The order with its new dates and sums, not saved."""
        return RentalOrder(
            pk=self.order.pk,
            currency=self.order.currency,
            rental_start_date=self.period.start,
            rental_end_date=self.period.end,
            rent_minor=self.price.rent_minor,
            tax_minor=self.price.tax_minor,
            deposit_minor=self.price.deposit_minor,
            deposit_strategy=self.deposit_strategy,
            fee_minor=self.order.fee_minor + self.fee_minor,
        )


def plan_change(order: RentalOrder, wanted: Wanted, actor: Actor, now: datetime) -> Plan:
    """What `wanted` would make of `order` now, whether or not the units are free.

    Raises IllegalStep, NothingToChange, PriceChanged, AmountTooLarge, and InvalidInput for what
    cannot be ordered.
    """
    old_items = list(order.items.select_related("product"))
    old = shape_of(order, old_items)
    new = wanted.of(old)
    check_adjusted(wanted.adjustments, new.units)
    check_direction(wanted.kind, old.period, new.period)
    check_change(
        order.state,
        old,
        new,
        now=now,
        by_shop=actor.is_shop,
        repriced=bool(wanted.adjustments),
    )
    items = _priced(order, old_items, new, wanted.adjustments, actor, now)
    plan = _plan(order, wanted, old_items, items, new.period, now)
    _check_total(plan, wanted.expected_total)
    return plan


def _priced(
    order: RentalOrder,
    old_items: Sequence[RentalOrderItem],
    new: Shape,
    adjustments: Mapping[UUID, Adjustment],
    actor: Actor,
    now: datetime,
) -> list[RentalOrderItem]:
    """The lines as they would be. What the change does not touch keeps its price (D3.5); what it
    touches has the price of now, for the whole of its period, and keeps its id and what was agreed
    on by hand."""
    before = {item.product_id: copy(item) for item in old_items}
    moves = new.period != order.period
    kept = {
        product: item
        for product, item in before.items()
        if not moves and item.quantity == new.units.get(product) and product not in adjustments
    }
    asked = [
        CartLine(product, units) for product, units in new.units.items() if product not in kept
    ]
    found = dict(kept)
    if asked:
        starts = new.period.start != order.rental_start_date
        quote = quote_cart(
            asked,
            new.period,
            now,
            coupon=agreed_coupon(order, kept.values(), [line.product_id for line in asked]),
            adjustments={**_agreed_by_hand(old_items, order.currency), **adjustments},
            starts_anew=starts,
            by_shop=actor.is_shop,
        )
        _check_currency(order, quote.currency)
        found |= {item.product_id: item for item in items_of(order, quote)}
    items = [found[product] for product in new.units]
    for position, item in enumerate(items):
        item.position = position
        item.pk = before[item.product_id].pk if item.product_id in before else item.pk
    return items


def _agreed_by_hand(items: Sequence[RentalOrderItem], currency: str) -> dict[UUID, Adjustment]:
    agreed = {item.product_id: Adjustment.agreed(item.price_breakdown, currency) for item in items}
    return {product: adjustment for product, adjustment in agreed.items() if adjustment}


def _check_currency(order: RentalOrder, currency: str) -> None:
    if currency != order.currency:
        text = f"This order is in {order.currency}."
        raise InvalidInput(f"cart_items: {text}", errors={"cart_items": [text]})


def _plan(
    order: RentalOrder,
    wanted: Wanted,
    old_items: list[RentalOrderItem],
    items: list[RentalOrderItem],
    period: Period,
    now: datetime,
) -> Plan:
    price = Price(
        sum(item.rent_minor for item in items),
        sum(item.tax_minor for item in items),
        sum(item.deposit_minor for item in items),
    )
    if sum(price) > MAX_MINOR:
        raise AmountTooLarge(errors={"cart_items": [AmountTooLarge.default_message]})
    percent = percent_back(
        order.state,
        policy_of(order),
        order.rental_start_date - now,
        everything=wanted.everything_back,
    )
    old_total, new_total = order.rent_minor + order.tax_minor, price.rent_minor + price.tax_minor
    return Plan(
        order=order,
        kind=wanted.kind,
        old_items=old_items,
        items=items,
        period=period,
        price=price,
        deposit_strategy=_strategy(order, items),
        percent=percent,
        fee_minor=fee_for(old_total, new_total, percent, order.currency),
    )


def _strategy(order: RentalOrder, items: Sequence[RentalOrderItem]) -> str:
    """As it was agreed; an order that had no deposit takes what its new products want (D4)."""
    if order.deposit_minor:
        return order.deposit_strategy
    return strictest(item.product.secured_by for item in items if item.deposit_minor).value


def _check_total(plan: Plan, expected: Decimal | None) -> None:
    total = to_decimal(plan.after.due_minor, plan.order.currency)
    if expected is not None and expected != total:
        raise PriceChanged(errors={"expected_total": [f"The new total is {total}."]})
