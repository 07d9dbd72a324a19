import assert from "node:assert/strict";
import { test } from "node:test";

import { authenticate, drive, payment, stripe } from "./support.mjs";

test("a card is set up without paying, and pays off-session later", async () => {
  const customer = await stripe.customers.create({ email: "jenny@example.com" });
  const setup = await stripe.setupIntents.create({
    customer: customer.id,
    payment_method: "pm_card_visa",
    confirm: true,
    usage: "off_session",
    return_url: "http://shop.test/back",
  });
  const paid = await stripe.paymentIntents.create(
    payment({ customer: customer.id, payment_method: setup.payment_method, off_session: true }),
  );

  assert.equal(setup.status, "succeeded");
  assert.equal(paid.status, "succeeded");
});

test("a card's owner says yes once at set-up, and is not asked again", async () => {
  const customer = await stripe.customers.create();
  const asked = await stripe.setupIntents.create({
    customer: customer.id,
    payment_method: "pm_card_authenticationRequiredOnSetup",
    confirm: true,
    return_url: "http://shop.test/back",
  });
  await authenticate(asked.next_action.redirect_to_url.url, "yes");
  const setup = await stripe.setupIntents.retrieve(asked.id);
  const paid = await stripe.paymentIntents.create(
    payment({ customer: customer.id, payment_method: setup.payment_method, off_session: true }),
  );

  assert.deepEqual([asked.status, setup.status], ["requires_action", "succeeded"]);
  assert.equal(paid.status, "succeeded");
});

test("a card that is declined at set-up raises the SDK's card error", () =>
  assert.rejects(
    stripe.setupIntents.create({
      payment_method: "pm_card_chargeDeclined",
      confirm: true,
      return_url: "http://shop.test/back",
    }),
    { type: "StripeCardError", code: "card_declined" },
  ));

test("Checkout, mode setup: a card is kept for later", async () => {
  const customer = await stripe.customers.create();
  const session = await stripe.checkout.sessions.create({
    mode: "setup",
    currency: "eur",
    customer: customer.id,
    success_url: "http://shop.test/success",
  });
  await drive(`/_sandbox/checkout/${session.id}/pay`, { card: "4242424242424242" });
  const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ["setup_intent"] });

  assert.equal(done.status, "complete");
  assert.equal(done.setup_intent.status, "succeeded");
  assert.equal(done.setup_intent.customer, customer.id);
});
