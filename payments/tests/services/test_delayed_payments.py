"""Row B10: a bank debit completes the session unpaid, and is paid or refused days later."""

from typing import Final

import pytest
import requests
from django.core import mail
from django.test import Client

from catalog.tests.factories import make_product
from payments.domain.errors import OutOfStock
from payments.models import Payment, Refund, RentalOrder
from payments.services import orders
from payments.services.journal import Actor
from payments.tests.factories import make_gateway, make_user, place, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import hold_ends, quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import again

pytestmark = pytest.mark.django_db(transaction=True)

PAYS_IN_FIVE_DAYS: Final = "AT611904300234573201"
FAILS_IN_FIVE_DAYS: Final = "AT861904300235473202"
DAY: Final = 24 * 3600


def debited(sandbox: Sandbox, iban: str) -> tuple[RentalOrder, Payment]:
    """An order whose customer gave his bank account, and whose hold has ended meanwhile."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(units=1), 1))
    answer = requests.post(
        f"{sandbox.address}/_sandbox/checkout/{payment.session_id}/pay",
        json={"iban": iban},
        timeout=30,
    ).json()
    assert answer["outcome"] == "processing"
    return order, payment


def hear(sandbox: Sandbox, *, told: bool) -> None:
    """The news arrive, or are lost and asked about."""
    if told:
        deliver_all(Client(), sandbox.events())
        work()
    quiet()


@pytest.mark.parametrize("told", [True, False], ids=["told", "every webhook lost"])
@pytest.mark.parametrize(
    ("iban", "status", "paid"),
    [(PAYS_IN_FIVE_DAYS, "CONFIRMED", "SUCCEEDED"), (FAILS_IN_FIVE_DAYS, "EXPIRED", "FAILED")],
    ids=["succeeds", "fails"],
)
def test_the_units_wait_for_the_bank_and_the_order_for_the_money(
    sandbox: Sandbox, iban: str, status: str, paid: str, told: bool
) -> None:
    """Row B10."""
    order, payment = debited(sandbox, iban)
    hear(sandbox, told=told)
    hold_ends(order)
    for _ in range(3):
        sandbox.advance(DAY)
        hear(sandbox, told=told)
        assert (again(order).status, again(payment).status) == ("PENDING", "PROCESSING")
        with pytest.raises(OutOfStock):
            place(make_user(), (order.items.get().product, 1))
    sandbox.advance(3 * DAY)
    hear(sandbox, told=told)
    assert (again(order).status, again(payment).status) == (status, paid)
    assert order.reservations.get().is_active == (status == "CONFIRMED")
    assert len(mail.outbox) == 1
    assert_books(sandbox)


@pytest.mark.parametrize(
    ("iban", "back"), [(PAYS_IN_FIVE_DAYS, ["SUCCEEDED"]), (FAILS_IN_FIVE_DAYS, [])]
)
def test_an_order_that_is_cancelled_while_the_bank_thinks_ends_without_money(
    sandbox: Sandbox, iban: str, back: list[str]
) -> None:
    """Row B10, D01: what arrives in the end goes back."""
    order, _ = debited(sandbox, iban)
    hear(sandbox, told=True)
    orders.cancel_order(order_id=order.pk, actor=Actor.of(order.customer), now=order.created_at)
    hear(sandbox, told=True)
    assert not order.reservations.get().is_active
    sandbox.advance(6 * DAY)
    hear(sandbox, told=True)
    assert again(order).status == "CANCELLED"
    assert [refund.status for refund in Refund.objects.all()] == back
    assert_books(sandbox)
