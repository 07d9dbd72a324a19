"""A shop of the version before 0015 is migrated to this one, and its books stay sound."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Role, User
from catalog.models import Product
from payments.domain.documents import DocumentKind
from payments.domain.fulfilment import MovementKind
from payments.models import Movement, RentalOrder, RentalOrderItem
from payments.services import rental, undo
from payments.services.deposits import settle_deposit
from payments.services.documents import issue_document
from payments.services.journal import Actor
from payments.services.late_fees import rule_of
from payments.services.movements import Lines
from payments.tests.races.books import broken

OLD_SHOP: Final = Path(__file__).with_name("old_shop.sql")
WRITTEN_ON: Final = date(2026, 11, 25)
AS_IT_WAS: Final = (("payments", "0014"), ("catalog", "0002"))

# What the rows say of themselves (`notes`), and what went out and came back of two tents, a stove.
OUT, BACK = [("OUT", 1), ("OUT", 2)], [("BACK", 1), ("BACK", 2), ("OUT", 1), ("OUT", 2)]
MOVED: Final = {
    "": [],
    "waits for its payment": [],
    "expired": [],
    "cancelled before it was paid": [],
    "cancelled late": [],
    "nobody came": [],
    "confirmed": [],
    "confirmed, its deposit held": [],
    "out": OUT,
    "overdue": OUT,
    "out again after a mistaken scan": OUT,
    "back": BACK,
    "back, claimed": BACK,
    "back, and owes": BACK,
    "back for the second time": BACK,
    "completed, with a gift": BACK,
    "completed, its deposit held": [("BACK", 1), ("OUT", 1)],
}


@pytest.fixture(scope="module", autouse=True)
def _migrated(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """In a database of its own, so that nobody else's is touched: as it was, filled, and brought
    up to date."""
    with django_db_blocker.unblock():
        usual = connection.settings_dict["NAME"]
        own = f"{usual}_migrated"
        _execute(f'DROP DATABASE IF EXISTS "{own}"', f'CREATE DATABASE "{own}"')
        _go_to(own)
        try:
            for app, migration in AS_IT_WAS:
                _migrate(app, migration)
            _load()
            _migrate()
            yield
        finally:
            _go_to(usual)
            _execute(f'DROP DATABASE "{own}"')


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _go_to(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database
    ContentType.objects.clear_cache()


def _migrate(*target: str) -> None:
    call_command("migrate", *target, verbosity=0)


def _load() -> None:
    """Without the triggers: these rows have been through them."""
    _execute(
        "SET session_replication_role = replica",
        _as_of_yesterday(OLD_SHOP.read_text("utf-8")),
        "SET session_replication_role = DEFAULT",
    )


def _as_of_yesterday(rows: str) -> str:
    """The same rows, as if they had been written yesterday: what is ahead stays ahead."""
    since = timezone.now().date() - timedelta(days=1) - WRITTEN_ON

    def moved(found: re.Match[str]) -> str:
        return str(date.fromisoformat(found[0]) + since)

    return re.sub(r"\b\d{4}-\d\d-\d\d(?=[ '])", moved, rows)


def test_the_books_are_sound() -> None:
    """As `manage.py audit` asks."""
    assert broken() == {}


def test_there_is_an_order_in_every_status_that_was_used() -> None:
    found = set(RentalOrder.objects.values_list("status", flat=True))
    assert found == {
        *("PENDING", "CONFIRMED", "PICKED_UP", "RETURNED", "COMPLETED"),
        *("CANCELLED", "EXPIRED", "NO_SHOW"),
    }
    assert set(RentalOrder.objects.values_list("notes", flat=True)) == set(MOVED)


@pytest.mark.parametrize("notes", MOVED)
def test_what_had_gone_out_and_come_back_is_kept_as_movements(notes: str) -> None:
    order = RentalOrder.objects.get(notes=notes)
    moved = Movement.objects.filter(order=order)
    assert sorted(moved.values_list("kind", "quantity")) == MOVED[notes]
    assert {row.condition for row in moved if row.kind == "BACK"} <= {"GOOD"}
    assert all(row.staff and row.staff.is_staff for row in moved)


@pytest.mark.parametrize(
    ("notes", "kind", "fact"),
    [
        ("out", "OUT", "order.picked_up"),
        ("out again after a mistaken scan", "OUT", "order.picked_up"),
        ("back", "BACK", "order.returned"),
        ("back for the second time", "BACK", "order.returned"),
    ],
)
def test_a_movement_is_as_old_as_its_last_scan(notes: str, kind: str, fact: str) -> None:
    """To undo a return is no pickup."""
    order = RentalOrder.objects.get(notes=notes)
    scans = order.events.filter(fact=fact).exclude(from_status="RETURNED")
    assert {row.at for row in order.movements.filter(kind=kind)} == {scans.latest("id").created_at}


def test_what_is_out_can_come_back_and_nothing_else() -> None:
    """By the rule that `take_back` itself asks."""
    for order in RentalOrder.objects.all():
        lines = Lines.of(order)
        room = [lines.room(item.pk, MovementKind.BACK) for item in lines.items]
        expected = [item.quantity for item in lines.items] if order.status == "PICKED_UP" else []
        assert [count for count in room if count] == expected, order.notes


def test_orders_and_products_have_no_rules_that_they_did_not_have() -> None:
    assert not RentalOrderItem.objects.exclude(late_fee=None).exists()
    for product in Product.objects.all():
        assert (product.late_fee_minor, rule_of(product).as_json()) == (None, None)
        assert not product.tracks_units


def test_life_goes_on() -> None:
    """Last: what is confirmed goes out, what is out comes back, what is back is undone or settled
    and invoiced."""
    actor = Actor.of(User.objects.get(role=Role.STAFF))

    def order(notes: str) -> UUID:
        found: UUID = RentalOrder.objects.get(notes=notes).pk
        return found

    begin = timezone.now() - timedelta(hours=1)
    RentalOrder.objects.filter(pk=order("confirmed")).update(rental_start_date=begin)
    rental.hand_over(order_id=order("confirmed"), actor=actor)
    rental.take_back(order_id=order("out"), actor=actor)
    undo.undo_take_back(order_id=order("back"), actor=actor, reason="The wrong one.")
    settle_deposit(order_id=order("back, claimed"), actor=actor)
    for notes in ("back, claimed", "cancelled late", "completed, with a gift"):
        issue_document(
            order_id=order(notes), kind=DocumentKind.INVOICE, actor=actor, now=timezone.now()
        )
    assert RentalOrder.objects.get(notes="out").status == "RETURNED"
    assert broken() == {}
