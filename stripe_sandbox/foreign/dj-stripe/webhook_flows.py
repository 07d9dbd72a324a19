"""dj-stripe receives signed webhooks, keeps the events, and copies what they tell."""

import pytest
import stripe
from djstripe import enums, models

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "whsec_dj_stripe"


@pytest.fixture(autouse=True)
def endpoint(live_server, drive):
    endpoint = models.WebhookEndpoint.objects.create(
        id="we_shop",
        livemode=False,
        enabled_events=["*"],
        secret=SECRET,
        status=enums.WebhookEndpointStatus.enabled,
        url=live_server.url,
    )
    url = f"{live_server.url}/stripe/webhook/{endpoint.djstripe_uuid}/"
    drive("/_sandbox/webhooks", {"url": url, "secrets": [SECRET]})
    yield endpoint
    drive("/_sandbox/webhooks", None, "DELETE")


def triggers(event_type, about=""):
    found = models.WebhookEventTrigger.objects.filter(body__contains=about).order_by("id")
    return [trigger for trigger in found if f'"type": "{event_type}"' in trigger.body]


def processed(event_type):
    return [trigger for trigger in triggers(event_type) if trigger.processed]


def test_a_payment_arrives_by_webhook(payment, wait_for):
    (trigger,) = wait_for(lambda: processed("payment_intent.succeeded"))
    (charged,) = wait_for(lambda: processed("charge.succeeded"))
    intent = models.PaymentIntent.objects.get(id=payment.id)

    assert (trigger.valid, trigger.exception) == (True, "")
    assert trigger.event.type == "payment_intent.succeeded"
    assert intent.stripe_data["status"] == "succeeded"
    assert models.Charge.objects.get(id=payment.latest_charge).customer.name == "Jenny"
    assert charged.event.stripe_data["data"]["object"]["id"] == payment.latest_charge


def test_a_refund_arrives_by_webhook(payment, wait_for):
    stripe.Refund.create(payment_intent=payment.id, amount=2000)
    wait_for(lambda: processed("charge.refunded"))
    charge = models.Charge.objects.get(id=payment.latest_charge)

    assert (charge.amount, charge.amount_refunded) == (50, 2000)


def test_a_signature_by_another_secret_is_refused(endpoint, wait_for):
    models.WebhookEndpoint.objects.update(secret="whsec_other")
    stripe.Customer.create(email="mallory@example.com")
    trigger = wait_for(lambda: triggers("customer.created", "mallory@example.com"))[0]

    assert not trigger.valid
    assert not models.Customer.objects.filter(stripe_data__email="mallory@example.com").exists()
