"""What the shop offers for a cart: products, their prices, what kits are made of, and its hours.

In one prepared statement, since this is on the way of every order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from catalog.models import Product
from common.prepared import columns, fetch, instance
from payments.domain.opening import Opening
from payments.domain.pricing import PriceRule, QuantityDiscount, Tier, TierUnit
from payments.services.needs import Part
from payments.services.opening import OPENING, opening_of


@dataclass(frozen=True)
class Offer:
    """A product for rent, with all that decides about its price and its units."""

    product: Product
    tiers: tuple[Tier, ...]
    rules: tuple[PriceRule, ...]
    discounts: tuple[QuantityDiscount, ...]
    parts: tuple[Part, ...]
    opening: Opening  # the shop's, the same for all


# A product without a price is not for rent. The order of what is aggregated does not depend on the
# database. Percentages are text, because a JSON number would be read as a float.
_OFFERS: Final = f"""
SELECT {columns(Product, "product")},
    (SELECT json_agg(json_build_array(unit, length, amount_minor) ORDER BY unit, length)
        FROM catalog_pricetier WHERE product_id = product.id),
    (SELECT json_agg(json_build_array(
            name, percent::text, first_on, last_on, every_year, weekdays) ORDER BY rule.id)
        FROM catalog_pricerule AS rule WHERE rule.is_active AND (rule.product_id = product.id
            OR rule.category_id = product.category_id
            OR (rule.product_id IS NULL AND rule.category_id IS NULL))),
    (SELECT json_agg(json_build_array(min_quantity, percent::text) ORDER BY min_quantity)
        FROM catalog_quantitydiscount WHERE product_id = product.id),
    (SELECT json_agg(json_build_array(
            part.id, part.name, kitpart.quantity, extract(epoch FROM part.prep_time)::bigint,
            extract(epoch FROM part.turnaround_time)::bigint, part.units)
            ORDER BY part.name, part.id)
        FROM catalog_kitpart AS kitpart JOIN catalog_product AS part ON part.id = kitpart.part_id
        WHERE kit_id = product.id),
    {OPENING}
FROM catalog_product AS product
WHERE product.id = ANY(%s) AND is_active
    AND EXISTS (SELECT FROM catalog_pricetier WHERE product_id = product.id)
"""  # noqa: S608


def find_offers(product_ids: Iterable[UUID]) -> dict[UUID, Offer]:
    """Those of the products that are for rent."""
    rows = fetch(_OFFERS, [list(product_ids)])
    offers = [_offer(instance(Product, row), *row[-5:]) for row in rows]
    return {offer.product.pk: offer for offer in offers}


def _offer(
    product: Product, tiers: Any, rules: Any, discounts: Any, parts: Any, opening: Any
) -> Offer:
    """From what the statement gives as JSON."""
    return Offer(
        product,
        tiers=tuple(Tier(TierUnit(unit), length, amount) for unit, length, amount in tiers),
        rules=tuple(_rule(*rule) for rule in rules or ()),
        discounts=tuple(QuantityDiscount(n, Decimal(percent)) for n, percent in discounts or ()),
        parts=tuple(_part(*part) for part in parts or ()),
        opening=opening_of(opening),
    )


def _rule(
    name: str,
    percent: str,
    first: str | None,
    last: str | None,
    every_year: bool,
    weekdays: list[int],
) -> PriceRule:
    first_on, last_on = (date.fromisoformat(day) if day else None for day in (first, last))
    return PriceRule(name, Decimal(percent), first_on, last_on, every_year, frozenset(weekdays))


def _part(pk: str, name: str, quantity: int, prep: int, turnaround: int, units: int) -> Part:
    buffers = timedelta(seconds=prep), timedelta(seconds=turnaround)
    return Part(UUID(pk), name, quantity, *buffers, units)
