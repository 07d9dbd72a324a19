import assert from "node:assert/strict";
import { test } from "node:test";

import Stripe from "stripe";

import { bikes, client, drive, payment, stripe } from "./support.mjs";

const { errors } = Stripe;

const refused = (call, type, more) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof type, `${error.type}: ${error.message}`);
    for (const [name, value] of Object.entries(more)) assert.equal(error[name], value, name);
    assert.match(error.requestId, /^req_/);
    return true;
  });

test("errors: an unknown id is StripeInvalidRequestError, resource_missing", () =>
  refused(stripe.paymentIntents.retrieve("pi_nothing"), errors.StripeInvalidRequestError, {
    statusCode: 404,
    code: "resource_missing",
    param: "intent",
  }));

test("errors: an unknown parameter is refused by name", () =>
  refused(stripe.customers.create({ nickname: "Jen" }), errors.StripeInvalidRequestError, {
    statusCode: 400,
    code: "parameter_unknown",
    param: "nickname",
  }));

test("errors: a missing parameter is refused by name", () =>
  refused(stripe.paymentIntents.create({ currency: "eur" }), errors.StripeInvalidRequestError, {
    statusCode: 400,
    code: "parameter_missing",
    param: "amount",
  }));

test("errors: an amount below the currency's minimum", () =>
  refused(stripe.paymentIntents.create(payment({ amount: 10 })), errors.StripeInvalidRequestError, {
    statusCode: 400,
    code: "amount_too_small",
  }));

test("errors: payment_method_types is retired in this version", () =>
  refused(
    stripe.checkout.sessions.create(bikes({ payment_method_types: ["card"] })),
    errors.StripeInvalidRequestError,
    { code: "payment_method_types_no_longer_supported", param: "payment_method_types" },
  ));

test("errors: a refund of too much names the amount, and has no code", async () => {
  const paid = await stripe.paymentIntents.create(payment());
  await refused(
    stripe.refunds.create({ payment_intent: paid.id, amount: 9000 }),
    errors.StripeInvalidRequestError,
    { statusCode: 400, code: undefined, param: "amount" },
  );
});

test("errors: nothing left to refund is charge_already_refunded", async () => {
  const paid = await stripe.paymentIntents.create(payment());
  await stripe.refunds.create({ payment_intent: paid.id });
  await refused(
    stripe.refunds.create({ payment_intent: paid.id }),
    errors.StripeInvalidRequestError,
    { code: "charge_already_refunded" },
  );
});

test("errors: a second capture is payment_intent_unexpected_state", async () => {
  const paid = await stripe.paymentIntents.create(payment());
  await refused(stripe.paymentIntents.capture(paid.id), errors.StripeInvalidRequestError, {
    code: "payment_intent_unexpected_state",
  });
});

test("errors: a wrong key is StripeAuthenticationError", async () => {
  const { hostname: host, port } = new URL(process.env.SANDBOX);
  const stranger = new Stripe("sk_wrong", { host, port, protocol: "http" });
  await assert.rejects(
    stranger.customers.list(),
    (error) => error instanceof errors.StripeAuthenticationError && error.statusCode === 401,
  );
});

test("errors: too many requests is StripeRateLimitError", async () => {
  const rule = { match: { path: "/v1/customers" }, kind: "status_429", times: 1 };
  await drive("/_sandbox/faults", rule);
  await refused(stripe.customers.list(), errors.StripeRateLimitError, { statusCode: 429 });
});

test("errors: a server's error is StripeAPIError, and a retry gets through", async () => {
  const rule = { match: { path: "/v1/customers" }, kind: "saved_500", times: 1 };
  await drive("/_sandbox/faults", rule);
  await refused(stripe.customers.list(), errors.StripeAPIError, { statusCode: 500 });
  await drive("/_sandbox/faults", rule);
  const customers = await client({ maxNetworkRetries: 1 }).customers.list();

  assert.equal(customers.object, "list");
});

test("errors: a connection that is cut again and again is StripeConnectionError", async () => {
  // The SDK itself tries once more where a kept connection turns out to be closed.
  await drive("/_sandbox/faults", { match: { path: "/v1/refunds" }, kind: "refuse", times: 2 });
  await assert.rejects(
    stripe.refunds.list(),
    (error) => error instanceof errors.StripeConnectionError,
  );
});
