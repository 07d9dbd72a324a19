"""Requests that were already carried out (rule R12)."""

from django.conf import settings
from django.db import models

from payments.models.orders import RentalOrder


class IdempotencyKey(models.Model):
    """A customer's request, by the key he sent or by its contents, and the order it made.

    Written in the transaction that writes the order, so it exists exactly if the order does.
    """

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    key = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)
    order = models.ForeignKey(RentalOrder, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="idempotencykey_once"),
        ]

    def __str__(self) -> str:
        return self.key
