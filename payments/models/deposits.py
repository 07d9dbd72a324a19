"""What the shop claims at the return, and what became of the deposit (domain rule D4)."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least, Now

from common.deposits import DepositStrategy
from payments.domain.deposits import Claimed, ClaimKind, Outcome
from payments.domain.states import ClaimStatus
from payments.models.files import StoredFile
from payments.models.items import RentalOrderItem
from payments.models.orders import RentalOrder


class ClaimQuerySet(models.QuerySet["Claim"]):
    def open(self) -> Self:
        """Neither withdrawn nor decided."""
        return self.filter(status=ClaimStatus.OPEN)


class Claim(models.Model):
    """An amount that the shop asks for at the return, and why."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="claims")
    item = models.ForeignKey(
        RentalOrderItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=ClaimKind.choices())
    status = models.CharField(
        max_length=10, choices=ClaimStatus.choices(), default=ClaimStatus.OPEN.value
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500, help_text="The customer sees it.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    movement = models.ForeignKey(
        "Movement",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="claims",
        help_text="The return that it came with.",
    )
    withdrawn_because = models.CharField(max_length=200, blank=True, default="", db_default="")
    request_id = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(name="claim_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="claim_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.order_id}"

    @property
    def state(self) -> ClaimStatus:
        return ClaimStatus(self.status)

    @property
    def claimed(self) -> Claimed:
        return Claimed(ClaimKind(self.kind), self.amount_minor)


class ClaimEvidence(StoredFile):
    """A picture or document that shows what a claim is about."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="evidence")

    class Meta(StoredFile.Meta):
        verbose_name_plural = "claim evidence"


class DepositSettlement(models.Model):
    """What became of an order's deposit. The row is written once, and never changed."""

    order = models.OneToOneField(
        RentalOrder, on_delete=models.PROTECT, primary_key=True, related_name="deposit_settlement"
    )
    currency = models.CharField(max_length=3)
    deposit_minor = models.BigIntegerField(help_text="What the shop had as a deposit.")
    claimed_minor = models.BigIntegerField()
    taken_minor = models.BigIntegerField()
    unpaid_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="What the customer was to pay later, and had not."
    )
    kept_minor = models.BigIntegerField(
        help_text="What the shop is to have in the end: rent, tax and claims."
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty if it went back because the inspection window had ended.",
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="depositsettlement_amounts_not_negative",
                condition=Q(deposit_minor__gte=0, claimed_minor__gte=0, kept_minor__gte=0),
            ),
            models.CheckConstraint(
                name="depositsettlement_unpaid_not_negative", condition=Q(unpaid_minor__gte=0)
            ),
            models.CheckConstraint(
                name="depositsettlement_takes_what_is_claimed",
                condition=Q(taken_minor=Least(F("deposit_minor"), F("claimed_minor"))),
            ),
        ]

    def __str__(self) -> str:
        return f"Deposit of {self.order_id}"

    @property
    def outcome(self) -> Outcome:
        is_paid = self.order.secured_by is DepositStrategy.CHARGE
        return Outcome(self.deposit_minor, self.claimed_minor, self.unpaid_minor, is_paid)
