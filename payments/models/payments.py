"""Money in and money back: two tables, and the balance is a sum."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from payments.domain.states import PAYABLE, REFUND_LIVE, PaymentStatus, RefundStatus
from payments.models.gateways import PaymentGateway
from payments.models.orders import RentalOrder
from payments.models.work import WorkQuerySet, WorkRow


class PaymentQuerySet(WorkQuerySet["Payment"]):
    def payable(self) -> Self:
        return self.filter(status__in=PAYABLE)

    def of_the_order(self) -> "Payment | None":
        """By which an order is paid, of its payments: the newest, since the change of an unpaid
        order opens another page."""
        return self.filter(purpose=Payment.Purpose.INITIAL).last()


class Payment(WorkRow):
    """Asking the customer for money once: one checkout session, later also a saved-card charge.

    Committed before the gateway is called. `request` is what is sent, frozen, so that every
    attempt sends the same bytes under the same key (rule R2).
    """

    class Kind(models.TextChoices):
        CHARGE = "CHARGE", "Charge"
        DEPOSIT = "DEPOSIT", "Deposit"
        INSTALLMENT = "INSTALLMENT", "Installment"
        SUBSCRIPTION = "SUBSCRIPTION", "Subscription"
        FEE = "FEE", "Fee"  # charged to a card on file

    class Purpose(models.TextChoices):
        INITIAL = "INITIAL", "Initial"
        BALANCE = "BALANCE", "Balance"
        INSTALLMENT = "INSTALLMENT", "Installment"
        EXTENSION = "EXTENSION", "Extension"
        DEPOSIT = "DEPOSIT", "Deposit"

    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="payments")
    gateway = models.ForeignKey(PaymentGateway, on_delete=models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CHARGE)
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.INITIAL)
    status = models.CharField(
        max_length=12, choices=PaymentStatus.choices(), default=PaymentStatus.PENDING.value
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    captured_minor = models.BigIntegerField(default=0)
    refund_reserved_minor = models.BigIntegerField(
        default=0, help_text="Refunds asked for and not failed; never more than was captured."
    )
    refunded_minor = models.BigIntegerField(default=0)
    session_id = models.CharField(max_length=255, blank=True)
    intent_id = models.CharField(max_length=255, blank=True)
    checkout_url = models.TextField(blank=True)
    payable_until = models.DateTimeField(null=True, blank=True)
    closing_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was decided that nobody may pay it any more."
    )
    closing_sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When the gateway was first told so."
    )
    capture_before = models.DateTimeField(
        null=True, blank=True, help_text="When the bank lets go of a hold."
    )
    customer_ref = models.CharField(
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text="How the gateway calls who paid.",
    )
    method_ref = models.CharField(
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text="How it calls his card, if it may be asked again without him.",
    )
    request = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payment_captured_within_amount",
                condition=Q(captured_minor__gte=0, captured_minor__lte=F("amount_minor")),
            ),
            models.CheckConstraint(
                name="payment_refund_room",
                condition=Q(refunded_minor__gte=0)
                & Q(refund_reserved_minor__gte=F("refunded_minor"))
                & Q(refund_reserved_minor__lte=F("captured_minor")),
            ),
            models.UniqueConstraint(
                fields=["session_id"], name="payment_session_once", condition=~Q(session_id="")
            ),
            models.UniqueConstraint(
                fields=["intent_id"], name="payment_intent_once", condition=~Q(intent_id="")
            ),
            models.UniqueConstraint(
                fields=["order", "purpose"],
                name="payment_one_open_session",
                condition=Q(status__in=["PENDING", "PROCESSING"], kind="CHARGE"),
            ),
            models.UniqueConstraint(
                fields=["order"],
                name="payment_one_hold_asked_for",
                condition=Q(status__in=["PENDING", "PROCESSING"], kind="DEPOSIT"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="payment_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["capture_before"],
                name="payment_held",
                condition=Q(status="AUTHORIZED"),
            ),
            models.Index(
                fields=["created_at"],
                name="payment_quarantined",
                condition=Q(status="QUARANTINED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"

    @property
    def state(self) -> PaymentStatus:
        return PaymentStatus(self.status)

    @property
    def is_for_deposit(self) -> bool:
        """A hold on a card, or what a card on file is charged instead (D4)."""
        return self.kind in (self.Kind.DEPOSIT, self.Kind.FEE)

    @property
    def is_off_session(self) -> bool:
        """Whether the saved card is asked, and no customer at a page."""
        return self.is_for_deposit and self.payable_until is None

    def opens_too_late(self, shortest: timedelta) -> bool:
        """Whether less than `shortest` is left for paying, by the database's clock."""
        rows = type(self).objects.filter(pk=self.pk, payable_until__lt=Now() + shortest)
        return rows.exists()

    @property
    def refundable_minor(self) -> int:
        """What may still be given back: nothing of what a bank has or may take (D6.10)."""
        if any(dispute.blocks_refunds for dispute in self.disputes.all()):
            return 0
        return self.captured_minor - self.refund_reserved_minor


class RefundQuerySet(WorkQuerySet["Refund"]):
    def live(self) -> Self:
        return self.filter(status__in=REFUND_LIVE)

    def failed(self) -> Self:
        """Each is a task: the money is still owed."""
        return self.filter(status=RefundStatus.FAILED)


class Refund(WorkRow):
    """Money on its way back to where it came from (domain rule D5)."""

    class Source(models.TextChoices):
        POLICY = "POLICY", "Cancellation policy"
        STAFF = "STAFF", "Staff"
        OVERPAID = "OVERPAID", "Overpayment"
        LATE = "LATE", "Late payment"
        DEPOSIT = "DEPOSIT", "Deposit given back"
        CHANGE = "CHANGE", "Order changed"
        EXTERNAL = "EXTERNAL", "Made at the payment service"

    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    status = models.CharField(
        max_length=12, choices=RefundStatus.choices(), default=RefundStatus.PENDING.value
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    deposit_minor = models.BigIntegerField(
        default=0, help_text="The part of the amount that is the customer's own deposit."
    )
    lines = models.JSONField(
        default=list, blank=True, help_text="Units given back by line, where it was asked so."
    )
    reason = models.CharField(max_length=200, blank=True)
    request_id = models.UUIDField(
        null=True, blank=True, editable=False, help_text="The same for all rows of one request."
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reference = models.CharField(
        max_length=200, blank=True, help_text="Of the transfer or receipt, if paid by hand."
    )
    gateway_refund_id = models.CharField(max_length=255, blank=True)
    failure_reason = models.CharField(max_length=200, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="refund_deposit_within_amount",
                condition=Q(deposit_minor__gte=0, deposit_minor__lte=F("amount_minor")),
            ),
            models.UniqueConstraint(
                fields=["gateway_refund_id"],
                name="refund_gateway_id_once",
                condition=~Q(gateway_refund_id=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="refund_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["status", "created_at"],
                name="refund_unfinished",
                condition=Q(status__in=["UNAPPROVED", "PENDING", "PROCESSING", "FAILED"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Refund {self.id}"

    @property
    def state(self) -> RefundStatus:
        return RefundStatus(self.status)
