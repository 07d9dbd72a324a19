// The recipes of `stripe trigger`: the objects that each makes, and the event that it promises.
import assert from "node:assert/strict";
import { test } from "node:test";

import { events, stripe, wait } from "./support.mjs";

const RECIPES = [
  "charge.captured",
  "charge.dispute.closed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.failed",
  "charge.refund.updated",
  "charge.refunded",
  "charge.succeeded",
  "checkout.session.async_payment_failed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.completed",
  "checkout.session.expired",
  "customer.created",
  "customer.deleted",
  "customer.subscription.created",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.trial_will_end",
  "customer.subscription.updated",
  "customer.updated",
  "invoice.created",
  "invoice.deleted",
  "invoice.finalized",
  "invoice.marked_uncollectible",
  "invoice.paid",
  "invoice.payment_action_required",
  "invoice.payment_failed",
  "invoice.payment_succeeded",
  "invoice.sent",
  "invoice.updated",
  "invoice.voided",
  "invoiceitem.created",
  "invoiceitem.deleted",
  "payment_intent.amount_capturable_updated",
  "payment_intent.canceled",
  "payment_intent.created",
  "payment_intent.payment_failed",
  "payment_intent.processing",
  "payment_intent.requires_action",
  "payment_intent.succeeded",
  "payment_method.attached",
  "payment_method.detached",
  "payment_method.updated",
  "payout.created",
  "payout.updated",
  "price.created",
  "price.updated",
  "product.created",
  "product.deleted",
  "product.updated",
  "setup_intent.canceled",
  "setup_intent.created",
  "setup_intent.requires_action",
  "setup_intent.setup_failed",
  "setup_intent.succeeded",
  "subscription.payment_failed",
  "subscription.payment_succeeded",
  "test_helpers.test_clock.advancing",
  "test_helpers.test_clock.created",
  "test_helpers.test_clock.deleted",
  "test_helpers.test_clock.ready",
];

/** Where a recipe is not called like the event that it makes. */
const MADE = {
  "subscription.payment_failed": "invoice.payment_failed",
  "subscription.payment_succeeded": "invoice.payment_succeeded",
};

/** A bank debit is decided days later. */
const DAYS = {
  "checkout.session.async_payment_failed": 6,
  "checkout.session.async_payment_succeeded": 6,
};

for (const recipe of RECIPES) {
  test(`trigger ${recipe}`, async () => {
    const [newest] = await events();
    await stripe("trigger", recipe);
    if (recipe in DAYS) await wait(DAYS[recipe] * 24 * 3600);
    const all = await events();
    const place = newest ? all.findIndex((event) => event.id === newest.id) : all.length;
    const made = all.slice(0, place).map((event) => event.type);

    assert.ok(made.includes(MADE[recipe] ?? recipe), `it made ${made.join(", ") || "nothing"}`);
  });
}
