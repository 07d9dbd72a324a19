"""dj-stripe copies what is at Stripe into the shop's database."""

import pytest
import stripe
from django.core.management import call_command
from djstripe import models

pytestmark = pytest.mark.django_db


def sync(*names):
    call_command("djstripe_sync_models", *names, fail_on_error=True)


def test_the_account():
    sync("Account")
    account = models.Account.objects.get()

    assert account.charges_enabled
    assert models.Account.get_default_account() == account


def test_customers_and_their_payment_methods(customer, payment):
    sync("Customer", "PaymentMethod")
    copy = models.Customer.objects.get(id=customer.id)

    assert (copy.email, copy.name) == ("jenny@example.com", "Jenny")
    assert copy.metadata == {"size": "M"}
    assert [m.stripe_data["card"]["last4"] for m in copy.payment_methods.all()] == ["4242"]


def test_payment_intents_charges_and_balance_transactions(payment):
    sync("PaymentIntent", "Charge", "BalanceTransaction")
    intent = models.PaymentIntent.objects.get(id=payment.id)
    charge = models.Charge.objects.get(id=payment.latest_charge)

    assert intent.stripe_data["status"] == "succeeded"
    assert intent.customer.email == "jenny@example.com"
    assert (charge.payment_intent, charge.amount) == (intent, 50)
    assert charge.balance_transaction.net < charge.balance_transaction.amount == 5000


def test_refunds(payment):
    refund = stripe.Refund.create(payment_intent=payment.id, amount=2000)
    sync("Refund")
    copy = models.Refund.objects.get(id=refund.id)

    assert (copy.status, copy.amount) == ("succeeded", 2000)
    assert copy.charge.amount_refunded == 2000


def test_products_and_prices():
    price = stripe.Price.create(
        currency="usd",
        unit_amount=1500,
        recurring={"interval": "month"},
        product_data={"name": "Bike, monthly"},
    )
    sync("Product", "Price")
    copy = models.Price.objects.get(id=price.id)

    assert copy.product.name == "Bike, monthly"
    assert copy.unit_amount == 1500


def test_checkout_sessions(drive):
    made = stripe.checkout.Session.create(
        mode="payment",
        success_url="http://shop.test/success",
        line_items=[
            {
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 2500,
                    "product_data": {"name": "Bike"},
                },
                "quantity": 1,
            }
        ],
    )
    drive(f"/_sandbox/checkout/{made.id}/pay", {"card": "4242424242424242"})
    sync("Session")
    copy = models.Session.objects.get(id=made.id)

    assert (copy.stripe_data["status"], copy.payment_intent.stripe_data["status"]) == (
        "complete",
        "succeeded",
    )


def test_setup_intents(customer):
    setup = stripe.SetupIntent.create(
        customer=customer.id,
        payment_method="pm_card_visa",
        confirm=True,
        return_url="http://shop.test/back",
    )
    sync("SetupIntent")

    assert models.SetupIntent.objects.get(id=setup.id).stripe_data["status"] == "succeeded"


def test_disputes():
    stripe.PaymentIntent.create(
        amount=5000,
        currency="usd",
        payment_method="pm_card_createDispute",
        confirm=True,
        return_url="http://shop.test/back",
    )
    (dispute,) = stripe.Dispute.list(limit=1).data
    sync("Dispute")

    assert models.Dispute.objects.get(id=dispute.id).stripe_data["status"] == "needs_response"


def test_invoices_and_their_items(customer):
    stripe.InvoiceItem.create(customer=customer.id, amount=2000, currency="usd")
    invoice = stripe.Invoice.create(
        customer=customer.id,
        collection_method="send_invoice",
        days_until_due=7,
        pending_invoice_items_behavior="include",
    )
    stripe.Invoice.finalize_invoice(invoice.id)
    sync("Invoice", "InvoiceItem")
    copy = models.Invoice.objects.get(id=invoice.id)

    assert (copy.status, copy.customer.name) == ("open", "Jenny")
    assert copy.stripe_data["amount_due"] == 2000


def test_subscriptions_and_their_invoices(customer, payment):
    price = stripe.Price.create(
        currency="usd",
        unit_amount=1500,
        recurring={"interval": "month"},
        product_data={"name": "Bike, monthly"},
    )
    subscription = stripe.Subscription.create(
        customer=customer.id,
        items=[{"price": price.id}],
        default_payment_method=payment.payment_method,
    )
    sync("Subscription", "Invoice")
    copy = models.Subscription.objects.get(id=subscription.id)

    assert copy.status == "active"
    assert copy.items.get().price.product.name == "Bike, monthly"
    assert models.Invoice.objects.get(id=subscription.latest_invoice).status == "paid"
