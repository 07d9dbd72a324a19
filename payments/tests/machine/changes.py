"""Orders become longer, shorter or larger; some changes wait for their payment (ADR 0011)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from unittest.mock import patch

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import rule

from payments.domain.changes import ChangeKind
from payments.gateways.stripe.adapter import StripeGateway
from payments.models import OrderChange
from payments.services.change_plans import Wanted
from payments.services.changes import change_order, withdraw_change
from payments.services.journal import Actor
from payments.services.quotes import CartLine
from payments.tests.machine.customers import CARDS
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

    @rule(which=WHICH, days=st.sampled_from([-1, 1]), card=CARDS)
    def a_customer_pays_at_the_moment_of_his_change(self, which: int, days: int, card: str) -> None:
        """On the old page of an unpaid order, just before that is closed."""
        rows = [row for row in self.shop.orders() if row.status == "PENDING"]
        if order := self.choose(rows, which):
            wanted = Wanted(ChangeKind.CHANGE, end=order.rental_end_date + days * DAY)
            actor = Actor.of(order.customer)
            with patch.object(StripeGateway, "expire_checkout", self._paid_first(card)):
                self.do(
                    "change at the last moment",
                    lambda: change_order(
                        order_id=order.pk, wanted=wanted, actor=actor, now=timezone.now()
                    ),
                )

    def _paid_first(self, card: str) -> Callable[[StripeGateway, str, str], None]:
        close = StripeGateway.expire_checkout

        def pay_and_close(gateway: StripeGateway, session_id: str, key: str) -> None:
            self.happens("pay", lambda: self.sandbox.pay(session_id, card))
            close(gateway, session_id, key)

        return pay_and_close

    @rule(which=WHICH)
    def a_change_is_withdrawn(self, which: int) -> None:
        rows = list(OrderChange.objects.pending().order_by("created_at"))
        if change := self.choose(rows, which):
            actor = Actor.of(change.order.customer)
            self.do("withdraw", lambda: withdraw_change(order_id=change.order_id, actor=actor))
