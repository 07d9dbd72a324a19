"""What the tests of the staff's pages share."""

from typing import Any

from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.models import Unit
from catalog.tests.factories import make_product
from payments.domain.ledger import captured
from payments.models import (
    Claim,
    ClaimEvidence,
    Coupon,
    CouponRedemption,
    DepositSettlement,
    Dispute,
    Document,
    DocumentNumber,
    HoldClosing,
    Movement,
    MovementPhoto,
    OrderChange,
    OrderQuote,
    Payment,
    PaymentGateway,
    PaymentSchedule,
    ProductDay,
    ReconciliationFinding,
    UnitBinding,
    WebhookEvent,
)
from payments.services.journal import SYSTEM
from payments.services.ledger import post
from payments.services.orders import cancel_order
from payments.tests.factories import START, make_gateway, place

MODELS = sorted(
    set(apps.get_app_config("payments").get_models()) - {ProductDay, DocumentNumber},
    key=lambda model: model.__name__,
)
READ_ONLY = [model for model in MODELS if model not in (PaymentGateway, Coupon)]
SECRETS = {
    "public_key": "pk_test_canary",
    "secret_key": "sk_test_canary",
    "webhook_secret": "whsec_canary",
}


def logged_in(role: Role) -> Client:
    client = Client()
    client.force_login(make_user(role=role))
    return client


def changelist(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def change(row: Any) -> str:
    return reverse(f"admin:payments_{row._meta.model_name}_change", args=[row.pk])


def act(client: Client, action: str, *chosen: Any, **more: str) -> str:
    """Run an action on the chosen rows; returns the page that comes back."""
    values = {"action": action, "_selected_action": [str(row.pk) for row in chosen], **more}
    answer = client.post(changelist(type(chosen[0])), values, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def make_one_of_each() -> dict[type[Model], Any]:
    """A row in every table."""
    gateway = make_gateway(**SECRETS)
    order = place(make_user("alice@example.com"), (make_product(name="Tent"), 2))
    payment = Payment.objects.get()
    Payment.objects.update(status="SUCCEEDED", captured_minor=payment.amount_minor)
    post(order, "pi_1:captured", captured("stripe_clearing", payment.amount_minor))
    cancel_order(order_id=order.pk, actor=SYSTEM, now=START)
    PaymentSchedule.objects.create(
        order=order, sequence=1, due_on=START.date(), currency="EUR", amount_minor=100
    )
    WebhookEvent.objects.create(
        gateway=gateway,
        event_id="evt_1",
        event_type="charge.refunded",
        livemode=False,
        occurred_at=timezone.now(),
    )
    Dispute.objects.create(
        order=order,
        payment=payment,
        gateway_dispute_id="du_1",
        status="LOST",
        currency="EUR",
        amount_minor=100,
    )
    claim = Claim.objects.create(
        order=order,
        kind="DAMAGE",
        currency="EUR",
        amount_minor=100,
        reason="A bent pole.",
        made_by=make_user(role=Role.STAFF),
    )
    ClaimEvidence.objects.create(
        claim=claim,
        file="canary.webp",
        name="pole.webp",
        content_type="image/webp",
        size=1,
        added_by=claim.made_by,
    )
    item = order.items.get()
    taken = Movement.objects.create(order=order, item=item, kind="OUT", quantity=2)
    MovementPhoto.objects.create(
        movement=taken,
        file="canary.webp",
        name="tent.webp",
        content_type="image/webp",
        size=1,
        added_by=claim.made_by,
    )
    UnitBinding.objects.create(
        unit=Unit.objects.create(product=item.product, serial="T-1"),
        item=item,
        bound_at=timezone.now(),
        taken_by=taken,
    )
    OrderChange.objects.create(
        order=order,
        kind="EXTEND",
        status="APPLIED",
        before={},
        after={"items": []},
        currency="EUR",
        difference_minor=100,
    )
    OrderQuote.objects.create(order=order, expires_at=timezone.now())
    Document.objects.create(
        order=order,
        kind="QUOTE",
        number="QU-1",
        content={},
        currency="EUR",
        total_minor=100,
        pdf=b"%PDF",
        sha256="0" * 64,
        issued_at=timezone.now(),
    )
    DepositSettlement.objects.create(
        order=order,
        currency="EUR",
        deposit_minor=10000,
        claimed_minor=100,
        taken_minor=100,
        kept_minor=12000,
    )
    coupon = Coupon.objects.create(code="SUMMER", percent=10)
    CouponRedemption.objects.create(
        coupon=coupon, order=order, customer=order.customer, amount_minor=100
    )
    HoldClosing.objects.create(payment=payment, kind="RELEASE")
    ReconciliationFinding.objects.create(
        gateway=gateway,
        kind="PAYMENT",
        problem="ORPHAN",
        object_id="pi_of_a_stranger",
        currency="EUR",
        amount_minor=4200,
        theirs="received 42.00 EUR",
        last_seen_at=timezone.now(),
    )
    found = {model: model._default_manager.first() for model in MODELS}
    assert all(found.values()), found
    return found
