"""A large shop to measure on: 1,000 products, two hot ones, 1,200 customers with a token each.

Run as `python -m bench.shop FILE` in a process of its own; writes what the driver needs as JSON.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

PRODUCTS, CUSTOMERS = 1000, 1200
PLENTY = 1_000_000  # so that what is measured is selling, not refusing


def main(target: str) -> None:
    """Fill the database that DATABASE_URL names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from accounts.models import User
    from payments.models import PaymentGateway

    PaymentGateway.objects.create(name="Stripe Payment Gateway", gateway_type="STRIPE")
    users = User.objects.bulk_create(
        [User(email=f"customer{n}@example.com", name=f"Customer {n}") for n in range(CUSTOMERS)]
    )
    with open(target, "w") as file:
        json.dump(
            {
                "hot": _products("hot", 2),
                "many": _products("many", PRODUCTS),
                "tokens": [_token(user) for user in users],
            },
            file,
        )


def _products(name: str, count: int) -> list[str]:
    from catalog.models import Category, PriceTier, Product

    category = Category.objects.create(name=name, slug=name)
    products = Product.objects.bulk_create(
        [
            Product(
                category=category,
                name=f"{name} {n}",
                slug=f"{name}-{n}",
                units=PLENTY,
                deposit_minor=5000,
                tax_rate="0.19",
                turnaround_time=timedelta(hours=2),
            )
            for n in range(count)
        ]
    )
    PriceTier.objects.bulk_create(
        PriceTier(product=product, unit=unit, length=1, amount_minor=amount)
        for product in products
        for unit, amount in (("DAY", 2500), ("WEEK", 12500))
    )
    return [str(product.pk) for product in products]


def _token(user: Any) -> str:
    from rest_framework_simplejwt.tokens import RefreshToken

    token = RefreshToken.for_user(user).access_token
    token.set_exp(lifetime=timedelta(hours=2))
    return str(token)


if __name__ == "__main__":
    main(sys.argv[1])
