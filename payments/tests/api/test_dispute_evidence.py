"""GET /payments/rental-orders/{id}/disputes/{dispute_id}/evidence/"""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.domain.facts import DisputeFact
from payments.domain.states import DisputeStatus
from payments.models import Claim, ClaimEvidence, Dispute, Payment, RentalOrder
from payments.services.journal import SYSTEM, record
from payments.services.settlement import absorb
from payments.tests.factories import api_client, make_gateway, make_user, place_paid

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispute() -> Dispute:
    make_gateway(secret_key="sk_test_canary", webhook_secret="whsec_canary")
    customer = make_user("alice@example.com", name="Alice <Alison>")
    order = place_paid(customer, (make_product(name="Tent"), 2))
    RentalOrder.objects.update(notes="Please leave it at the <b>gate</b>.")
    Payment.objects.update(checkout_url="https://pay.example/secret")
    return disputed(order)


def disputed(order: RentalOrder) -> Dispute:
    payment = order.payments.get()
    fact = DisputeFact(
        DisputeStatus.NEEDS_RESPONSE,
        f"du_{order.pk.hex}",
        payment.intent_id,
        payment.amount_minor,
        "EUR",
        reason="product_not_received",
        respond_by="2031-02-03T12:00:00+00:00",
        movements=(f"txn_{order.pk.hex}:withdrawn",),
    )
    absorb(payment, [fact])
    return Dispute.objects.get(payment=payment)


def ask(dispute: Dispute, order: RentalOrder | None = None) -> Any:
    order_id = (order or dispute.order).pk
    url = f"/payments/rental-orders/{order_id}/disputes/{dispute.pk}/evidence/"
    return api_client(make_user(role=Role.STAFF)).get(url)


def opened(answer: Any) -> ZipFile:
    assert answer.status_code == 200
    archive = ZipFile(BytesIO(b"".join(answer.streaming_content)))
    assert archive.testzip() is None
    return archive


def test_the_bundle_has_what_a_bank_asks_for(dispute: Dispute) -> None:
    order = dispute.order
    archive = opened(ask(dispute))
    assert archive.namelist() == ["evidence.html", "evidence.json"]
    told = json.loads(archive.read("evidence.json"))
    assert told["dispute"]["evidence_due_by"] == "2031-02-03 12:00:00 UTC"
    assert told["dispute"]["reason"] == "product_not_received"
    assert told["order"]["number"] == order.order_number
    assert told["order"]["total"] == "219.00 EUR"
    assert told["customer"]["email"] == "alice@example.com"
    acts = told["customer"]["done_by_the_customer_when_logged_in"]
    assert [act["what"] for act in acts] == ["order.placed"]
    [line] = told["lines"]
    assert (line["product"], line["quantity"], line["rent"]) == ("Tent", 2, "100.00 EUR")
    assert line["price_is_made_of"]
    assert "100 % of rent and tax with 168 hours of notice" in told["terms"]
    assert [payment["received"] for payment in told["payments"]] == ["219.00 EUR"]
    timeline = [event["what"] for event in told["timeline"]]
    assert timeline[0] == "order.placed"
    assert {"payment.succeeded", "order.confirmed", "dispute.withdrawn"} <= set(timeline)
    [message] = told["messages"]
    assert message["subject"] == f"Your order {order.order_number} is confirmed"
    assert "219.00 EUR" in message["text"]


def claimed(order: RentalOrder) -> ClaimEvidence:
    """A damage with a picture of it."""
    staff = make_user(role=Role.STAFF)
    claim = Claim.objects.create(
        order=order,
        kind="DAMAGE",
        currency="EUR",
        amount_minor=2_500,
        reason="A bent pole.",
        made_by=staff,
    )
    return ClaimEvidence.objects.create(
        claim=claim,
        file=ContentFile(b"a picture", "pole.webp"),
        name="../../pole.webp",
        content_type="image/webp",
        size=9,
        added_by=staff,
    )


def test_claims_are_in_it_with_their_pictures(dispute: Dispute) -> None:
    picture = claimed(dispute.order)
    archive = opened(ask(dispute))
    [claim] = json.loads(archive.read("evidence.json"))["claims"]
    assert (claim["what"], claim["amount"]) == ("Damage", "25.00 EUR")
    assert claim["files"] == [f"claims/{picture.pk}-pole.webp"]
    assert archive.read(claim["files"][0]) == b"a picture"
    assert "A bent pole." in archive.read("evidence.html").decode()
    picture.file.delete(save=False)
    assert opened(ask(dispute)).namelist()[2:] == [f"claims/{picture.pk}-pole.webp.missing.txt"]


def test_the_page_to_read_says_the_same_and_runs_nothing(dispute: Dispute) -> None:
    """F12: what customers wrote is text."""
    page = opened(ask(dispute)).read("evidence.html").decode()
    for part in (
        dispute.order.order_number,
        dispute.gateway_dispute_id,
        "2031-02-03 12:00:00 UTC",
        "Alice &lt;Alison&gt;",
        "at the &lt;b&gt;gate&lt;/b&gt;.",
        "168 hours of notice",
        "order.confirmed",
        "Tent",
    ):
        assert part in page
    assert "<b>" not in page
    assert "<script" not in page


def test_no_secret_is_in_it(dispute: Dispute) -> None:
    """P2."""
    archive = opened(ask(dispute))
    for name in archive.namelist():
        text = archive.read(name).decode()
        for secret in ("canary", "sk_", "whsec_", "https://pay.example", "idempotency"):
            assert secret not in text, secret


def test_it_is_a_file_named_after_its_order_that_nobody_keeps(dispute: Dispute) -> None:
    answer = ask(dispute)
    name = f"evidence-{dispute.order.order_number}-{dispute.gateway_dispute_id}.zip"
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in answer["Cache-Control"]


def test_a_dispute_of_another_order_is_not_there(dispute: Dispute) -> None:
    other = place_paid(make_user(), (make_product(), 1))
    answer = ask(dispute, other)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_a_long_history_takes_no_more_queries(dispute: Dispute) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            opened(ask(dispute))
        return len(captured)

    queries()  # the first ones of all are more: what is cached then
    before = queries()
    for number in range(5):
        record(dispute.order, "payment.declined", SYSTEM, ref=f"ch_{number}:declined")
    assert queries() == before


def test_looking_changes_nothing(dispute: Dispute) -> None:
    before = dispute.order.events.count()
    opened(ask(dispute))
    assert dispute.order.events.count() == before


def test_staff_find_it_in_the_admin_with_the_day_it_is_due(dispute: Dispute) -> None:
    client = Client()
    client.force_login(make_user(role=Role.STAFF))
    page = client.get(f"/admin/payments/dispute/{dispute.pk}/change/").content.decode()
    assert "Evidence as a ZIP" in page
    assert "2031" in page
    answer = client.get(f"/admin/payments/dispute/{dispute.pk}/evidence/")
    assert "evidence.html" in opened(answer).namelist()
    assert timezone.now() < Dispute.objects.get().respond_by  # type: ignore[operator]
