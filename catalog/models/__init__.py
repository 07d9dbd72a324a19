"""The shop's goods. The catalog has never heard of orders: how many units are free is answered by
`payments`."""

from catalog.models.opening import ClosedDay, OpeningHours
from catalog.models.price_rules import PriceRule, QuantityDiscount
from catalog.models.prices import PriceTier
from catalog.models.products import (
    MAX_BUFFER,
    MAX_RENTAL,
    Category,
    Product,
    ProductQuerySet,
    picture_path,
    shop_currency,
    whole_minutes,
)
from catalog.models.supply import KitPart, SupplyChange
from catalog.models.units import Unit

__all__ = [
    "MAX_BUFFER",
    "MAX_RENTAL",
    "Category",
    "ClosedDay",
    "KitPart",
    "OpeningHours",
    "PriceRule",
    "PriceTier",
    "Product",
    "ProductQuerySet",
    "QuantityDiscount",
    "SupplyChange",
    "Unit",
    "picture_path",
    "shop_currency",
    "whole_minutes",
]
