"""How an order was changed after it was placed, or is going to be once that is paid."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from payments.domain.changes import ChangeKind
from payments.domain.states import ChangeStatus, OrderStatus, PaymentStatus
from payments.models.orders import RentalOrder
from payments.models.payments import Payment


class OrderChangeQuerySet(models.QuerySet["OrderChange"]):
    def pending(self) -> Self:
        """What waits for its payment; of an order at most one."""
        return self.filter(status=ChangeStatus.PENDING)

    def applied(self) -> Self:
        return self.filter(status=ChangeStatus.APPLIED)


class OrderChange(models.Model):
    """One change: the order `before` and `after`, and what the customer owes more for it.

    One that is dearer may wait for its payment: then it is PENDING, the units that it needs beside
    those of the order are held for it, and the order itself is as it was. What it becomes is
    frozen, so that what was shown is what is carried out, at that price.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=ChangeKind.choices())
    status = models.CharField(max_length=10, choices=ChangeStatus.choices())
    before = models.JSONField(encoder=DjangoJSONEncoder)
    after = models.JSONField(encoder=DjangoJSONEncoder)
    currency = models.CharField(max_length=3)
    difference_minor = models.BigIntegerField(
        help_text="What the customer owes more for it; below zero, what comes back."
    )
    fee_minor = models.BigIntegerField(
        default=0, help_text="What the shop keeps of rent and tax that were given up."
    )
    pays_later = models.BooleanField(
        default=False, help_text="Staff applied it before it was paid."
    )
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="change"
    )
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    request_id = models.UUIDField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when it waits for its payment; empty once decided."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrderChangeQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                name="orderchange_status_known",
                condition=Q(status__in=[status.value for status in ChangeStatus]),
            ),
            models.CheckConstraint(
                name="orderchange_fee_not_negative", condition=Q(fee_minor__gte=0)
            ),
            models.CheckConstraint(
                name="orderchange_waits_for_a_payment",  # or for the end of one
                condition=~Q(status="PENDING")
                | Q(expires_at__isnull=False, difference_minor__gt=0)
                | Q(expires_at__isnull=False, payment=None),
            ),
            models.UniqueConstraint(
                fields=["order"], name="orderchange_one_pending", condition=Q(status="PENDING")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.order_id}"

    @property
    def state(self) -> ChangeStatus:
        return ChangeStatus(self.status)

    @property
    def is_of_unpaid_order(self) -> bool:
        """It waits, or did, until nobody could pay the old price, and for no payment of its own."""
        return bool(self.before.get("status") == OrderStatus.PENDING)

    @property
    def page(self) -> Payment | None:
        """Where the customer is to pay now: for the change, or the order as it has become."""
        waits = self.state is ChangeStatus.PENDING or self.is_of_unpaid_order
        is_open = self.payment is not None and self.payment.state is PaymentStatus.PENDING
        return self.payment if waits and is_open else None

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines as they become, with the columns of RentalOrderItem."""
        found: list[dict[str, Any]] = self.after["items"]
        return found
