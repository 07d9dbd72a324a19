"""Work rows: who may make the next attempt (rule R1)."""

import pytest
from django.db.models.functions import Now

from catalog.tests.factories import make_product
from payments.models import Payment
from payments.tests.factories import make_gateway, make_user, place

pytestmark = pytest.mark.django_db(transaction=True)


def a_payment() -> Payment:
    make_gateway()
    payment = place(make_user(), (make_product(), 1)).payments.get()
    Payment.objects.update(lease_until=None, lease_token=None)
    return payment


def test_one_of_two_who_want_the_lease_gets_it() -> None:
    payment = a_payment()
    assert payment.take_lease()
    assert not Payment.objects.get().take_lease()


def test_a_lease_that_is_over_can_be_taken_and_its_holder_writes_nothing_more() -> None:
    slow = a_payment()
    assert slow.take_lease()
    Payment.objects.update(lease_until=Now())
    quick = Payment.objects.get()
    assert quick.take_lease()
    assert not slow.end_attempt(again_in=None, last_error="from the past")
    assert quick.end_attempt(again_in=None, last_error="from now")
    assert Payment.objects.get().last_error == "from now"


def test_who_read_the_row_before_another_finished_it_does_not_do_it_again() -> None:
    """D11: two workers had the same job; the second came to the lease after the first was done."""
    first, second = a_payment(), Payment.objects.get()
    assert first.take_lease()
    assert first.end_attempt(again_in=None)
    assert not second.take_lease()
