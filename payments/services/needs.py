"""Which units something takes, and when (domain rules D2.2, D2.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from catalog.models import Product
from payments.domain.period import Period


@dataclass(frozen=True)
class Part:
    """So many units of a product in each unit of a kit, with that product's own buffers."""

    product_id: UUID
    name: str
    quantity: int
    prep_time: timedelta
    turnaround_time: timedelta
    units: int

    def as_json(self) -> dict[str, Any]:
        """For keeping on the line: a later change of the kit does not touch it."""
        return {
            "product_id": str(self.product_id),
            "name": self.name,
            "quantity": self.quantity,
            "prep_minutes": self.prep_time // timedelta(minutes=1),
            "turnaround_minutes": self.turnaround_time // timedelta(minutes=1),
        }


@dataclass(frozen=True)
class Need:
    """So many of a product's `units` for as long as they are occupied, buffers included."""

    product_id: UUID
    quantity: int
    occupied: Period
    units: int


def parts_of(product: Product) -> list[Part]:
    """What a kit is made of now; no query where the parts came with the product."""
    return [
        Part(
            part.part_id,
            part.part.name,
            part.quantity,
            part.part.prep_time,
            part.part.turnaround_time,
            part.part.units,
        )
        for part in product.parts.all()
    ]


def needs_of(product: Product, parts: Sequence[Part], quantity: int, period: Period) -> list[Need]:
    """What `quantity` units of a product take for a rental; a kit takes those of its parts."""
    if not parts:
        return [_need(product, product.pk, quantity, period)]
    return [_need(part, part.product_id, part.quantity * quantity, period) for part in parts]


def _need(of: Product | Part, product_id: UUID, quantity: int, period: Period) -> Need:
    return Need(product_id, quantity, period.widened(of.prep_time, of.turnaround_time), of.units)
