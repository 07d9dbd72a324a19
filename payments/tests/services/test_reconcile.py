"""The gateway's books against ours (rule R7, predicate P1; B04, D05)."""

import pytest
import requests
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from common.errors import Conflict
from payments.domain.errors import GatewayUnavailable
from payments.models import (
    OrderEvent,
    Payment,
    PaymentGateway,
    ReconciliationFinding,
    Refund,
    WebhookEvent,
)
from payments.services import orders
from payments.services.findings import resolve_finding
from payments.services.journal import SYSTEM
from payments.services.ledger import balance
from payments.services.missed_events import collect_missed_events
from payments.services.reconcile import reconcile
from payments.tests.factories import make_gateway, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import hold_ends, quiet, work
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import REFUND_FAILS_LATER, again, cancel, confirmed

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 24 * 3600


def everything() -> list[object]:
    """What a second run must not change."""
    models = (Payment, Refund, OrderEvent, WebhookEvent)
    rows: list[object] = [row for model in models for row in model.objects.order_by("pk").values()]
    seen = ("pk", "problem", "theirs", "ours", "first_seen_at", "resolved_at", "note")
    return [*rows, *ReconciliationFinding.objects.order_by("pk").values(*seen)]


def assert_the_same_net(sandbox: Sandbox) -> None:
    """P1 against the sandbox's second set of books."""
    answer = requests.get(f"{sandbox.address}/_sandbox/books", timeout=30).json()
    for line in answer["data"]:
        payment = Payment.objects.get(intent_id=line["payment_intent"])
        ours = (payment.captured_minor, payment.refunded_minor, payment.currency)
        assert ours == (line["received"], line["refunded"], line["currency"].upper())
        assert balance(payment.order, "stripe_clearing") == line["net"]


def paid_unheard(sandbox: Sandbox, card: str = "4242424242424242") -> Payment:
    """Paid at Stripe, and we have not heard of it."""
    _, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id, card)
    return payment


@pytest.mark.parametrize("kind", ["lose", "never_made"])
def test_with_every_webhook_lost_for_a_day_the_books_are_right_again(
    sandbox: Sandbox, kind: str
) -> None:
    """Row B04: nobody does anything; what runs is what workers run by themselves."""
    _, failing = confirmed(sandbox, REFUND_FAILS_LATER)
    refund = cancel(failing.order)
    quiet()
    sandbox.fault(webhook={"kind": kind, "type": "*"})
    plain, refunded, cancelled, disputed = (paid_unheard(sandbox) for _ in range(4))
    _, lapsed = place_with_checkout(make_user(), (make_product(), 1))
    orders.cancel_order(order_id=cancelled.order_id, actor=SYSTEM, now=timezone.now())
    refund_in_dashboard(sandbox, refunded, "1000")
    refund_in_dashboard(sandbox, refunded, "2000")
    dispute(sandbox, disputed)
    hold_ends(lapsed.order)
    for _ in range(2):  # what the first night asks for is done in the second
        a_day_goes_by(sandbox)
    for payment in (plain, refunded, disputed):
        assert again(payment).order.status == "CONFIRMED"
    external = Refund.objects.filter(source="EXTERNAL", status="SUCCEEDED")
    assert sorted(external.values_list("amount_minor", flat=True)) == [1000, 2000]
    assert again(cancelled).refunded_minor == cancelled.amount_minor
    assert (again(refund).status, again(failing).refunded_minor) == ("FAILED", 0)
    assert again(disputed).order.is_disputed
    assert again(lapsed).order.status == "EXPIRED"
    assert not ReconciliationFinding.objects.exists()
    assert_books(sandbox)
    assert_the_same_net(sandbox)


def a_day_goes_by(sandbox: Sandbox) -> None:
    """With everything in it that workers do at their own times (payments/tasks.py)."""
    sandbox.advance(DAY)
    for task in ("sweep", "collect_missed_events", "reconcile", "forget_old_requests"):
        app.tasks[f"payments.{task}"](timestamp=0)
        assert work() == []
    quiet()


