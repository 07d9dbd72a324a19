"""Which facts call for a message to the customer, and what it says."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Notice:
    """A plain-text message; `{name}`, `{number}`, `{shop}`, `{amount}`, `{deposit}`, `{start}` and
    `{end}` are filled in."""

    kind: str
    subject: str
    body: str


_GREETING = "Hello {name},\n\n"
_CLOSING = "\n\nYour {shop}"


def _notice(kind: str, subject: str, body: str) -> Notice:
    return Notice(kind, subject, _GREETING + body + _CLOSING)


NOTICES: Final = {
    notice.kind: notice
    for notice in (
        _notice(
            "order_confirmed",
            "Your order {number} is confirmed",
            "we have received your payment, and your rental {number} from {start} to {end} is"
            " confirmed.\n\nPaid: {amount}, of which {deposit} is a deposit that comes back to you"
            " after the return.",
        ),
        _notice(
            "order_cancelled",
            "Your order {number} is cancelled",
            "your rental {number} was cancelled. What is owed to you is on its way back to the card"
            " it came from; banks take a few days to show it.",
        ),
        _notice(
            "refund_done",
            "Your refund for order {number} is done",
            "money that you paid for {number} was sent back to where it came from; banks take a few"
            " days to show it.",
        ),
        _notice(
            "payment_declined",
            "The payment for your order {number} did not go through",
            "your bank did not accept the payment for {number}. Your units are still kept for you:"
            " please try again with the same or another card.",
        ),
        _notice(
            "payment_failed",
            "The payment for your order {number} has failed",
            "your bank did not carry out the payment for {number}, so the order has ended and its"
            " units are free for others again. Please order again if you still need them.",
        ),
        _notice(
            "late_payment_refunded",
            "Your payment for order {number} goes back to you",
            "your payment for {number} arrived after the order had ended, and the units could not"
            " be kept for you. The whole amount is on its way back to you.",
        ),
    )
}

# Fact of the journal -> kind of notice.
NOTICE_OF_FACT: Final = {
    "order.confirmed": "order_confirmed",
    "order.cancelled": "order_cancelled",
    "refund.succeeded": "refund_done",
    "payment.declined": "payment_declined",
    "payment.failed": "payment_failed",
    "payment.late": "late_payment_refunded",
}
