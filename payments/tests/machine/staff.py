"""What the shop's staff do: cancel, refund in parts, pay out by hand what failed."""

from decimal import Decimal

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import rule

from common.money import round_minor, to_decimal
from payments.services.journal import Actor
from payments.services.orders import cancel_order, note_no_show
from payments.services.resync import resync_order
from payments.services.staff_refunds import (
    Units,
    Wanted,
    approve_refund,
    pay_by_hand,
    refund_order,
    refundable_minor,
    reject_refund,
)
from payments.tests.machine.life import WHICH, Life

SOMEBODY = st.integers(0, 1)


class Staff(Life):
    @rule(which=WHICH, who=SOMEBODY)
    def cancel_as_shop(self, which: int, who: int) -> None:
        if order := self.choose(self.shop.orders(), which):
            actor = Actor.of(self.shop.staff[who])
            self.do(
                "cancel",
                lambda: cancel_order(order_id=order.pk, actor=actor, now=timezone.now()),
            )

    @rule(which=WHICH, who=SOMEBODY)
    def nobody_came(self, which: int, who: int) -> None:
        if order := self.choose(self.shop.orders(), which):
            actor = Actor.of(self.shop.staff[who])
            self.do(
                "no-show",
                lambda: note_no_show(order_id=order.pk, actor=actor, now=timezone.now()),
            )

    @rule(which=WHICH, who=SOMEBODY, percent=st.sampled_from([10, 33, 60, 100, 110]))
    def refund_a_part(self, which: int, who: int, percent: int) -> None:
        """A part of what is left, or somewhat more, which is refused."""
        if order := self.choose(self.shop.orders(), which):
            part = round_minor(Decimal(refundable_minor(order)) * percent / 100, order.currency)
            wanted = Wanted(amount=to_decimal(part, order.currency))
            self.do(
                "refund",
                lambda: refund_order(order_id=order.pk, wanted=wanted, staff=self.shop.staff[who]),
            )

    @rule(which=WHICH, who=SOMEBODY, with_deposit=st.booleans())
    def refund_a_unit(self, which: int, who: int, with_deposit: bool) -> None:
        if order := self.choose(self.shop.orders(), which):
            wanted = Wanted(units=[Units(order.items.get().pk, 1, with_deposit)])
            self.do(
                "refund",
                lambda: refund_order(order_id=order.pk, wanted=wanted, staff=self.shop.staff[who]),
            )

    @rule(which=WHICH, who=SOMEBODY, agree=st.booleans())
    def decide_about_a_refund(self, which: int, who: int, agree: bool) -> None:
        rows = [row for row in self.shop.refunds() if row.status == "UNAPPROVED"]
        if refund := self.choose(rows, which):
            decide = approve_refund if agree else reject_refund
            self.do("decide", lambda: decide(refund.pk, self.shop.staff[who]))

    @rule(which=WHICH, who=SOMEBODY)
    def resync_an_order(self, which: int, who: int) -> None:
        if order := self.choose(self.shop.orders(), which):
            actor = Actor.of(self.shop.staff[who])
            self.do("resync", lambda: resync_order(order_id=order.pk, actor=actor))

    @rule(which=WHICH, who=SOMEBODY)
    def pay_a_failed_refund_by_hand(self, which: int, who: int) -> None:
        rows = [row for row in self.shop.refunds() if row.status == "FAILED"]
        if refund := self.choose(rows, which):
            self.do("by hand", lambda: pay_by_hand(refund.pk, self.shop.staff[who], "Till 1"))
