"""What happened to an order."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from payments.models.orders import RentalOrder


class OrderEvent(models.Model):
    """One line of an order's history. Append-only: the database refuses changes."""

    class Actor(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        STAFF = "staff", "Staff"
        GATEWAY = "gateway", "Payment service"
        SYSTEM = "system", "System"

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="events")
    fact = models.CharField(max_length=40)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12, blank=True)
    actor = models.CharField(max_length=10, choices=Actor.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    ref = models.CharField(
        max_length=120,
        blank=True,
        help_text="The provider's name of the fact; the same fact is written once per order.",
    )
    data = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "ref"], name="orderevent_fact_once", condition=~Q(ref="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.fact}"
