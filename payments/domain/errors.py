"""What the trade's rules refuse."""

from uuid import UUID

from common.errors import Conflict, InvalidInput, Unavailable


class IllegalStep(Conflict):
    """The order's status does not allow this (D1)."""

    code = "illegal_status"


class OutOfStock(Conflict):
    """Fewer units are free in the period than were asked for (D2.5)."""

    code = "out_of_stock"
    default_message = "Not enough units are free in this period."


class UnknownCoupon(InvalidInput):
    """There is no coupon of this code."""

    default_message = "There is no such coupon."

    def __init__(self) -> None:
        super().__init__(errors={"coupon_code": [self.default_message]})


class CouponNotUsable(Conflict):
    """The coupon exists, and cannot be used now (D3.3)."""

    code = "coupon_not_usable"
    default_message = "This coupon cannot be used now."


class CouponUsedUp(CouponNotUsable):
    """As many orders use the coupon as may."""

    default_message = "This coupon has been used as often as it can be."


class CouponUsedBefore(CouponNotUsable):
    """The coupon is for one order of each customer."""

    default_message = "You have used this coupon before."


class UnitNotAvailable(Conflict):
    """A unit with a serial number is out, out of service or retired (D2.9)."""

    code = "unit_not_available"
    default_message = "This unit is not here."


class OrderEnded(Conflict):
    """The order cannot be paid any more: it was cancelled, or not paid in time."""

    code = "order_ended"

    @classmethod
    def of(cls, number: str, order_id: UUID) -> "OrderEnded":
        return cls(
            f"Order {number} has ended and cannot be paid any more. Please order again, with a new"
            " Idempotency-Key if you send one.",
            errors={"order_id": str(order_id), "order_number": number},
        )


class InProgress(Conflict):
    """The same request is being carried out right now."""

    code = "in_progress"
    default_message = "The same request is being carried out. Please ask again in a moment."


class TooManyPending(Conflict):
    """The customer holds as many unpaid orders as the shop allows (matrix row F08)."""

    code = "too_many_pending_orders"
    default_message = "You have too many unpaid orders. Pay or cancel one of them first."


class GatewayAlreadyActive(Conflict):
    """There is one active gateway of each type, or nobody knows which one is asked."""

    code = "gateway_already_active"
    default_message = "Another gateway of this type is active. Deactivate it first."


class PaymentDisputed(Conflict):
    """A bank has taken the payment back, or may do so (D6.10)."""

    code = "payment_disputed"
    default_message = (
        "This payment is disputed: its money is, or may be, with the customer's bank already. It"
        " can be refunded once the dispute is won."
    )


class OtherCurrency(Conflict):
    """What arrived cannot be counted for its order (D6.4)."""

    code = "other_currency"
    default_message = (
        "This money is in another currency than its order. Give it back in the payment service's"
        " dashboard, then release the payment here."
    )


class DepositSettled(Conflict):
    """What became of the deposit is decided once (D4)."""

    code = "deposit_settled"
    default_message = "The deposit of this order is settled already."


class NothingOwed(Conflict):
    """There is no balance to pay."""

    code = "nothing_owed"
    default_message = "Nothing is owed for this order."


class NothingToInvoice(Conflict):
    """No invoice is missing, and none is wrong."""

    code = "nothing_to_invoice"
    default_message = "There is nothing to invoice or to take back: the invoices say what holds."


class NothingToReceipt(Conflict):
    """No money came since the last invoice or receipt, or there is no invoice yet."""

    code = "nothing_to_receipt"
    default_message = "There is nothing to receipt: an invoice says what was paid before it."


class BooksDiffer(Conflict):
    """Lines and books of an order do not come to the same, so nothing is printed."""

    code = "books_differ"
    default_message = (
        "The lines of this order and its books do not come to the same amount. Run the audit"
        " before a document is issued."
    )


class NothingToChange(Conflict):
    """The order is as it is wanted already."""

    code = "nothing_to_change"
    default_message = "The order is like this already."


class ChangePending(Conflict):
    """One change at a time (D6.6: one open page)."""

    code = "change_pending"
    default_message = "Another change of this order waits for its payment: pay or withdraw it."


class QuoteExpired(Conflict):
    """The time for accepting a quote is over."""

    code = "quote_expired"
    default_message = "This quote has expired. Please ask us for a new one."


class PriceChanged(Conflict):
    """It would cost something else than was seen before."""

    code = "price_changed"
    default_message = "The price has changed since you saw it."


class TooMuchEvidence(Conflict):
    """A claim or a movement has as many files as it may have."""

    code = "too_much_evidence"
    default_message = "There are as many files here as there may be."


class DepositNotSecured(Conflict):
    """Nothing is held on the customer's card yet, or not any more (D4)."""

    code = "deposit_not_secured"
    default_message = (
        "The deposit of this order is not held yet. Have it held first, or hand over without it."
    )


class NoDepositToHold(Conflict):
    """The customer has nothing to do about his deposit."""

    code = "no_deposit_to_hold"
    default_message = "Nothing has to be done for the deposit of this order."


class RefundTooLarge(Conflict):
    """More than is left of what was received, or of a line (D5, rule R15)."""

    code = "refund_too_large"
    default_message = "More than can still be refunded of this order."


class SecondPersonNeeded(Conflict):
    """Whoever asked for a refund does not approve it himself."""

    code = "second_person_needed"
    default_message = "Somebody else than who asked for this refund has to decide."


class AmountTooLarge(InvalidInput):
    """No gateway takes that much in one charge (D3.4)."""

    code = "amount_too_large"
    default_message = "The total is larger than can be paid at once."


class GatewayUnavailable(Unavailable):
    """The gateway did not answer, or cannot now. Whether it acted is unknown (D6.1)."""

    code = "gateway_unavailable"
    default_message = (
        "The payment service does not answer. Your order is kept; please try again in a moment."
    )


class GatewayBroke(GatewayUnavailable):
    """The gateway answered that it failed. It repeats that for the same key; whether it acted, only
    looking tells (rule R2)."""


class GatewayRefused(Conflict):
    """The gateway understood the request and refused it; nothing was done there."""

    code = "gateway_refused"
    default_message = "The payment service refused the request."
