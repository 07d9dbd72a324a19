"""POST /payments/payments/{id}/release/ and /give_back/ (row A09)."""

from typing import Any

import pytest

from accounts.models import Role
from payments.models import Payment, Refund
from payments.tests.api.support import data, refusal
from payments.tests.factories import api_client, make_user
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import ASKED, again, paid_otherwise

pytestmark = pytest.mark.django_db(transaction=True)


def decide(payment: Payment, what: str, **body: str) -> Any:
    url = f"/payments/payments/{payment.pk}/{what}/"
    return api_client(make_user(role=Role.STAFF)).post(url, body, format="json")


def test_staff_let_a_payment_in_as_it_is(sandbox: Sandbox) -> None:
    payment = paid_otherwise(sandbox, 500)
    shown = data(decide(payment, "release"), 200)
    assert (shown["status"], shown["captured_amount"]) == ("SUCCEEDED", "114.50")
    assert again(payment.order).status == "CONFIRMED"
    assert refusal(decide(payment, "release"), 409, "illegal_status")


def test_staff_give_a_payment_back_with_a_reason(sandbox: Sandbox) -> None:
    payment = paid_otherwise(sandbox, 500)
    refusal(decide(payment, "give_back"), 400, "invalid")
    refusal(decide(payment, "give_back", reason="No.", amount="1.00"), 400, "invalid")
    data(decide(payment, "give_back", reason="Not what was asked for."), 200)
    quiet()
    refund = Refund.objects.get()
    assert (refund.reason, refund.amount_minor) == ("Not what was asked for.", ASKED + 500)
    assert refund.asked_by is not None
    assert again(payment.order).status == "EXPIRED"


def test_while_stripe_is_away_it_goes_on_waiting(sandbox: Sandbox) -> None:
    payment = paid_otherwise(sandbox, 500)
    sandbox.fault(kind="refuse", method="GET")
    refusal(decide(payment, "release"), 503, "gateway_unavailable")
    assert again(payment).status == "QUARANTINED"
