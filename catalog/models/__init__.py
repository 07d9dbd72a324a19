"""The shop's goods. The catalog has never heard of orders: how many units are free is answered by
`payments`."""

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

__all__ = [
    "MAX_BUFFER",
    "MAX_RENTAL",
    "Category",
    "PriceTier",
    "Product",
    "ProductQuerySet",
    "picture_path",
    "shop_currency",
    "whole_minutes",
]
