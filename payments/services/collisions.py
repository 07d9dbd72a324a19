"""Who is in whose way: orders that need the same units (domain rule D2.6).

Nothing is un-confirmed by itself. What cannot be is refused with the name of what is in the way,
and what cannot be any more, because units broke or did not come back, is shown to staff.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.models import Product
from common.prepared import fetch
from payments.domain.errors import OutOfStock
from payments.services.needs import Need

MANY: Final = 50  # as many are named; more help nobody


@dataclass(frozen=True)
class Collision:
    """Units of a product that an order holds, buffers included, while too few are left.

    `short` is how many are missing at the worst instant of it.
    """

    product_id: UUID
    product_name: str
    order_id: UUID
    order_number: str
    quantity: int
    starts_at: datetime
    ends_at: datetime
    short: int


# Until when a row occupies: units that are overdue are expected within a day (D2.6).
_ENDS: Final = """CASE WHEN held.stage = 'OUT' AND held.due_at < now()
        THEN greatest(held.ends_at, now() + interval '1 day') ELSE held.ends_at END"""

_SHOWN: Final = f"""product.id, product.name, made.id, made.order_number, held.quantity,
    held.starts_at, {_ENDS}"""

_IN_THE_WAY: Final = f"""
SELECT {_SHOWN},
    %(quantity)s + payments_peak(held.product_id, greatest(held.starts_at, %(start)s),
        least({_ENDS}, %(end)s), %(besides)s) - product.units AS short
FROM payments_reservation AS held
JOIN payments_rentalorder AS made ON made.id = held.order_id
JOIN catalog_product AS product ON product.id = held.product_id
WHERE held.product_id = %(product)s AND held.is_active AND held.starts_at < %(end)s
    AND {_ENDS} > %(start)s AND (%(besides)s::uuid IS NULL OR held.order_id <> %(besides)s)
    AND %(quantity)s + payments_peak(held.product_id, greatest(held.starts_at, %(start)s),
        least({_ENDS}, %(end)s), %(besides)s) > product.units
ORDER BY held.starts_at, made.order_number LIMIT {MANY}
"""  # noqa: S608

# Only where something is asked of the units that the gate could not refuse.
_SHORTAGES: Final = f"""
SELECT {_SHOWN},
    payments_peak(held.product_id, greatest(held.starts_at, now()), held.ends_at, NULL)
        - product.units AS short
FROM payments_reservation AS held
JOIN payments_rentalorder AS made ON made.id = held.order_id
JOIN catalog_product AS product ON product.id = held.product_id
WHERE held.product_id = ANY (
        SELECT product_id FROM payments_reservation
        WHERE is_active AND stage = 'OUT' AND due_at < now()
        UNION SELECT product_id FROM payments_reservation
        WHERE is_active AND stage = 'BACK' AND ends_at > now()
        UNION SELECT product_id FROM catalog_supplychange
        WHERE quantity < 0 AND coalesce(ends_at > now(), true))
    AND held.is_active AND held.stage = 'RESERVED' AND held.ends_at > now()
    AND payments_peak(held.product_id, greatest(held.starts_at, now()), held.ends_at, NULL)
        > product.units
ORDER BY held.starts_at, made.order_number LIMIT {MANY}
"""  # noqa: S608


def in_the_way(need: Need, besides: UUID | None = None) -> list[Collision]:
    """What other orders hold at the instants at which `need` does not fit, the order `besides` left
    out; by start, and at most MANY. Empty if it fits."""
    values = {
        "product": need.product_id,
        "quantity": need.quantity,
        "start": need.occupied.start,
        "end": need.occupied.end,
        "besides": besides,
    }
    return _collisions(fetch(_IN_THE_WAY, values))


def shortages() -> list[Collision]:
    """Promises that cannot all be kept as things are now; by start, and at most MANY."""
    return _collisions(fetch(_SHORTAGES))


def _collisions(rows: Iterable[tuple[object, ...]]) -> list[Collision]:
    return [Collision(*row) for row in rows]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Missing:
    """A product of which fewer units are free than are needed, and who has the others."""

    product_id: UUID
    available_quantity: int
    collisions: Sequence[Collision] = ()


def out_of_stock(missing: Iterable[Missing], message: str | None = None) -> OutOfStock:
    """The refusal in its one shape, wherever it comes from (docs/api.md)."""
    return OutOfStock(message, errors={"cart_items": [_shown(each) for each in missing]})


def _shown(missing: Missing) -> dict[str, Any]:
    return {
        "product_id": str(missing.product_id),
        "available_quantity": missing.available_quantity,
        "collisions": [
            {
                "order_number": each.order_number,
                "quantity": each.quantity,
                "starts_at": each.starts_at,
                "ends_at": each.ends_at,
            }
            for each in missing.collisions
        ],
    }


def named(refused: OutOfStock, product: Product, found: Sequence[Collision]) -> OutOfStock:
    """What the gate refused of one product, with the orders that are in the way (D2.6)."""
    if not found:
        return refused
    [short] = refused.errors["cart_items"]
    missing = Missing(product.pk, short["available_quantity"], found)
    return out_of_stock([missing], promised(product, found))


def promised(product: Product, found: Sequence[Collision]) -> str:
    """Whose the units of a product are, in a sentence for staff."""
    whose = ", ".join(
        f"{each.quantity} to {each.order_number} from {_moment(each.starts_at)}" for each in found
    )
    taken = sum(each.quantity for each in found)
    return f"{taken} of {product.units} units of {product.name} are promised: {whose}."


def promised_from(product: Product, free: int, found: Sequence[Collision]) -> str:
    """How many are free, and when the first other rental begins, in a sentence for customers: who
    that is is not for them to know."""
    others = f"; the others are promised from {_moment(found[0].starts_at)}" if found else ""
    return (
        f"Only {free} of {product.units} units of {product.name} are free in this period{others}."
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE)):%d %b %Y %H:%M}"
