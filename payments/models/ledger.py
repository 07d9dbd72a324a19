"""The books: double entry, append-only. The database refuses changes, and whatever does not balance
(migrations/0005_ledger_triggers.py)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from payments.models.orders import RentalOrder


class LedgerTransaction(models.Model):
    """One fact about an order's money, posted once. `reference` names the fact: `pi_1:captured`."""

    id = models.BigAutoField(primary_key=True)
    reference = models.CharField(max_length=300, unique=True)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="ledger")
    posted_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.reference


class LedgerEntry(models.Model):
    """So many minor units on an account: debits positive, credits negative."""

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="entries"
    )
    account = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "ledger entries"
        indexes = [
            models.Index(
                fields=["account", "currency"],
                include=["amount_minor"],
                name="ledgerentry_by_account",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="ledgerentry_moves_something", condition=~Q(amount_minor=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor} {self.currency}"
