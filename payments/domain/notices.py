"""Which facts call for a message to the customer, and what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from common.deposits import DepositStrategy
from common.money import format_money
from payments.domain.deposits import ClaimKind, Outcome


@dataclass(frozen=True)
class Notice:
    """A plain-text message; `{name}`, `{number}`, `{shop}`, `{amount}`, `{deposit}` (as far as it
    is charged), `{held}` (as far as it is not), `{start}`, `{end}`, `{link}`, `{quote}` (a quote's
    own link) and `{settlement}` (see `words_of_settlement`) are filled in."""

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
            "order_changed",
            "Your order {number} was changed",
            "your rental {number} is now from {start} to {end}, for {amount}, of which {deposit} is"
            " a deposit that comes back to you after the return. See what you rent, and what is to"
            " be paid or goes back to you:\n\n{link}",
        ),
        _notice(
            "change_to_pay",
            "Please pay for the change of your order {number}",
            "the change of your rental {number} is prepared, and what it needs is kept for you for"
            " a short while. It is carried out when you have paid for it:\n\n{link}",
        ),
        _notice(
            "change_expired",
            "Your order {number} stays as it was",
            "the change of your rental {number} was not paid in time, so the order stays as it was."
            " What you have paid for the change, if anything, goes back to you.",
        ),
        _notice(
            "change_late",
            "Your payment for the change of order {number} goes back to you",
            "your payment for the change of your rental {number} arrived after its time. It could"
            " not be carried out any more: {why}. The order stays as it is, and what you paid goes"
            " back to you, but for what you still owe.",
        ),
        _notice(
            "quote_sent",
            "Your quote {number}",
            "this is our quote {number} for a rental from {start} to {end}, for {amount}, of which"
            " {deposit} is a deposit that comes back to you after the return. Look at it, and"
            " accept it if you like:\n\n{quote}\n\nNothing is kept for you before that.",
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
            "deposit_settled",
            "Your deposit for order {number}",
            "thank you for bringing everything back. This is how we settled {number}:\n\n"
            "{settlement}",
        ),
        _notice(
            "deposit_action_required",
            "Please have the deposit for your order {number} held",
            "your bank does not let us hold the deposit of {held} for {number} on your card without"
            " you. Please have it held yourself before the pickup, with the same or another card;"
            " nothing is charged:\n\n{link}\n\nYour order stays confirmed. Without the deposit we"
            " may not be able to hand it over.",
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
    "order.changed": "order_changed",
    "change.offered": "change_to_pay",
    "change.expired": "change_expired",
    "change.late": "change_late",
    "quote.sent": "quote_sent",
    "refund.succeeded": "refund_done",
    "payment.declined": "payment_declined",
    "payment.failed": "payment_failed",
    "payment.late": "late_payment_refunded",
    "deposit.settled": "deposit_settled",
    "deposit.action_required": "deposit_action_required",
    "deposit.lapsed": "deposit_action_required",
}


# What the customer reads of the part that is not claimed; a card on file was never charged for it.
_BACK: Final = {
    DepositStrategy.CHARGE: "On its way back to you",
    DepositStrategy.HOLD: "Not held on your card any more",
}


def words_of_settlement(
    outcome: Outcome,
    claims: Iterable[tuple[ClaimKind, int, str]],
    currency: str,
    strategy: DepositStrategy = DepositStrategy.CHARGE,
) -> str:
    """Each claim with its amount and reason, what was not paid, and what that means for the
    deposit, a line each. What is taken, kept and goes back of the deposit is all of it."""
    lines = [
        f"{kind.label}: {format_money(amount, currency)}. {reason}"
        for kind, amount, reason in claims
    ]
    parts = (
        ("Not paid of your order", outcome.unpaid),
        ("Your deposit", outcome.deposit),
        ("Taken from it for claims" if outcome.netted else "Taken from it", outcome.taken),
        ("Kept of it for what was not paid", outcome.netted),
        (_BACK.get(strategy, ""), outcome.back),
        ("Still to be paid", outcome.owed),
    )
    shown = [(part, amount) for part, amount in parts if part and amount]
    lines += [f"{part}: {format_money(amount, currency)}." for part, amount in shown]
    return "\n".join(lines)
