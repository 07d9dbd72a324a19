"""The life of a shop's money: what every rule needs, and what must hold whenever it is quiet."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import requests
from django.db.models import Max
from django.db.models.functions import Coalesce
from django.utils import timezone
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from common.errors import RentwellError
from payments.domain.settlement import Decision, Move, decide
from payments.models import Payment, RentalOrder
from payments.models.work import LEASE
from payments.services.reconcile import reconcile
from payments.services.settlement import books_of
from payments.tests.machine.dying import Death, Died
from payments.tests.machine.shop import Shop
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet, work

Row = TypeVar("Row")

WHICH = st.integers(0, 30)  # one of those that there are, counted round


class Life(RuleBasedStateMachine):
    """One life of the shop: it begins with empty books."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop, self.sandbox = shop, shop.sandbox
        shop.begin()
        self.death: Death | None = None

    def choose(self, rows: Sequence[Row], which: int) -> Row | None:
        return rows[which % len(rows)] if rows else None

    def happens(self, what: str, doing: Callable[[], Any]) -> Any:
        """One step of the world outside. It may be refused; then it gives None."""
        self.shop.steps[what] += 1
        try:
            return doing()
        except (RentwellError, requests.ConnectionError) as refused:
            note(f"{what}: {refused}")
        except Died:
            note(f"{what}: died")
        return None

    def do(self, what: str, doing: Callable[[], Any]) -> Any:
        """One step of the shop's own processes, of which one may die over it."""
        death, self.death = self.death, None
        if death is None:
            return self.happens(what, doing)
        return self.happens(what, partial(self.shop.deathbed, doing, death))

    def come_to_rest(self, after: timedelta) -> None:
        """All is well again, time passes, everything that is not lost arrives, workers work."""
        self.death = None
        self.sandbox.heal()
        self.shop.clock.advance(after + LEASE)
        failures = []
        while self.shop.post.collect():
            self.shop.post.deliver(self.shop.post.waiting)
            failures += work()
        failures += quiet()
        if last := _end_of_holds_without_a_page():
            self.shop.clock.advance_to(last)
            failures += quiet()
        reconcile()
        failures += quiet()
        assert not failures, failures
        self.check()

    def check(self) -> None:
        """Every invariant, both sets of books, and no order with something left to decide."""
        assert_books(self.sandbox)
        for order in self.shop.orders():
            left = _left_to_do(order)
            assert left == Decision(), (order.order_number, order.status, left)


def _end_of_holds_without_a_page() -> datetime | None:
    """A page that could not be opened while its time was not over waits for its customer, who may
    still have it renewed, until the hold ends."""
    waiting = Payment.objects.filter(status="PENDING", session_id="")
    ends = waiting.aggregate(last=Max(Coalesce("order__hold_expires_at", "payable_until")))["last"]
    return max(ends, timezone.now()) + timedelta(seconds=1) if ends else None


def _left_to_do(order: RentalOrder) -> Decision:
    """What settling would do. What a bank has, or a person has to see to, waits."""
    decision = decide(books_of(order))
    is_money = decision.move in (Move.NOTHING, Move.RETAKE)
    if is_money and not sum(payment.refundable_minor for payment in order.payments.all()):
        return Decision()
    return decision
