import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { authenticate, client, drive, payment, stripe } from "./support.mjs";

test("a card pays", async () => {
  const intent = await stripe.paymentIntents.create(payment({ metadata: { order: "R-1" } }));
  const charge = await stripe.charges.retrieve(intent.latest_charge, {
    expand: ["balance_transaction"],
  });

  assert.equal(intent.status, "succeeded");
  assert.equal(intent.amount_received, 5000);
  assert.equal(intent.metadata.order, "R-1");
  assert.equal(charge.payment_method_details.card.last4, "4242");
  assert.equal(charge.balance_transaction.amount, 5000);
  assert.match(intent.lastResponse.requestId, /^req_/);
});

test("an intent is made first and confirmed later", async () => {
  const intent = await stripe.paymentIntents.create({ amount: 1500, currency: "usd" });
  const paid = await stripe.paymentIntents.confirm(intent.id, {
    payment_method: "pm_card_mastercard",
    return_url: "http://shop.test/back",
  });

  assert.equal(intent.status, "requires_payment_method");
  assert.equal(paid.status, "succeeded");
});

test("a hold is captured in part, and its rest is released", async () => {
  const held = await stripe.paymentIntents.create(payment({ capture_method: "manual" }));
  const paid = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 3000 });

  assert.equal(held.status, "requires_capture");
  assert.equal(held.amount_capturable, 5000);
  assert.equal(paid.status, "succeeded");
  assert.equal(paid.amount_received, 3000);
  assert.equal(paid.amount_capturable, 0);
});

test("a hold is cancelled", async () => {
  const held = await stripe.paymentIntents.create(payment({ capture_method: "manual" }));
  const canceled = await stripe.paymentIntents.cancel(held.id, {
    cancellation_reason: "requested_by_customer",
  });

  assert.equal(canceled.status, "canceled");
  assert.equal(canceled.cancellation_reason, "requested_by_customer");
});

test("a payment is refunded in part, then whole", async () => {
  const paid = await stripe.paymentIntents.create(payment());
  const part = await stripe.refunds.create({
    payment_intent: paid.id,
    amount: 2000,
    reason: "requested_by_customer",
  });
  const rest = await stripe.refunds.create({ charge: paid.latest_charge });
  const charge = await stripe.charges.retrieve(paid.latest_charge);

  assert.deepEqual([part.status, part.amount], ["succeeded", 2000]);
  assert.deepEqual([rest.status, rest.amount], ["succeeded", 3000]);
  assert.deepEqual([charge.refunded, charge.amount_refunded], [true, 5000]);
});

test("a declined card raises the SDK's card error, and another card pays", async () => {
  const intent = await stripe.paymentIntents.create({ amount: 5000, currency: "eur" });
  await assert.rejects(
    stripe.paymentIntents.confirm(intent.id, {
      payment_method: "pm_card_chargeDeclinedInsufficientFunds",
      return_url: "http://shop.test/back",
    }),
    (error) => {
      assert.ok(error instanceof stripe.errors.StripeCardError);
      assert.equal(error.statusCode, 402);
      assert.equal(error.code, "card_declined");
      assert.equal(error.decline_code, "insufficient_funds");
      assert.equal(error.payment_intent.status, "requires_payment_method");
      return true;
    },
  );
  const paid = await stripe.paymentIntents.confirm(intent.id, {
    payment_method: "pm_card_visa",
    return_url: "http://shop.test/back",
  });

  assert.equal(paid.status, "succeeded");
});

test("3-D Secure: the owner says yes at the bank's page", async () => {
  const asked = await stripe.paymentIntents.create(
    payment({
      payment_method: "pm_card_authenticationRequired",
      return_url: "http://shop.test/back",
    }),
  );
  const back = await authenticate(asked.next_action.redirect_to_url.url, "yes");
  const paid = await stripe.paymentIntents.retrieve(asked.id);

  assert.equal(asked.status, "requires_action");
  assert.ok(back.startsWith("http://shop.test/back"));
  assert.equal(paid.status, "succeeded");
});

test("3-D Secure: the owner says no", async () => {
  const asked = await stripe.paymentIntents.create(
    payment({
      payment_method: "pm_card_authenticationRequired",
      return_url: "http://shop.test/back",
    }),
  );
  await authenticate(asked.next_action.redirect_to_url.url, "no");
  const failed = await stripe.paymentIntents.retrieve(asked.id);

  assert.equal(failed.status, "requires_payment_method");
  assert.equal(failed.last_payment_error.code, "payment_intent_authentication_failure");
});

test("a saved card pays off-session", async () => {
  const customer = await stripe.customers.create({ email: "jenny@example.com" });
  await stripe.paymentIntents.create(
    payment({ customer: customer.id, setup_future_usage: "off_session" }),
  );
  const [method] = (await stripe.customers.listPaymentMethods(customer.id)).data;
  const paid = await stripe.paymentIntents.create(
    payment({ customer: customer.id, payment_method: method.id, off_session: true }),
  );

  assert.equal(paid.status, "succeeded");
  assert.equal(paid.customer, customer.id);
});

test("off-session, a card that wants its owner is refused", async () => {
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach("pm_card_authenticationRequired", {
    customer: customer.id,
  });
  await assert.rejects(
    stripe.paymentIntents.create(
      payment({ customer: customer.id, payment_method: method.id, off_session: true }),
    ),
    { type: "StripeCardError", code: "authentication_required", statusCode: 402 },
  );
});

test("a repeated idempotency key pays once", async () => {
  const idempotencyKey = randomUUID();
  const first = await stripe.paymentIntents.create(payment(), { idempotencyKey });
  const again = await stripe.paymentIntents.create(payment(), { idempotencyKey });

  assert.equal(again.id, first.id);
  assert.equal(again.lastResponse.headers["idempotent-replayed"], "true");
  await assert.rejects(
    stripe.paymentIntents.create(payment({ amount: 6000 }), { idempotencyKey }),
    (error) => error instanceof stripe.errors.StripeIdempotencyError && error.statusCode === 400,
  );
});

test("the SDK's own retries do not pay twice when an answer is lost", async () => {
  const rule = { match: { method: "POST", path: "/v1/payment_intents" }, kind: "drop_reply" };
  await drive("/_sandbox/faults", { ...rule, times: 1 });
  const order = randomUUID();
  const paid = await client({ maxNetworkRetries: 2 }).paymentIntents.create(
    payment({ metadata: { order } }),
  );
  const all = await stripe.paymentIntents.list({ limit: 100 });

  assert.equal(paid.status, "succeeded");
  assert.equal(all.data.filter((one) => one.metadata.order === order).length, 1);
});
