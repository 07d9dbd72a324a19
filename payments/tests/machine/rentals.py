"""What becomes of a rental and its deposit: handed over, taken back, claimed, settled (D4)."""

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from common.money import round_minor, to_decimal
from payments.domain.deposits import ClaimKind
from payments.services.claims import Wanted, make_claim
from payments.services.deposits import settle_deposit
from payments.services.journal import Actor
from payments.services.rental import hand_over, take_back
from payments.tests.machine.life import WHICH, Life
from payments.tests.machine.staff import SOMEBODY


class Rentals(Life):
    @rule(which=WHICH, who=SOMEBODY)
    def units_are_handed_over(self, which: int, who: int) -> None:
        rows = [row for row in self.shop.orders() if row.status == "CONFIRMED"]
        if order := self.choose(rows, which):
            actor = Actor.of(self.shop.staff[who])
            self.do("hand over", lambda: hand_over(order_id=order.pk, actor=actor))

    @rule(which=WHICH, who=SOMEBODY)
    def units_are_taken_back(self, which: int, who: int) -> None:
        rows = [row for row in self.shop.orders() if row.status == "PICKED_UP"]
        if order := self.choose(rows, which):
            actor = Actor.of(self.shop.staff[who])
            self.do("take back", lambda: take_back(order_id=order.pk, actor=actor))

    @rule(which=WHICH, who=SOMEBODY, percent=st.sampled_from([10, 50, 130]))
    def something_is_claimed(self, which: int, who: int, percent: int) -> None:
        """A part of the deposit, or more than it."""
        rows = [row for row in self.shop.orders() if row.status in ("PICKED_UP", "RETURNED")]
        if order := self.choose(rows, which):
            part = round_minor(Decimal(order.deposit_minor + 100) * percent / 100, order.currency)
            amount = to_decimal(part, order.currency)
            wanted = Wanted(ClaimKind.DAMAGE, amount, "A scratch.")
            staff = self.shop.staff[who]
            self.do("claim", lambda: make_claim(order_id=order.pk, wanted=wanted, staff=staff))

    @rule(which=WHICH, who=SOMEBODY)
    def the_deposit_is_settled(self, which: int, who: int) -> None:
        rows = [row for row in self.shop.orders() if row.status == "RETURNED"]
        if order := self.choose(rows, which):
            actor = Actor.of(self.shop.staff[who])
            self.do("settle", lambda: settle_deposit(order_id=order.pk, actor=actor))
