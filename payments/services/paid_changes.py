"""What becomes of a change when its payment is decided: in time, not at all, or late (D6.5)."""

from django.db import transaction
from django.utils import timezone

from common.errors import RentwellError
from common.logging import get_logger
from payments.domain.changes import check_change
from payments.domain.states import UNDECIDED, ChangeStatus, OrderStatus
from payments.models import OrderChange, Payment, RentalOrder, RentalOrderItem
from payments.services.change_application import apply_change, is_as_before, thawed
from payments.services.journal import GATEWAY, record
from payments.services.order_rows import shape_of
from payments.services.pending_changes import end_change

log = get_logger(__name__)


def follow_payment(order: RentalOrder, payment: Payment) -> None:
    """Carry the change out that `payment` of a locked order has paid, or let it go if nobody can
    pay it any more. Where it is not possible any more, `settle` gives the money back."""
    change = OrderChange.objects.filter(payment=payment).first()
    if change is None or payment.state in UNDECIDED:
        return
    is_paid = payment.captured_minor >= change.difference_minor
    if change.state is ChangeStatus.EXPIRED and is_paid:
        _take_up_late(order, change)
    elif change.state is ChangeStatus.PENDING and not (is_paid and carried_out(order, change)):
        end_change(order, change, ChangeStatus.EXPIRED, GATEWAY)


def carried_out(order: RentalOrder, change: OrderChange) -> bool:
    """Whether a locked order has become what the change says; if not, it is as it was."""
    try:
        with transaction.atomic():
            _check_still_possible(order, change)
            apply_change(order, change, GATEWAY)
    except RentwellError as error:
        log.warning("change_not_possible", change=str(change.pk), code=error.code)
        order.refresh_from_db()
        change.refresh_from_db()
        return False
    return True


def _check_still_possible(order: RentalOrder, change: OrderChange) -> None:
    """The order may have been handed over, returned or cancelled since."""
    old = shape_of(order, list(order.items.all()))
    after = thawed(RentalOrder, change.after)
    new = shape_of(after, [thawed(RentalOrderItem, values) for values in change.lines])
    check_change(order.state, old, new, now=timezone.now(), by_shop=True, repriced=True)


def _take_up_late(order: RentalOrder, change: OrderChange) -> None:
    """Late money: the change after all, if the order is what it was and the units are free; else
    the customer is told why his money goes back."""
    if order.state not in (OrderStatus.CONFIRMED, OrderStatus.PICKED_UP):
        return  # nobody expects anything of it any more
    why = _why_too_late(order, change)
    if not why and not carried_out(order, change):
        why = "somebody else has been promised what it needs by now"
    if why:
        record(
            order, "change.late", GATEWAY, ref=f"{change.pk}:late", change=str(change.pk), why=why
        )


def _why_too_late(order: RentalOrder, change: OrderChange) -> str:
    if not is_as_before(order, change) or order.changes.pending().exists():
        return "the order has been changed in another way since"
    after, now = thawed(RentalOrder, change.after), timezone.now()
    begins_anew = after.rental_start_date != order.rental_start_date
    if after.rental_end_date <= now or (begins_anew and after.rental_start_date <= now):
        return "its time has passed"
    return ""
