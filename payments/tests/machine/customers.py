"""What customers do: order, pay in every way there is, and cancel."""

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from payments.models import Payment
from payments.services.checkout import open_checkout
from payments.services.journal import Actor
from payments.services.orders import cancel_order
from payments.tests.machine.life import WHICH, Life
from payments.tests.sandbox import DECLINED, PAYS
from payments.tests.services.support import REFUND_FAILS_LATER, REFUND_PENDS, second_session

DISPUTES = "4000000000000259"
CARDS = st.sampled_from([PAYS, PAYS, PAYS, DECLINED, REFUND_FAILS_LATER, REFUND_PENDS, DISPUTES])
# In five days, in three minutes, and two that fail.
ACCOUNTS = st.sampled_from(
    ["AT611904300234573201", "AT321904300235473204", "AT861904300235473202", "AT051904300235473205"]
)


class Customers(Life):
    @initialize()
    def somebody_has_paid(self) -> None:
        self.order_something(customer=0, product=0, quantity=1, days=20)
        self.pay(which=0, card=PAYS)

    @rule(
        customer=st.integers(0, 1),
        product=st.integers(0, 3),
        quantity=st.integers(1, 2),
        days=st.sampled_from([1, 4, 20]),
    )
    def order_something(self, customer: int, product: int, quantity: int, days: int) -> None:
        self.do("place", lambda: self.shop.place(customer, product, quantity, days))

    def payable(self, which: int) -> Payment | None:
        rows = [row for row in self.shop.payments() if row.session_id and not row.captured_minor]
        return self.choose(rows, which)

    @rule(which=WHICH, card=CARDS)
    def pay(self, which: int, card: str) -> None:
        if payment := self.payable(which):
            self.happens("pay", lambda: self.sandbox.pay(payment.session_id, card))

    @rule(which=WHICH, iban=ACCOUNTS)
    def pay_by_debit(self, which: int, iban: str) -> None:
        if payment := self.payable(which):
            self.happens("debit", lambda: self.sandbox.pay_by_debit(payment.session_id, iban))

    @rule(which=WHICH)
    def come_back_to_the_checkout(self, which: int) -> None:
        if order := self.choose(self.shop.orders(), which):
            self.do("come back", lambda: open_checkout(order))

    @rule(which=WHICH)
    def open_a_second_session(self, which: int) -> None:
        """Another one for the same order, so that it may be paid twice (A08)."""
        orders = [row for row in self.shop.orders() if row.status == "PENDING"]
        rows = [row for row in orders if row.payments.count() == 1]
        if order := self.choose(rows, which):
            self.happens("second session", lambda: second_session(order, "BALANCE"))

    @rule(which=WHICH)
    def cancel_as_customer(self, which: int) -> None:
        if order := self.choose(self.shop.orders(), which):
            actor = Actor.of(order.customer)
            self.do(
                "cancel",
                lambda: cancel_order(order_id=order.pk, actor=actor, now=timezone.now()),
            )
