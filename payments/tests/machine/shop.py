"""The world of the money machine: one shop, its people, what they can do, and the post."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.apps import apps
from django.core import mail
from django.db import connection, transaction
from django.test import Client

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.domain.period import Period
from payments.models import Payment, PaymentGateway, Refund, RentalOrder
from payments.services.checkout import open_checkout
from payments.tests.factories import make_gateway, make_user, placed
from payments.tests.machine.clock import Clock
from payments.tests.machine.dying import Deathbed
from payments.tests.sandbox import Sandbox, deliver
from payments.tests.services.support import Event, newest_event

EUROS, YEN, DINARS = "EUR", "JPY", "KWD"
DAY: Final = timedelta(days=1)


def empty_books() -> None:
    """Forget every order. Without triggers, since a ledger's refuse it."""
    models = apps.get_app_config("payments").get_models()
    tables = {model._meta.db_table for model in models if model is not PaymentGateway}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in (*tables, "procrastinate_jobs"):
            cursor.execute(f"DELETE FROM {table}")


class Shop:
    """A shop with a product per currency, two customers and two of staff; it lives many lives."""

    def __init__(self, sandbox: Sandbox, clock: Clock, deathbed: Deathbed) -> None:
        self.sandbox, self.clock, self.deathbed = sandbox, clock, deathbed
        make_gateway()
        self.products = [
            make_product(units=3),
            make_product(units=3, deposit_strategy="HOLD"),
            make_product(units=2, currency=YEN, tiers=[("DAY", 1, 333)], deposit_minor=1001),
            make_product(units=2, currency=DINARS, tiers=[("DAY", 1, 12340)], deposit_minor=0),
        ]
        self.customers = [make_user(), make_user()]
        self.staff = [make_user(role=Role.STAFF), make_user(role=Role.STAFF)]
        self.steps: Counter[str] = Counter()  # over all lives
        self._door = Client()
        self.begin()

    def begin(self) -> None:
        """A new life: no order, no money, no news.

        It begins at six, or it would not be the same in every run.
        """
        self.sandbox.reset()
        self.clock.reset()
        self.clock.advance_to(self.clock.today_at_ten() + timedelta(hours=20))
        empty_books()
        mail.outbox.clear()
        self.post = Post(self.sandbox, self._door)

    def orders(self) -> Sequence[RentalOrder]:
        """All of them, oldest first, as the database has them now."""
        return list(RentalOrder.objects.order_by("created_at"))

    def payments(self) -> Sequence[Payment]:
        return list(Payment.objects.order_by("created_at").select_related("order"))

    def refunds(self) -> Sequence[Refund]:
        return list(Refund.objects.order_by("created_at"))

    def place(self, customer: int, product: int, quantity: int, days: int) -> None:
        """A customer orders something that begins in so many days, and is led to the checkout."""
        start = self.clock.today_at_ten() + days * DAY
        lines, when = [(self.products[product], quantity)], Period(start, start + 2 * DAY)
        made = placed(self.customers[customer], lines, when, "")
        open_checkout(made.order, made.new_payment)


class Post:
    """What Stripe has told, and what of it has arrived."""

    def __init__(self, sandbox: Sandbox, door: Client) -> None:
        self._sandbox, self._door = sandbox, door
        self._newest = newest_event(sandbox)
        self.waiting: list[Event] = []
        self.arrived: list[Event] = []

    def collect(self) -> list[Event]:
        """Everything that has not arrived and is not lost, oldest first."""
        while told := self._told():
            self.waiting += told
        return self.waiting

    def _told(self) -> list[Event]:
        bounds = {"ending_before": self._newest} if self._newest else {}
        page: list[Event] = self._sandbox.get("/v1/events", limit="100", **bounds)["data"]
        if page:
            self._newest = page[0]["id"]
        return page[::-1]

    def deliver(self, events: Sequence[Event]) -> None:
        """Carry these to our webhook; whatever it dies over will come again."""
        for event in list(events):
            assert deliver(self._door, event).status_code == 200
            if event in self.waiting:
                self.waiting.remove(event)
                self.arrived.append(event)

    def lose(self, events: Sequence[Event]) -> None:
        """These will never come."""
        lost = {event["id"] for event in events}
        self.waiting = [event for event in self.waiting if event["id"] not in lost]
