"""The board of a day: the kinds of work on it, and what each asks of a person."""

from payments.domain.states import Status


class Work(Status):
    """What somebody of the shop has to do, or to watch."""

    PICKUP = "PICKUP"
    RETURN = "RETURN"
    OVERDUE = "OVERDUE"
    HOLD_ENDS = "HOLD_ENDS"
    UNPAID = "UNPAID"
    REFUND_IN_TRANSIT = "REFUND_IN_TRANSIT"
    NOT_PICKED_UP = "NOT_PICKED_UP"
    REST_NOT_PICKED_UP = "REST_NOT_PICKED_UP"
    SHORTAGE = "SHORTAGE"
    ATTENTION = "ATTENTION"
    REFUND_FAILED = "REFUND_FAILED"
    REFUND_TO_APPROVE = "REFUND_TO_APPROVE"
    PAYMENT_QUARANTINED = "PAYMENT_QUARANTINED"
    DEPOSIT_TO_SETTLE = "DEPOSIT_TO_SETTLE"
    DEPOSIT_ACTION = "DEPOSIT_ACTION"
    DISPUTE = "DISPUTE"
    FINDING = "FINDING"

    @property
    def what(self) -> str:
        """What to do, in one sentence."""
        return _WHAT[self]


_WHAT = {
    Work.PICKUP: "Get the units ready and hand them over.",
    Work.RETURN: "Take the units back and look at them.",
    Work.OVERDUE: "Call the customer: the units should be back.",
    Work.HOLD_ENDS: "Settle the deposit or have it held anew before the bank lets go of it.",
    Work.UNPAID: "Nothing, or call the customer: unpaid units are soon free again.",
    Work.REFUND_IN_TRANSIT: "Nothing yet: ask the payment service if it takes days.",
    Work.NOT_PICKED_UP: "Call the customer; hand over, or note that nobody came.",
    Work.REST_NOT_PICKED_UP: "Hand the rest over, or note that nobody will pick it up any more.",
    Work.SHORTAGE: "Find other units or another time, and call the customer: too few are left.",
    Work.ATTENTION: "Look at the order, then clear its mark.",
    Work.REFUND_FAILED: "Pay the customer in another way, and note it on the refund.",
    Work.REFUND_TO_APPROVE: "Approve the refund, or reject it; not who asked for it.",
    Work.PAYMENT_QUARANTINED: "Let the payment in as it is, or give it back.",
    Work.DEPOSIT_TO_SETTLE: "Inspect the units, claim what is wrong, and settle the deposit.",
    Work.DEPOSIT_ACTION: "Ask the customer to have the deposit held on the order's page.",
    Work.DISPUTE: "Hand in the evidence at the payment service before it is due.",
    Work.FINDING: "Find out why the books differ, and resolve the finding with a note.",
}
