"""Everything that waits for a person, with the sentence that says what to do (domain/board.py)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, Subquery

from common.deposits import DepositStrategy
from payments.domain.board import Work
from payments.domain.holds import DepositStatus
from payments.domain.states import (
    DisputeStatus,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
)
from payments.models import (
    Claim,
    Dispute,
    Payment,
    ReconciliationFinding,
    RentalOrder,
    Reservation,
)
from payments.services.board_entries import (
    Entry,
    Section,
    first_rows,
    has_units,
    orders_of,
    refunds,
    section,
)
from payments.services.collisions import Collision
from payments.services.holds import deposit_statuses


def read_tasks(short: Sequence[Collision], today: datetime) -> Section:
    """All kinds as one list: what is due first, and what has waited longest. `short` are the
    promises that cannot all be kept; `today` began then."""
    return Section.of(
        _not_picked_up(today),
        _promises_to_keep(short),
        _orders_to_look_at(),
        refunds(Work.REFUND_FAILED, RefundStatus.FAILED),
        refunds(Work.REFUND_TO_APPROVE, RefundStatus.UNAPPROVED),
        _quarantined_payments(),
        _deposits_to_settle(),
        _deposits_that_need_action(),
        _disputes_to_answer(),
        _open_findings(),
    )


def _not_picked_up(today: datetime) -> Section:
    """Their rental began on a day before, and nobody came: they stand on no list of pickups. Or it
    has ended, and all is back that had gone out: nothing is overdue, and a rest is waiting."""
    out = has_units(Reservation.Stage.OUT)
    nobody_came = Q(status=OrderStatus.CONFIRMED, rental_start_date__lt=today)
    rest = Q(~out, status=OrderStatus.PICKED_UP, rental_end_date__lt=today)
    orders = orders_of(OrderStatus.CONFIRMED, OrderStatus.PICKED_UP).filter(nobody_came | rest)
    return section(orders.order_by("rental_start_date", "pk"), _not_picked_up_entry)


def _not_picked_up_entry(order: RentalOrder) -> Entry:
    if order.state is OrderStatus.CONFIRMED:
        return Entry(Work.NOT_PICKED_UP, order.pk, order.rental_start_date, order)
    return Entry(Work.REST_NOT_PICKED_UP, order.pk, order.rental_end_date, order)


def _promises_to_keep(short: Sequence[Collision]) -> Section:
    """Units broke, or are not back: too few are left for these orders (D2.6)."""
    of_order: dict[UUID, list[Collision]] = {}
    for one in short:
        of_order.setdefault(one.order_id, []).append(one)
    orders = RentalOrder.objects.select_related("customer").filter(pk__in=of_order)
    return section(
        orders.order_by("rental_start_date", "pk"),
        lambda order: Entry(
            Work.SHORTAGE,
            order.pk,
            order.rental_start_date,
            order,
            collisions=of_order[order.pk],
        ),
    )


def _orders_to_look_at() -> Section:
    orders = RentalOrder.objects.select_related("customer").exclude(attention="")
    return section(
        orders.order_by("updated_at", "pk"),
        lambda order: Entry(
            Work.ATTENTION, order.pk, order.updated_at, order, note=order.attention
        ),
    )


def _quarantined_payments() -> Section:
    payments = Payment.objects.filter(status=PaymentStatus.QUARANTINED)
    return section(
        payments.select_related("order__customer").order_by("created_at", "pk"),
        lambda payment: Entry(
            Work.PAYMENT_QUARANTINED,
            payment.pk,
            payment.created_at,
            payment.order,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
        ),
    )


def _deposits_to_settle() -> Section:
    """Returned, and undecided: at the end of the inspection window the deposit goes back whole."""
    is_claimed = Exists(Claim.objects.open().filter(order=OuterRef("pk")))
    orders = orders_of(OrderStatus.RETURNED).filter(
        Q(deposit_minor__gt=0) | is_claimed, deposit_settlement=None, returned_at__isnull=False
    )
    return section(
        orders.order_by("returned_at", "pk"),
        lambda order: Entry(
            Work.DEPOSIT_TO_SETTLE,
            order.pk,
            order.returned_at and order.returned_at + settings.INSPECTION_WINDOW,
            order,
            amount_minor=order.deposit_minor,
            currency=order.currency,
        ),
    )


# The last try at a hold, where nobody but the customer can go on.
_STOPPED = (PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.PENDING)


def _deposits_that_need_action() -> Section:
    """The bank wants the customer himself. Whether it does, the rule on holds says."""
    holds = Payment.objects.filter(order=OuterRef("pk"), kind=Payment.Kind.DEPOSIT)
    newest = holds.order_by("-created_at")
    orders = orders_of(OrderStatus.CONFIRMED, OrderStatus.PICKED_UP, OrderStatus.RETURNED).filter(
        deposit_strategy=DepositStrategy.HOLD, deposit_settlement=None
    )
    stopped = orders.annotate(last_hold=Subquery(newest.values("status")[:1])).filter(
        last_hold__in=_STOPPED
    )
    found, count = first_rows(stopped.order_by("rental_start_date", "pk"))
    status_of = deposit_statuses(found)
    asking = [row for row in found if status_of[row.pk] is DepositStatus.ACTION_REQUIRED]
    return Section([_deposit_action(order) for order in asking], count - len(found) + len(asking))


def _deposit_action(order: RentalOrder) -> Entry:
    return Entry(
        Work.DEPOSIT_ACTION,
        order.pk,
        order.rental_start_date,
        order,
        amount_minor=order.deposit_minor,
        currency=order.currency,
        deposit_status=DepositStatus.ACTION_REQUIRED,
    )


def _disputes_to_answer() -> Section:
    waiting = (DisputeStatus.INQUIRY, DisputeStatus.NEEDS_RESPONSE)
    disputes = Dispute.objects.select_related("order__customer").filter(status__in=waiting)
    return section(
        disputes.order_by(F("respond_by").asc(nulls_last=True), "pk"),
        lambda dispute: Entry(
            Work.DISPUTE,
            dispute.pk,
            dispute.respond_by,
            dispute.order,
            note=dispute.reason,
            amount_minor=dispute.amount_minor,
            currency=dispute.currency,
        ),
    )


def _open_findings() -> Section:
    findings = ReconciliationFinding.objects.open().select_related("payment__order__customer")
    return section(
        findings.order_by("first_seen_at", "pk"),
        lambda finding: Entry(
            Work.FINDING,
            finding.pk,
            finding.first_seen_at,
            finding.payment.order if finding.payment else None,
            note=f"{finding}: {finding.get_problem_display()}",
            amount_minor=finding.amount_minor,
            currency=finding.currency,
        ),
    )
