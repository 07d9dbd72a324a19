import assert from "node:assert/strict";
import { test } from "node:test";

import { drive, stripe } from "./support.mjs";

const DAY = 24 * 3600;

/** A customer with a card that pays by itself, and a monthly price. */
const subscriber = async (more = {}) => {
  const customer = await stripe.customers.create({
    payment_method: "pm_card_visa",
    invoice_settings: { default_payment_method: "pm_card_visa" },
    ...more,
  });
  const price = await stripe.prices.create({
    currency: "eur",
    unit_amount: 3000,
    recurring: { interval: "month" },
    product_data: { name: "Bike, monthly" },
  });
  return { customer: customer.id, items: [{ price: price.id }] };
};

test("a subscription is paid, changed and canceled", async () => {
  const made = await stripe.subscriptions.create({
    ...(await subscriber()),
    expand: ["latest_invoice"],
  });
  const [item] = made.items.data;
  const changed = await stripe.subscriptions.update(made.id, {
    items: [{ id: item.id, quantity: 2 }],
  });
  const canceled = await stripe.subscriptions.cancel(made.id);

  assert.deepEqual([made.status, made.latest_invoice.status], ["active", "paid"]);
  assert.equal(made.latest_invoice.amount_paid, 3000);
  assert.equal(changed.items.data[0].quantity, 2);
  assert.equal(canceled.status, "canceled");
});

test("a subscription renews when its month is over", async () => {
  const made = await stripe.subscriptions.create(await subscriber());
  await drive("/_sandbox/clock/advance", { seconds: 32 * DAY });
  const invoices = await stripe.invoices.list({ subscription: made.id });

  assert.deepEqual(
    invoices.data.map((invoice) => [invoice.billing_reason, invoice.status]),
    [
      ["subscription_cycle", "paid"],
      ["subscription_create", "paid"],
    ],
  );
});

test("an invoice is sent, and paid by card", async () => {
  const customer = await stripe.customers.create({ email: "jenny@example.com" });
  await stripe.invoiceItems.create({ customer: customer.id, amount: 2500, currency: "eur" });
  const draft = await stripe.invoices.create({
    customer: customer.id,
    collection_method: "send_invoice",
    days_until_due: 7,
    pending_invoice_items_behavior: "include",
  });
  const sent = await stripe.invoices.sendInvoice(draft.id);
  const method = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
  const paid = await stripe.invoices.pay(draft.id, { payment_method: method.id });

  assert.deepEqual([draft.status, sent.status, paid.status], ["draft", "open", "paid"]);
  assert.equal(paid.amount_paid, 2500);
});
