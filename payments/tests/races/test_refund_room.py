"""Row A12 (I04, R15): twenty refunds of sixty percent at once, of which one is given."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Role, User
from catalog.tests.factories import make_product
from payments.domain.errors import RefundTooLarge
from payments.models import Payment, Refund, RentalOrder
from payments.services import refunds, staff_refunds
from payments.tests.factories import api_client, make_gateway, make_user, place_paid
from payments.tests.races.books import assert_books, broken
from payments.tests.races.parallel import Meeting, in_processes

pytestmark = pytest.mark.django_db(transaction=True)

# Of the 109.50 that the order of these tests was paid.
SIXTY_PERCENT = "65.70"


def refund_by_api(order: RentalOrder, staff: list[User], n: int) -> str:
    """What the n-th of the staff hears."""
    url = f"/payments/rental-orders/{order.pk}/refunds/"
    body = {"amount": SIXTY_PERCENT, "reason": "Rain."}
    answer = api_client(staff[n]).post(
        url, body, format="json", headers={"Idempotency-Key": f"key-{n}"}
    )
    return f"{answer.status_code} {answer.json().get('code', '')}".strip()


def refund_in_admin(order: RentalOrder, staff: list[User], n: int) -> str:
    client = Client()
    client.force_login(staff[n])
    form = {"action": "refund", "confirmed": "yes", "_selected_action": str(order.pk)}
    answers = {"amount": SIXTY_PERCENT, "reason": "Rain."}
    page = client.post("/admin/payments/rentalorder/", {**form, **answers}, follow=True)
    text = page.content.decode()
    return "201" if "Refunds asked for: 1" in text else f"409 {_refusal_in(text)}"


def _refusal_in(page: str) -> str:
    return "refund_too_large" if "can still be refunded" in page else page


def refund_by_job(order: RentalOrder, staff: list[User], n: int) -> str:
    wanted = staff_refunds.Wanted(amount=Decimal(SIXTY_PERCENT))
    try:
        staff_refunds.refund_order(order_id=order.pk, wanted=wanted, staff=staff[n])
    except RefundTooLarge as error:
        return f"409 {error.code}"
    return "201"


def refund_on_any_road(order: RentalOrder, staff: list[User], n: int) -> str:
    road = (refund_by_api, refund_in_admin, refund_by_job)[n % 3]
    return road(order, staff, n)


def rush(road: Callable[[RentalOrder, list[User], int], str] = refund_by_api) -> Counter[str]:
    """Twenty of the staff ask at once, from five processes."""
    make_gateway()
    order = place_paid(make_user(), (make_product(), 1))
    staff = [make_user(role=Role.STAFF) for _ in range(20)]
    return Counter(in_processes(5, 4, partial(road, order, staff)))


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is read and not locked, and whoever has looked waits before he writes.

    He then writes what he looked for: who comes late must not be saved by a second look.
    """
    looked = Meeting(2)

    def read(order_id: UUID) -> RentalOrder:
        return RentalOrder.objects.get(pk=order_id)

    def look_and_wait(amount: int, rooms: Sequence[int]) -> list[int]:
        looked.wait()
        return [amount for _ in rooms]

    monkeypatch.setattr(staff_refunds, "lock_order", read)
    monkeypatch.setattr(refunds, "spread", look_and_wait)


@contextmanager
def without_the_check() -> Iterator[None]:
    """The database without its last word on the room."""
    (check,) = (c for c in Payment._meta.constraints if c.name == "payment_refund_room")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Payment, check)
    try:
        yield
    finally:
        Refund.objects.all().delete()
        Payment.objects.update(refund_reserved_minor=0)
        with connection.schema_editor() as editor:
            editor.add_constraint(Payment, check)


def assert_one_was_given(heard: Counter[str]) -> None:
    assert heard == {"201": 1, "409 refund_too_large": 19}, heard
    assert Refund.objects.count() == 1
    assert_books(at_rest=False)


def test_one_of_twenty_refunds_at_once_is_given() -> None:
    """From API, admin and job."""
    assert_one_was_given(rush(refund_on_any_road))


def test_the_database_alone_keeps_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_lock(monkeypatch)
    assert_one_was_given(rush())


def test_the_same_race_gives_too_much_back_without_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the tests above: it shows that they would notice."""
    without_the_lock(monkeypatch)
    with without_the_check():
        assert rush()["201"] > 1
        assert any(name.startswith("I04") for name in broken())
