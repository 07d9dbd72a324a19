"""The demo shop: some thirty products of an imagined rental shop by a river (demo_shop.json)."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from catalog.models import Category, PriceRule, PriceTier, Product, QuantityDiscount

SHOP: Final = Path(__file__).with_name("demo_shop.json")


@transaction.atomic
def load_demo_products() -> int:
    """Put the demo shop into the catalog and return the number of its products.

    Loading again sets the same products back to what the file says; other products stay as they
    are.
    """
    shop = json.loads(SHOP.read_text(encoding="utf-8"))
    categories = {
        row["slug"]: _load_category(row, position)
        for position, row in enumerate(shop["categories"])
    }
    for row in shop["products"]:
        product = _load_product(row, categories[row["category"]], shop)
        _load_tiers(product, row["tiers"])
    _load_rules(shop["price_rules"], categories)
    for row in shop["quantity_discounts"]:
        _load_discount(row)
    return len(shop["products"])


def _load_category(row: dict[str, Any], position: int) -> Category:
    category, _ = Category.objects.update_or_create(
        slug=row["slug"], defaults={"name": row["name"], "position": position}
    )
    return category


def _load_product(row: dict[str, Any], category: Category, shop: dict[str, Any]) -> Product:
    product, _ = Product.objects.update_or_create(
        slug=row["slug"],
        defaults={
            "category": category,
            "name": row["name"],
            "description": row["description"],
            "units": row["units"],
            "currency": shop["currency"],
            "deposit_minor": row["deposit_minor"],
            "tax_rate": Decimal(shop["tax_rate"]),
            "prep_time": timedelta(minutes=row["prep_minutes"]),
            "turnaround_time": timedelta(minutes=row["turnaround_minutes"]),
            "min_duration": timedelta(hours=row["min_hours"]),
            "max_duration": timedelta(days=row["max_days"]),
            "is_active": True,
        },
    )
    return product


def _load_rules(rows: list[dict[str, Any]], categories: dict[str, Category]) -> None:
    for row in rows:
        values = {**row, "category": categories[row["category"]], "is_active": True}
        PriceRule.objects.update_or_create(
            name=values.pop("name"), category=values.pop("category"), defaults=values
        )


def _load_discount(row: dict[str, Any]) -> None:
    QuantityDiscount.objects.update_or_create(
        product=Product.objects.get(slug=row["product"]),
        min_quantity=row["min_quantity"],
        defaults={"percent": row["percent"]},
    )


def _load_tiers(product: Product, rows: list[tuple[str, int, int]]) -> None:
    product.price_tiers.all().delete()
    PriceTier.objects.bulk_create(
        PriceTier(product=product, unit=unit, length=length, amount_minor=amount)
        for unit, length, amount in rows
    )
