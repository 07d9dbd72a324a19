"""Orders become longer, shorter or larger; some changes wait for their payment (ADR 0011)."""

from datetime import timedelta
from typing import Final

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import rule

from payments.domain.changes import ChangeKind
from payments.models import OrderChange
from payments.services.change_plans import Wanted
from payments.services.changes import change_order, withdraw_change
from payments.services.journal import Actor
from payments.services.quotes import CartLine
from payments.tests.machine.life import WHICH, Life
from payments.tests.machine.staff import SOMEBODY

DAY: Final = timedelta(days=1)


class Changes(Life):
    @rule(which=WHICH, days=st.sampled_from([-1, 1, 3]))
    def a_customer_changes_the_return(self, which: int, days: int) -> None:
        if order := self.choose(self.shop.orders(), which):
            wanted = Wanted(ChangeKind.CHANGE, end=order.rental_end_date + days * DAY)
            actor = Actor.of(order.customer)
            self.do(
                "change",
                lambda: change_order(
                    order_id=order.pk, wanted=wanted, actor=actor, now=timezone.now()
                ),
            )

    @rule(which=WHICH, who=SOMEBODY, quantity=st.integers(1, 3), pays_later=st.booleans())
    def staff_change_the_units(self, which: int, who: int, quantity: int, pays_later: bool) -> None:
        if order := self.choose(self.shop.orders(), which):
            line = CartLine(order.items.get().product_id, quantity)
            wanted = Wanted(ChangeKind.CHANGE, lines=[line])
            actor = Actor.of(self.shop.staff[who])
            self.do(
                "change",
                lambda: change_order(
                    order_id=order.pk,
                    wanted=wanted,
                    actor=actor,
                    now=timezone.now(),
                    pays_later=pays_later,
                ),
            )

    @rule(which=WHICH)
    def a_change_is_withdrawn(self, which: int) -> None:
        rows = list(OrderChange.objects.pending().order_by("created_at"))
        if change := self.choose(rows, which):
            actor = Actor.of(change.order.customer)
            self.do("withdraw", lambda: withdraw_change(order_id=change.order_id, actor=actor))
