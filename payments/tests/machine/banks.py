"""What happens at the payment service and the banks behind it, whether we hear of it or not."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from common.money import round_minor
from payments.models import Refund
from payments.tests.machine.life import WHICH, Life

Line = dict[str, Any]


class Banks(Life):
    def paid(self, which: int) -> Line | None:
        return self.choose([line for line in self.lines() if line["received"]], which)

    def lines(self) -> list[Line]:
        """The sandbox's books, oldest first."""
        return self.sandbox.books()[::-1]

    @rule(which=WHICH, percent=st.sampled_from([25, 50, 100]))
    def refund_in_the_dashboard(self, which: int, percent: int) -> None:
        """But not what staff have paid out by hand already: then more would go back than came, and
        the difference is a finding for a person."""
        line = self.paid(which)
        if line and (free := line["net"] - self.paid_by_hand(line)) > 0:
            part = free * percent // 100
            part = round_minor(Decimal(part), line["currency"]) or free
            wanted = {"payment_intent": line["payment_intent"], "amount": str(part)}
            self.happens("dashboard", lambda: self.sandbox.post("/v1/refunds", **wanted))

    def paid_by_hand(self, line: Line) -> int:
        rows = Refund.objects.filter(payment__intent_id=line["payment_intent"])
        return sum(row.amount_minor for row in rows.filter(status="PAID_BY_HAND"))

    @rule(which=WHICH)
    def a_refund_fails(self, which: int) -> None:
        refunds = [refund for line in self.lines() for refund in line["refunds"]]
        if refund := self.choose(refunds, which):
            self.happens("refund fails", lambda: self.sandbox.befall("fail_refund", refund["id"]))

    @rule(which=WHICH, inquiry=st.booleans(), percent=st.sampled_from([40, 100, 104]))
    def a_payment_is_disputed(self, which: int, inquiry: bool, percent: int) -> None:
        """For a part, or for a little more: the bank counts in a currency of its own."""
        if line := self.paid(which):
            amount = line["received"] * percent // 100
            self.happens(
                "dispute",
                lambda: self.sandbox.dispute(line["charge"], inquiry=inquiry, amount=amount),
            )

    @rule(which=WHICH, end=st.sampled_from(["win_dispute", "lose_dispute"]))
    def a_dispute_ends(self, which: int, end: str) -> None:
        disputes = [dispute for line in self.lines() for dispute in line["disputes"]]
        if dispute := self.choose(disputes, which):
            self.happens("dispute ends", lambda: self.sandbox.befall(end, dispute["id"]))
