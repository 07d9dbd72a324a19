"""What the endpoints below one order share: who sees the order, and who may change it."""

from typing import Any, cast

from rest_framework.generics import GenericAPIView
from rest_framework.permissions import BasePermission, IsAuthenticated

from accounts.models import User
from accounts.permissions import IsStaff
from payments.models import RentalOrder
from payments.models.orders import RentalOrderQuerySet


class OwnOrderView(GenericAPIView[Any]):
    """Something of an order that its owner sees and does; staff, of all orders."""

    queryset = RentalOrder.objects.none()

    def get_queryset(self) -> RentalOrderQuerySet:
        return RentalOrder.objects.visible_to(self.user)

    @property
    def user(self) -> User:
        return cast(User, self.request.user)


class StaffWrites(OwnOrderView):
    """Something of an order that its owner may see and staff may change."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsStaff() if self.request.method == "POST" else IsAuthenticated()]
