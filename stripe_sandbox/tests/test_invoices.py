"""Invoices, invoice items and InvoicePayments."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from . import billing
from .support import Running


def add_item(client: stripe.StripeClient, customer_id: str, **more: Any) -> stripe.InvoiceItem:
    params: Any = {"amount": 2500, "currency": "eur", "description": "Repair", **more}
    params["customer"] = customer_id
    return client.v1.invoice_items.create(params)


def draft(client: stripe.StripeClient, customer_id: str, **more: Any) -> stripe.Invoice:
    add_item(client, customer_id)
    params: Any = {
        "customer": customer_id,
        "pending_invoice_items_behavior": "include",
        **more,
    }
    return client.v1.invoices.create(params)


def test_a_draft_takes_the_pending_items(client: stripe.StripeClient) -> None:
    customer = billing.customer(client)
    invoice = draft(client, customer)
    assert (invoice.status, invoice.amount_due, invoice.number) == ("draft", 2500, None)
    assert [line.description for line in invoice.lines.data] == ["Repair"]
    assert client.v1.invoice_items.list({"pending": True}).data == []
    item = client.v1.invoice_items.list({"customer": customer}).data[0]
    assert item.invoice == invoice.id


def test_items_can_be_put_on_a_draft_changed_and_taken_off(client: stripe.StripeClient) -> None:
    customer = billing.customer(client)
    invoice = client.v1.invoices.create({"customer": customer, "currency": "eur"})
    item = add_item(client, customer, invoice=invoice.id)
    assert client.v1.invoices.retrieve(invoice.id).total == 2500
    client.v1.invoice_items.update(item.id, {"amount": 900})
    assert client.v1.invoices.retrieve(invoice.id).total == 900
    client.v1.invoice_items.delete(item.id)
    assert client.v1.invoices.retrieve(invoice.id).total == 0


def test_a_finalized_invoice_waits_for_its_payment_intent(client: stripe.StripeClient) -> None:
    invoice = draft(client, billing.customer(client))
    opened = client.v1.invoices.finalize_invoice(
        invoice.id, {"expand": ["payments.data.payment.payment_intent", "confirmation_secret"]}
    )
    assert opened.status == "open"
    assert opened.number is not None
    assert opened.number.endswith("-0001")
    assert opened.payments is not None
    intent = opened.payments.data[0].payment.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.amount, intent.status) == (2500, "requires_payment_method")
    assert opened.confirmation_secret is not None
    assert opened.confirmation_secret.client_secret == intent.client_secret


def test_paying_charges_the_card_on_file(sandbox: Running, client: stripe.StripeClient) -> None:
    invoice = draft(client, billing.customer(client))
    client.v1.invoices.finalize_invoice(invoice.id)
    before = billing.last_event(client)
    paid = client.v1.invoices.pay(invoice.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 2500, 0)
    assert billing.types_since(client, before) == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    payment = client.v1.invoice_payments.list({"invoice": invoice.id}).data[0]
    assert (payment.status, payment.amount_paid) == ("paid", 2500)


def test_an_invoice_is_paid_by_whoever_confirms_its_intent(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({}).id
    invoice = draft(client, customer)
    client.v1.invoices.finalize_invoice(invoice.id)
    payment = client.v1.invoice_payments.list({"invoice": invoice.id}).data[0]
    intent_id = payment.payment.payment_intent
    client.v1.payment_intents.confirm(str(intent_id), {"payment_method": "pm_card_visa"})
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_a_declined_payment_leaves_the_invoice_open(client: stripe.StripeClient) -> None:
    customer = billing.customer(client, "pm_card_chargeCustomerFail")
    invoice = client.v1.invoices.finalize_invoice(draft(client, customer).id)
    before = billing.last_event(client)
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(invoice.id)
    failed = client.v1.invoices.retrieve(invoice.id)
    assert (failed.status, failed.attempted, failed.attempt_count) == ("open", True, 1)
    assert "invoice.payment_failed" in billing.types_since(client, before)
    assert client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"}).status == "paid"


def test_an_automatic_invoice_is_finalized_and_paid_an_hour_later(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    invoice = draft(client, billing.customer(client), auto_advance=True)
    sandbox.advance(3599 - 60)
    assert client.v1.invoices.retrieve(invoice.id).status == "draft"
    sandbox.advance(120)
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_a_failed_automatic_payment_is_retried_after_3_5_and_7_days(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = billing.customer(client, "pm_card_chargeCustomerFail")
    invoice = draft(client, customer, auto_advance=True)
    sandbox.advance(3700)
    for attempts, days in enumerate((3, 5, 7), 1):
        failed = client.v1.invoices.retrieve(invoice.id)
        assert failed.attempt_count == attempts
        assert failed.next_payment_attempt is not None
        assert abs(failed.next_payment_attempt - sandbox.now() - days * billing.DAY) < 200
        sandbox.advance(days * billing.DAY)
    given_up = client.v1.invoices.retrieve(invoice.id)
    assert (given_up.attempt_count, given_up.next_payment_attempt) == (4, None)


def test_a_void_invoice_is_not_paid_any_more(client: stripe.StripeClient) -> None:
    invoice = draft(client, billing.customer(client))
    client.v1.invoices.finalize_invoice(invoice.id)
    voided = client.v1.invoices.void_invoice(invoice.id)
    assert voided.status == "void"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.pay(invoice.id)
    payment = client.v1.invoice_payments.list({"invoice": invoice.id}).data[0]
    assert payment.status == "canceled"
    intent = client.v1.payment_intents.retrieve(str(payment.payment.payment_intent))
    assert (intent.status, intent.cancellation_reason) == ("canceled", "void_invoice")


def test_an_uncollectible_invoice_can_still_be_paid(client: stripe.StripeClient) -> None:
    invoice = draft(client, billing.customer(client))
    client.v1.invoices.finalize_invoice(invoice.id)
    assert client.v1.invoices.mark_uncollectible(invoice.id).status == "uncollectible"
    assert client.v1.invoices.pay(invoice.id).status == "paid"


def test_only_a_draft_is_deleted(client: stripe.StripeClient) -> None:
    customer = billing.customer(client)
    invoice = draft(client, customer)
    assert client.v1.invoices.delete(invoice.id).deleted is True
    opened = client.v1.invoices.finalize_invoice(draft(client, customer).id)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.delete(opened.id)


def test_a_sent_invoice_becomes_overdue(sandbox: Running, client: stripe.StripeClient) -> None:
    invoice = draft(
        client, billing.customer(client), collection_method="send_invoice", days_until_due=10
    )
    assert client.v1.invoices.send_invoice(invoice.id).status == "open"
    sandbox.advance(10 * billing.DAY + 1)
    assert sandbox.event_types()[-2:] == ["invoice.sent", "invoice.overdue"]


def test_an_invoice_paid_out_of_band_charges_nobody(client: stripe.StripeClient) -> None:
    invoice = draft(client, billing.customer(client))
    client.v1.invoices.finalize_invoice(invoice.id)
    assert client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True}).status == "paid"
    assert client.v1.charges.list().data == []


@pytest.mark.parametrize(
    ("balance", "total", "due", "left"),
    [
        (-1000, 2500, 1500, 0),
        (-3000, 2500, 0, -500),
        (700, 2500, 3200, 0),
        (0, -400, 0, -400),
        (0, 49, 0, 49),
        (-2470, 2500, 0, 30),
    ],
)
def test_the_customers_balance_is_used_up(
    client: stripe.StripeClient, balance: int, total: int, due: int, left: int
) -> None:
    customer = billing.customer(client, balance=balance)
    add_item(client, customer, amount=total)
    invoice = client.v1.invoices.create(
        {"customer": customer, "pending_invoice_items_behavior": "include"}
    )
    paid = client.v1.invoices.pay(invoice.id)
    assert (paid.amount_due, paid.starting_balance, paid.ending_balance) == (due, balance, left)
    assert paid.status == "paid"
    assert client.v1.customers.retrieve(customer).balance == left


def test_more_than_ten_lines_are_listed_in_pages(client: stripe.StripeClient) -> None:
    customer = billing.customer(client)
    for number in range(12):
        add_item(client, customer, amount=100 + number)
    invoice = client.v1.invoices.create(
        {"customer": customer, "pending_invoice_items_behavior": "include"}
    )
    assert (len(invoice.lines.data), invoice.lines.has_more) == (10, True)
    amounts = [
        line.amount for line in client.v1.invoices.line_items.list(invoice.id).auto_paging_iter()
    ]
    assert amounts == [100 + number for number in range(12)]