def intent_of(sandbox: Sandbox, payment: Payment) -> str:
    return str(sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")["payment_intent"])


def refund_in_dashboard(sandbox: Sandbox, payment: Payment, amount: str) -> None:
    sandbox.post("/v1/refunds", payment_intent=intent_of(sandbox, payment), amount=amount)


def dispute(sandbox: Sandbox, payment: Payment) -> None:
    intent = sandbox.get(f"/v1/payment_intents/{intent_of(sandbox, payment)}")
    body = {"charge": intent["latest_charge"]}
    requests.post(f"{sandbox.address}/_sandbox/disputes", json=body, timeout=30).raise_for_status()


def test_a_second_run_changes_nothing(sandbox: Sandbox) -> None:
    make_gateway()
    payment = paid_unheard(sandbox)
    assert reconcile().mended == 1
    sandbox.post("/v1/payment_intents", **STRANGER)
    sandbox.post("/v1/refunds", payment_intent=again(payment).intent_id, amount="1000")
    reconcile()
    quiet()
    before = everything()
    report = reconcile()
    assert (report.mended, report.differing) == (0, 1)
    assert everything() == before


STRANGER = {
    "amount": "4200",
    "currency": "eur",
    "confirm": "true",
    "payment_method": "pm_card_visa",
    "return_url": "https://shop.example/",
}


def test_money_of_no_order_of_ours_is_shown_until_somebody_explains_it(sandbox: Sandbox) -> None:
    make_gateway()
    stranger = sandbox.post("/v1/payment_intents", **STRANGER)["id"]
    refund = sandbox.post("/v1/refunds", payment_intent=stranger, amount="200")["id"]
    assert reconcile().differing == 2
    finding = ReconciliationFinding.objects.get(kind="PAYMENT")
    assert (finding.problem, finding.object_id) == ("ORPHAN", stranger)
    assert (finding.amount_minor, finding.currency) == (4200, "EUR")
    assert ReconciliationFinding.objects.get(kind="REFUND").object_id == refund
    resolve_finding(finding_id=finding.pk, by=make_user(role=Role.STAFF), note="The café's.")
    reconcile()
    assert again(finding).resolved_at is not None
    with pytest.raises(Conflict):
        resolve_finding(finding_id=finding.pk, by=make_user(role=Role.STAFF), note="Once more.")


def test_what_brought_no_money_is_nobodys_business(sandbox: Sandbox) -> None:
    make_gateway()
    sandbox.post("/v1/payment_intents", amount="4200", currency="eur")
    _, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id, "4000000000000002")
    assert reconcile().differing == 0
    assert not ReconciliationFinding.objects.exists()


def test_books_that_differ_are_shown_and_the_finding_ends_when_they_agree(
    sandbox: Sandbox,
) -> None:
    _, payment = confirmed(sandbox)
    Payment.objects.update(captured_minor=9000)
    assert reconcile().differing == 1
    finding = ReconciliationFinding.objects.get()
    assert (finding.problem, finding.payment) == ("DIFFERS", payment)
    assert (finding.theirs, finding.ours) == ("received 109.50 EUR", "received 90.00 EUR")
    Payment.objects.update(captured_minor=10950)
    reconcile()
    assert again(finding).resolved_at is not None
    assert finding.resolved_by is None
    Payment.objects.update(captured_minor=9000)
    reconcile()
    assert again(finding).resolved_at is None


def test_a_finding_that_was_explained_comes_back_when_more_is_said(sandbox: Sandbox) -> None:
    confirmed(sandbox)
    Payment.objects.update(captured_minor=9000)
    reconcile()
    finding = ReconciliationFinding.objects.get()
    resolve_finding(finding_id=finding.pk, by=make_user(role=Role.STAFF), note="A test.")
    Payment.objects.update(captured_minor=8000)
    reconcile()
    assert again(finding).resolved_at is None


def test_money_that_the_gateway_does_not_have_is_shown(sandbox: Sandbox) -> None:
    """As after a restore of the wrong account's backup."""
    confirmed(sandbox)
    sandbox.reset()
    assert reconcile().differing == 1
    assert ReconciliationFinding.objects.get().problem == "MISSING"


def test_a_refund_that_fails_later_unheard_is_shown_to_a_person(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox, REFUND_FAILS_LATER)
    refund = cancel(order)
    work()
    assert again(refund).status == "SUCCEEDED"
    sandbox.advance(DAY)
    assert reconcile().mended == 1
    assert again(refund).status == "FAILED"
    assert again(order).attention
    assert again(payment).refunded_minor == 0


def test_more_than_a_page_is_compared(sandbox: Sandbox) -> None:
    make_gateway()
    for _ in range(101):
        sandbox.post("/v1/payment_intents", **STRANGER)
    report = reconcile()
    assert (report.compared, report.differing) == (101, 101)
    lists = sandbox.journal(kind="call", path="/v1/payment_intents", method="GET")
    assert len(lists) == 2


def test_a_gateway_that_is_away_ends_the_run_and_loses_nothing(sandbox: Sandbox) -> None:
    make_gateway()
    payment = paid_unheard(sandbox)
    sandbox.fault(kind="refuse", method="GET", path="/v1/refunds")
    with pytest.raises(GatewayUnavailable):
        reconcile()
    sandbox.heal()
    reconcile()
    assert again(payment).order.status == "CONFIRMED"


def test_webhooks_that_were_not_delivered_are_collected_once(sandbox: Sandbox) -> None:
    gateway = make_gateway()
    requests.post(
        f"{sandbox.address}/_sandbox/webhooks",
        json={"url": "http://127.0.0.1:1/hook", "secrets": ["whsec_of_the_tests"]},
        timeout=30,
    )
    sandbox.fault(webhook={"kind": "lose", "type": "*"})
    payment = paid_unheard(sandbox)
    try:
        new = collect_missed_events()
        assert new == WebhookEvent.objects.count() >= 2
        work()
        assert again(payment).order.status == "CONFIRMED"
        assert PaymentGateway.objects.get(pk=gateway.pk).events_swept_at is not None
        assert collect_missed_events() == 0
    finally:
        requests.delete(f"{sandbox.address}/_sandbox/webhooks", timeout=30)
