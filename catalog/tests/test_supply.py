"""Dated changes of supply, and kits (D2.3)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from catalog.models import KitPart, Product, SupplyChange
from catalog.tests.factories import make_product

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"quantity": 0}, id="no units"),
        pytest.param({"ends_at": NOW}, id="no time"),
        pytest.param({"reason": "OTHERS"}, id="no such reason"),
    ],
)
def test_a_change_that_changes_nothing_is_refused(wrong: dict[str, object]) -> None:
    values = {"quantity": -1, "starts_at": NOW, "reason": "REPAIR", **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        SupplyChange.objects.create(product=make_product(), **values)


def test_a_change_says_what_it_is() -> None:
    change = SupplyChange(quantity=-2, starts_at=NOW, ends_at=NOW + timedelta(days=3))
    change.reason = "REPAIR"
    assert str(change) == "-2 in repair"


@pytest.fixture
def kit() -> Product:
    product = make_product()
    KitPart.objects.create(kit=product, part=make_product(name="Chair"), quantity=2)
    return product


def test_a_kit_has_parts(kit: Product) -> None:
    assert [str(part) for part in kit.parts.select_related("part")] == ["2 × Chair"]


def test_the_catalog_tells_what_a_kit_is_made_of(kit: Product, client: Client) -> None:
    """And how many its parts make up: of five chairs, two kits with two each."""
    chair = kit.parts.get().part
    Product.objects.filter(pk=chair.pk).update(units=5)
    shown = client.get(f"/catalog/products/{kit.pk}/").json()["data"]
    assert shown["parts"] == [{"product_id": str(chair.pk), "name": "Chair", "quantity": 2}]
    assert shown["units"] == 2


def test_a_kit_is_no_part_of_itself(kit: Product) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        KitPart.objects.create(kit=kit, part=kit)


def test_a_kit_is_no_part_of_a_kit(kit: Product) -> None:
    with pytest.raises(ValidationError):
        KitPart(kit=make_product(), part=kit).full_clean()
    with pytest.raises(ValidationError):
        KitPart(kit=kit.parts.get().part, part=make_product()).full_clean()
