"""What the tests of scans, late fees and serial numbers share."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from payments.models import Movement, RentalOrder, Reservation
from payments.tests.api.returns import post

HOUR = timedelta(hours=1)


def began(order: RentalOrder, ago: timedelta) -> RentalOrder:
    """As if its rental had begun so long ago."""
    moved = timezone.now() - ago - order.rental_start_date
    held = Reservation.objects.filter(order=order)
    held.update(starts_at=F("starts_at") + moved, ends_at=F("ends_at") + moved)
    RentalOrder.objects.filter(pk=order.pk).update(
        rental_start_date=F("rental_start_date") + moved,
        rental_end_date=F("rental_end_date") + moved,
    )
    order.refresh_from_db()
    return order


def scan(staff: User, order: RentalOrder, step: str, *items: dict[str, Any], **body: Any) -> Any:
    """The answer to a scan of these items; `item_id` is the order's only line if it is left out."""
    only = str(order.items.get().pk) if order.items.count() == 1 else None
    return post(staff, order, step, items=[{"item_id": only, **item} for item in items], **body)


def undo(staff: User, movement: Movement, reason: str = "The wrong one.", **more: Any) -> Any:
    return post(staff, movement.order, f"movements/{movement.pk}/undo", reason=reason, **more)


def fulfilled(shown: dict[str, Any]) -> tuple[int, int, int, int]:
    """Reserved, out, back, left: of the only line of an order as it is shown."""
    (item,) = shown["items"]
    found = item["fulfilment"]
    return found["reserved"], found["out"], found["back"], found["left"]


def held(order: RentalOrder, at: datetime) -> int:
    """How many units the order occupies at an instant."""
    rows = order.reservations.filter(is_active=True, starts_at__lte=at, ends_at__gt=at)
    return sum(row.quantity for row in rows)
