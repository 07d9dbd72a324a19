import assert from "node:assert/strict";
import { test } from "node:test";

import { authenticate, bikes, drive, stripe } from "./support.mjs";

const pay = (session, card) => drive(`/_sandbox/checkout/${session.id}/pay`, { card });

test("Checkout: a session is made, paid on its page and retrieved", async () => {
  const session = await stripe.checkout.sessions.create(
    bikes({ client_reference_id: "R-1", payment_intent_data: { metadata: { order: "R-1" } } }),
  );
  const body = new URLSearchParams({ card: "4242424242424242", email: "jenny@example.com" });
  const reply = await fetch(session.url, { method: "POST", body, redirect: "manual" });
  const paid = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ["payment_intent", "line_items"],
  });

  assert.deepEqual([session.status, session.payment_intent], ["open", null]);
  assert.equal(
    reply.headers.get("location"),
    `http://shop.test/success?session_id=${session.id}`,
  );
  assert.deepEqual([paid.status, paid.payment_status, paid.url], ["complete", "paid", null]);
  assert.equal(paid.payment_intent.metadata.order, "R-1");
  assert.equal(paid.customer_details.email, "jenny@example.com");
  assert.equal(paid.line_items.data[0].description, "City bike");
});

test("Checkout: after a decline the same session takes another card", async () => {
  const session = await stripe.checkout.sessions.create(bikes());
  const declined = await pay(session, "4000000000000002");
  const paid = await pay(session, "4242424242424242");

  assert.equal(declined.status, 402);
  assert.equal(paid.outcome, "paid");
});

test("Checkout: a hold is captured after the page", async () => {
  const session = await stripe.checkout.sessions.create(
    bikes({ payment_intent_data: { capture_method: "manual" } }),
  );
  await pay(session, "4242424242424242");
  const held = await stripe.checkout.sessions.retrieve(session.id);
  await stripe.paymentIntents.capture(held.payment_intent, { amount_to_capture: 4000 });
  const paid = await stripe.checkout.sessions.retrieve(session.id);

  assert.deepEqual([held.status, held.payment_status], ["complete", "unpaid"]);
  assert.equal(paid.payment_status, "paid");
});

test("Checkout: 3-D Secure at the bank's page", async () => {
  const session = await stripe.checkout.sessions.create(bikes());
  const asked = await pay(session, "4000002760003184");
  const { payment_intent } = await stripe.checkout.sessions.retrieve(session.id);
  const page = new URL(`/c/authenticate/${payment_intent}`, process.env.SANDBOX);
  const back = await authenticate(page, "yes");
  const paid = await stripe.checkout.sessions.retrieve(session.id);

  assert.equal(asked.outcome, "requires_action");
  assert.ok(back.startsWith("http://shop.test/success"));
  assert.equal(paid.payment_status, "paid");
});

test("Checkout: an open session expires once, and then cannot again", async () => {
  const session = await stripe.checkout.sessions.create(bikes());
  const expired = await stripe.checkout.sessions.expire(session.id);

  assert.deepEqual([expired.status, expired.url], ["expired", null]);
  await assert.rejects(stripe.checkout.sessions.expire(session.id), {
    type: "StripeInvalidRequestError",
    statusCode: 400,
  });
});

test("Checkout: line items are listed page by page", async () => {
  const [bike] = bikes().line_items;
  const session = await stripe.checkout.sessions.create(
    bikes({ line_items: Array.from({ length: 7 }, () => bike) }),
  );
  const items = await stripe.checkout.sessions
    .listLineItems(session.id, { limit: 3 })
    .autoPagingToArray({ limit: 100 });

  assert.equal(items.length, 7);
  assert.equal(new Set(items.map((item) => item.id)).size, 7);
});
