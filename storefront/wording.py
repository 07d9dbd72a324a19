"""What customers read about facts, statuses and lengths of time."""

from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Final

from common.deposits import DepositStrategy
from common.money import format_money
from payments.domain.board import Work
from payments.domain.fulfilment import Fulfilment
from payments.domain.holds import DepositStatus
from payments.domain.opening import Closure, Opening
from payments.domain.states import ClaimStatus, OrderStatus, RefundStatus
from payments.models import OrderEvent

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

EVENTS: Final = {
    "order.placed": "Ordered",
    "document.issued": "Document issued",
    "order.confirmed": "Confirmed",
    "order.picked_up": "Picked up",
    "order.returned": "Returned",
    "order.completed": "Completed",
    "order.cancelled": "Cancelled",
    "order.expired": "Not paid in time; the units are free for others again",
    "order.no_show": "Not picked up",
    "payment.processing": "Payment on its way from the bank",
    "payment.succeeded": "Payment received",
    "payment.declined": "Card declined",
    "payment.failed": "Payment failed",
    "payment.cancelled": "Payment page closed",
    "payment.quarantined": "Payment is being checked by the shop",
    "payment.late": "The payment came too late",
    "change.late": "The payment for the change came too late",
    "deposit.processing": "Deposit being checked by your bank",
    "deposit.held": "Deposit held on your card",
    "deposit.captured": "Taken from the deposit",
    "deposit.released": "Deposit released",
    "deposit.lapsed": "The hold of the deposit has ended",
    "deposit.action_required": "Your bank refused to hold the deposit",
    "deposit.charge_failed": "Your card could not be charged",
    "deposit.asked_again": "Deposit asked for once more",
    "deposit.quarantined": "Deposit is being checked by the shop",
    "refund.asked": "Refund on its way",
    "refund.succeeded": "Refunded",
    "refund.failed": "Refund failed; the shop has been told",
    "order.resynced": "Checked with the payment service",
    "dispute.inquiry": "Your bank has asked the shop about the payment",
    "dispute.needs_response": "Payment disputed through your bank",
    "dispute.under_review": "Your bank is looking at the dispute",
    "dispute.won": "Your bank decided for the shop",
    "dispute.lost": "Your bank decided for you",
    "dispute.closed": "The bank's question is settled",
    "dispute.withdrawn": "Your bank has taken the money back",
    "dispute.reinstated": "Your bank has returned the money to the shop",
    "refund.approved": "Refund approved",
    "refund.rejected": "Refund withdrawn",
    "refund.paid_by_hand": "Paid out by the shop",
    "claim.made": "The shop asks for something",
    "claim.withdrawn": "The shop asks for it no more",
    "claim.evidence": "The shop added evidence",
    "order.pickup_undone": "Not picked up after all: that was noted by mistake",
    "order.drafted": "Quote drafted",
    "draft.changed": "Quote changed",
    "quote.sent": "Quote sent",
    "order.changed": "Order changed",
    "change.asked": "Change asked for, to be paid",
    "change.offered": "Change noted by the shop, to be paid",
    "change.cancelled": "The change will not be made",
    "change.expired": "The change was not paid in time, or is not possible any more",
    "units.handed_over": "More of it picked up",
    "units.taken_back": "Some of it returned",
    "units.scan_undone": "A pickup or return noted by mistake was undone",
    "units.swapped": "A unit was swapped for another",
    "units.photo": "The shop added a photo",
    "deposit.settled": "Deposit settled",
}

WITH_AMOUNT: Final = frozenset(
    {
        "payment.succeeded",
        "refund.asked",
        "refund.succeeded",
        "refund.paid_by_hand",
        "claim.made",
        "claim.withdrawn",
        "deposit.held",
        "deposit.captured",
    }
)

STATUSES: Final = {
    OrderStatus.DRAFT: "This order has not been sent yet.",
    OrderStatus.PENDING: "We are waiting for your payment.",
    OrderStatus.CONFIRMED: "Paid and confirmed. We look forward to seeing you at pickup.",
    OrderStatus.PICKED_UP: "You have it. Enjoy, and please bring it back in time.",
    OrderStatus.RETURNED: "It is back with us. We check it and then settle the deposit.",
    OrderStatus.COMPLETED: "All done. Thank you for renting with us.",
    OrderStatus.CANCELLED: "This order is cancelled. Any refund goes back the way the money came.",
    OrderStatus.EXPIRED: "This order was not paid in time and has ended. Please order again.",
    OrderStatus.NO_SHOW: "This order was not picked up.",
}

CLAIMS: Final = {
    ClaimStatus.OPEN: "being looked at by the shop",
    ClaimStatus.ACCEPTED: "charged",
    ClaimStatus.WITHDRAWN: "not asked for any more",
    ClaimStatus.LAPSED: "not asked for any more",
}

