"""Who looks at a page, and which orders they may see."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from payments.models import RentalOrder


def customer_of(request: HttpRequest) -> User:
    """The user of a page that asks for a login."""
    return cast(User, request.user)


def visible_order(request: HttpRequest, order_id: UUID) -> RentalOrder:
    """The order, if the user owns it or is staff. Raises Http404, the same for any other id."""
    orders = RentalOrder.objects.visible_to(customer_of(request)).prefetch_related("payments")
    return get_object_or_404(orders, pk=order_id)
