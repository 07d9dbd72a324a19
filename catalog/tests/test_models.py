from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from catalog.models import Category, PriceTier, Product
from catalog.tests.factories import make_category, make_product

pytestmark = pytest.mark.django_db

IMPOSSIBLE: list[dict[str, Any]] = [
    {"units": -1},
    {"currency": "eur"},
    {"currency": "EU"},
    {"deposit_minor": -1},
    {"deposit_minor": 100_000_000},
    {"tax_rate": Decimal("-0.0001")},
    {"tax_rate": Decimal("1.0001")},
    {"prep_time": timedelta(seconds=-1)},
    {"prep_time": timedelta(days=30, seconds=1)},
    {"turnaround_time": timedelta(seconds=-1)},
    {"turnaround_time": timedelta(days=30, seconds=1)},
    {"min_duration": timedelta(0)},
    {"min_duration": timedelta(days=3), "max_duration": timedelta(days=2)},
    {"max_duration": timedelta(days=366, seconds=1)},
]


@pytest.mark.parametrize("values", IMPOSSIBLE, ids=str)
def test_the_database_refuses_an_impossible_product(values: dict[str, Any]) -> None:
    product = make_product()
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(**values)


@pytest.mark.parametrize("values", IMPOSSIBLE, ids=str)
def test_a_form_is_told_in_words_why_a_product_is_impossible(values: dict[str, Any]) -> None:
    product = make_product()
    for name, value in values.items():
        setattr(product, name, value)
    with pytest.raises(ValidationError) as refusal:
        product.full_clean()
    assert all("“" not in message for message in refusal.value.messages)  # no constraint's name


def test_the_limits_themselves_are_allowed() -> None:
    product = make_product(
        units=0,
        deposit_minor=99_999_999,
        tax_rate=Decimal(1),
        prep_time=timedelta(days=30),
        turnaround_time=timedelta(days=30),
        min_duration=timedelta(days=366),
        max_duration=timedelta(days=366),
    )
    product.full_clean()


def test_times_are_whole_minutes() -> None:
    product = make_product()
    product.prep_time = timedelta(minutes=1, seconds=30)
    with pytest.raises(ValidationError, match="whole minutes"):
        product.full_clean()


@pytest.mark.parametrize(
    "tier",
    [("YEAR", 1, 100), ("DAY", 0, 100), ("DAY", 367, 100), ("DAY", 2, 0), ("FIXED", 2, 100)],
    ids=str,
)
def test_the_database_refuses_an_impossible_price(tier: tuple[str, int, int]) -> None:
    product = make_product()
    unit, length, amount = tier
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceTier.objects.create(product=product, unit=unit, length=length, amount_minor=amount)


def test_one_length_has_one_price() -> None:
    product = make_product(tiers=[("DAY", 3, 100)])
    with pytest.raises(IntegrityError, match="price_tier_once"), transaction.atomic():
        PriceTier.objects.create(product=product, unit="DAY", length=3, amount_minor=200)


def test_a_category_with_products_cannot_be_deleted() -> None:
    product = make_product()
    with pytest.raises(ProtectedError):
        product.category.delete()


def test_slugs_are_unique() -> None:
    make_product(slug="tent")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_product(slug="tent")


def test_a_new_product_has_the_currency_of_the_shop(settings: Any) -> None:
    settings.SHOP_CURRENCY = "CHF"
    assert Product().currency == "CHF"


def test_active_leaves_out_what_is_no_longer_rented() -> None:
    shown = make_product()
    make_product(is_active=False)
    assert list(Product.objects.active()) == [shown]


def test_with_tiers_takes_the_same_queries_for_any_number_of_products(
    django_assert_num_queries: Any,
) -> None:
    for _ in range(5):
        make_product()
    with django_assert_num_queries(3):  # products, tiers, parts of kits
        products = list(Product.objects.with_tiers())
        assert [tier.currency for product in products for tier in product.price_tiers.all()]
        assert all(product.category.name for product in products)


def test_tiers_are_read_from_the_shortest_to_the_longest() -> None:
    make_product(
        tiers=[
            ("FIXED", 1, 6),
            ("MONTH", 1, 5),
            ("DAY", 3, 3),
            ("WEEK", 1, 4),
            ("DAY", 1, 2),
            ("HOUR", 12, 1),
        ]
    )
    product = Product.objects.with_tiers().get()
    assert [tier.amount_minor for tier in product.price_tiers.all()] == [1, 2, 3, 4, 5, 6]


def test_categories_are_sorted_as_the_shop_wants() -> None:
    make_category(name="B", position=2)
    make_category(name="Z", position=1)
    make_category(name="A", position=2)
    assert [category.name for category in Category.objects.all()] == ["Z", "A", "B"]