REFUNDS: Final = {
    RefundStatus.UNAPPROVED: "being checked by the shop",
    RefundStatus.PENDING: "on its way",
    RefundStatus.PROCESSING: "on its way",
    RefundStatus.SUCCEEDED: "sent; banks take a few days to show it",
    RefundStatus.FAILED: "failed; the shop has been told",
    RefundStatus.CANCELLED: "withdrawn",
    RefundStatus.PAID_BY_HAND: "paid out by the shop",
}


SECURED: Final = {
    DepositStrategy.CHARGE: "comes back after the return",
    DepositStrategy.HOLD: "held on your card around the rental, not charged",
    DepositStrategy.CARD_ON_FILE: "nothing is charged unless there is something to claim",
    DepositStrategy.NONE: "none",
}

# On the buttons of the board.
WORK: Final = {
    Work.PICKUP: "Hand over",
    Work.RETURN: "Take back",
    Work.OVERDUE: "Take back",
    Work.HOLD_ENDS: "Look at it",
    Work.UNPAID: "Look at it",
    Work.REFUND_IN_TRANSIT: "Ask about it",
    Work.NOT_PICKED_UP: "Look at it",
    Work.REST_NOT_PICKED_UP: "Look at it",
    Work.SHORTAGE: "Look at it",
    Work.ATTENTION: "Look at it",
    Work.REFUND_FAILED: "Note as paid",
    Work.REFUND_TO_APPROVE: "Decide",
    Work.PAYMENT_QUARANTINED: "Decide",
    Work.DEPOSIT_TO_SETTLE: "Settle",
    Work.DEPOSIT_ACTION: "Look at it",
    Work.DISPUTE: "Answer",
    Work.FINDING: "Resolve",
}

DEPOSITS: Final = {
    DepositStatus.PLANNED: "A deposit of {amount} is held on your card shortly before the pickup.",
    DepositStatus.PENDING: "Your bank is asked to hold the deposit of {amount}.",
    DepositStatus.HELD: "The deposit of {amount} is held on your card. Nothing was charged.",
    DepositStatus.ON_FILE: "For the deposit of {amount}, your card is on file. Nothing is charged"
    " unless there is something to claim.",
    DepositStatus.CAPTURED: "A part of the deposit was taken from your card.",
    DepositStatus.RELEASED: "Nothing is held on your card any more.",
}


def words_of_deposit(status: DepositStatus, amount_minor: int, currency: str) -> str:
    """Where a deposit stands that was not paid with the rent."""
    return DEPOSITS[status].format(amount=format_money(amount_minor, currency))


def words_of_event(event: OrderEvent) -> str:
    """A line of the timeline, with its amount if it has one."""
    words = EVENTS.get(event.fact) or event.fact.replace(".", " ").replace("_", " ").capitalize()
    amount, currency = event.data.get("amount_minor"), event.data.get("currency")
    if event.fact in WITH_AMOUNT and amount and currency:
        return f"{words}: {format_money(amount, currency)}"
    return words


def words_of_week(opening: Opening) -> list[tuple[str, str]]:
    """The week's hours, days with the same ones together: `("Mon to Fri", "09:00 to 18:00")`."""
    by_day = [
        (abbr, " and ".join(str(hours) for hours in opening.hours if hours.weekday == weekday))
        for weekday, abbr in enumerate(WEEKDAYS, start=1)
    ]
    rows = []
    for hours, days in groupby(by_day, key=itemgetter(1)):
        first, *others = [abbr for abbr, _ in days]
        rows.append((f"{first} to {others[-1]}" if others else first, hours or "closed"))
    return rows


def words_of_closure(closure: Closure) -> str:
    """`28 March to 29 March 2027 (Easter)`."""
    first, last = closure.first_on, closure.last_on
    days = f"{last.day} {last:%B %Y}"
    if first != last:
        days = f"{first.day} {first:%B} to {days}"
    return f"{days} ({closure.reason})" if closure.reason else days


def words_of_fulfilment(line: Fulfilment) -> str:
    """Where the units of a line are, once some have gone out: `1 out, 2 not picked up yet`."""
    if line.is_untouched:
        return ""
    parts = (
        (line.out, "out"),
        (line.reserved, "not picked up yet"),
        (line.back, "back"),
        (line.left, "not picked up"),
    )
    return ", ".join(f"{count} {where}" for count, where in parts if count)


def words_of_duration(duration: timedelta) -> str:
    """In the largest unit that fits: `90 minutes`, `1 hour`, `30 days`."""
    minutes = int(duration.total_seconds()) // 60
    sizes = {"day": 24 * 60, "hour": 60, "minute": 1}
    word, size = next((word, size) for word, size in sizes.items() if minutes % size == 0)
    return counted(minutes // size, word)


def counted(count: int, word: str) -> str:
    """`1 day`, `3 days`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
