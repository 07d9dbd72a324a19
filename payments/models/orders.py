"""The rental order."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from common import deposits
from common.deposits import DepositStrategy
from common.money import to_decimal
from payments.domain.ledger import CUSTOMER
from payments.domain.period import Period
from payments.domain.states import OrderStatus

if TYPE_CHECKING:
    from accounts.models import User


class NextOrderNumber(models.Func):
    """`RO`, the UTC date and a sequence of at least four digits (rule R28): no lock, no reset."""

    function = "payments_next_order_number"
    output_field = models.CharField()


class RentalOrderQuerySet(models.QuerySet["RentalOrder"]):
    def visible_to(self, user: "User") -> Self:
        """Everything for staff, one's own for everybody else; drafts once they were sent."""
        return self if user.is_staff else self.of_customer(user)

    def of_customer(self, customer: "User") -> Self:
        """What a customer has ordered, and what he was offered."""
        is_shown = ~Q(status=OrderStatus.DRAFT) | Q(quote__sent_at__isnull=False)
        return self.filter(is_shown, customer=customer)

    def with_details(self) -> Self:
        """With everything that the page of an order shows, in a constant number of queries."""
        return self.select_related(
            "customer", "deposit_settlement", "coupon_redemption__coupon", "quote"
        ).prefetch_related(
            "items",
            "payments",
            "refunds",
            "claims",
            "events",
            "notifications",
            "movements__taken_units__unit",
            "movements__returned_units__unit",
        )

    def with_staff_details(self) -> Self:
        """The same, and what only the shop sees."""
        return self.with_details().prefetch_related("disputes", "payments__disputes")

    def lapsed(self) -> Self:
        """Unpaid past the end of their hold, by the database's clock."""
        return self.filter(status=OrderStatus.PENDING, hold_expires_at__lt=Now())

    def awaiting_hold(self, lead: timedelta) -> Self:
        """Confirmed, beginning within `lead`, and nothing was done about their hold yet."""
        begins_soon = Q(status=OrderStatus.CONFIRMED, rental_start_date__lt=Now() + lead)
        return self.filter(
            begins_soon, deposit_strategy=DepositStrategy.HOLD, deposit_minor__gt=0
        ).exclude(payments__kind="DEPOSIT")

    def uninspected(self) -> Self:
        """Returned, and the time for deciding about the deposit has passed without a decision."""
        return self.filter(
            status=OrderStatus.RETURNED,
            returned_at__lt=Now() - settings.INSPECTION_WINDOW,
            deposit_settlement=None,
        )

    def upcoming(self) -> Self:
        """Rentals that have not begun, by the database's clock."""
        return self.filter(rental_start_date__gt=Now())


class RentalOrder(models.Model):
    """One customer's rental of some products for one period.

    `status` moves only through `services.lifecycle.transition`. The number is a label for people,
    never a credential.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order_number = models.CharField(
        max_length=32, unique=True, editable=False, db_default=NextOrderNumber()
    )
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rental_orders"
    )
    status = models.CharField(
        max_length=12, choices=OrderStatus.choices(), default=OrderStatus.PENDING.value
    )
    rental_start_date = models.DateTimeField()
    rental_end_date = models.DateTimeField()
    notes = models.TextField(blank=True, max_length=2000)
    currency = models.CharField(max_length=3)
    rent_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    deposit_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="What the shop keeps of rent that was given up by changes of the order.",
    )
    deposit_strategy = models.CharField(
        max_length=12,
        choices=deposits.choices,
        default=DepositStrategy.CHARGE.value,
        db_default=DepositStrategy.CHARGE.value,
        help_text="How the deposit is secured; as it was when the order was placed.",
    )
    hold_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when unpaid units are held; empty once paid."
    )
    cancellation_policy = models.JSONField(
        default=list, blank=True, help_text="The shop's policy as it was at confirmation."
    )
    kept_minor = models.BigIntegerField(
        default=0, help_text="What the shop keeps of a cancelled order, in minor units."
    )
    returned_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last unit came back."
    )
    attention = models.CharField(
        max_length=200, blank=True, help_text="Why a person should look at this order."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RentalOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="rentalorder_period_not_empty",
                condition=Q(rental_end_date__gt=F("rental_start_date")),
            ),
            models.CheckConstraint(
                name="rentalorder_amounts_not_negative",
                condition=Q(rent_minor__gte=0, tax_minor__gte=0, deposit_minor__gte=0)
                & Q(kept_minor__gte=0, fee_minor__gte=0),
            ),
            models.CheckConstraint(
                name="rentalorder_status_known",
                condition=Q(status__in=[status.value for status in OrderStatus]),
            ),
            models.CheckConstraint(
                name="rentalorder_deposit_strategy_known",
                condition=Q(deposit_strategy__in=list(DepositStrategy)),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-created_at"], name="rentalorder_customer_recent"),
            models.Index(
                fields=["hold_expires_at"],
                name="rentalorder_pending_holds",
                condition=Q(status="PENDING"),
            ),
            models.Index(
                fields=["customer"],
                name="rentalorder_pending_customer",
                condition=Q(status="PENDING"),
            ),
            models.Index(fields=["rental_start_date"], name="rentalorder_start"),
            models.Index(
                fields=["rental_start_date"],
                name="rentalorder_hold_due",
                condition=Q(status="CONFIRMED", deposit_strategy="HOLD"),
            ),
            models.Index(
                fields=["rental_end_date"],
                name="rentalorder_out",
                condition=Q(status="PICKED_UP"),
            ),
            models.Index(
                fields=["updated_at"], name="rentalorder_attention", condition=~Q(attention="")
            ),
            models.Index(
                fields=["returned_at"],
                name="rentalorder_returned",
                condition=Q(status="RETURNED"),
            ),
        ]

    def __str__(self) -> str:
        return self.order_number

    @property
    def period(self) -> Period:
        return Period(self.rental_start_date, self.rental_end_date)

    @property
    def state(self) -> OrderStatus:
        return OrderStatus(self.status)

    @property
    def is_disputed(self) -> bool:
        """A flag for people, never a status: a bank has a payment or may take it (D6.10)."""
        return any(dispute.blocks_refunds for dispute in self.disputes.all())

    @property
    def is_overdue(self) -> bool:
        """A flag, never a status: units are out past their time (D1)."""
        is_past = self.state is OrderStatus.PICKED_UP and self.rental_end_date < timezone.now()
        return is_past and self.reservations.filter(stage="OUT").exists()

    @property
    def status_display(self) -> str:
        return self.state.label

    @property
    def total_minor(self) -> int:
        """Rent, tax and fees for changes, without the deposit."""
        return self.rent_minor + self.tax_minor + self.fee_minor

    @property
    def secured_by(self) -> DepositStrategy:
        return DepositStrategy(self.deposit_strategy)

    @property
    def charged_deposit_minor(self) -> int:
        """The deposit as far as it is paid with the rent, and not held or only agreed on (D4)."""
        return self.deposit_minor if self.secured_by is DepositStrategy.CHARGE else 0

    @property
    def due_minor(self) -> int:
        """What the customer pays: rent, tax, fees, and the deposit if that is charged."""
        return self.total_minor + self.charged_deposit_minor

    @property
    def balance_due_minor(self) -> int:
        """What the customer still owes by the books, once the order is binding."""
        entries = self.ledger.filter(entries__account=CUSTOMER)
        owed: int = entries.aggregate(owed=Sum("entries__amount_minor"))["owed"] or 0
        return max(0, owed)

    @property
    def total_amount(self) -> Decimal:
        return to_decimal(self.due_minor, self.currency)
