import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import Stripe from "stripe";

import { bikes, drive, stripe } from "./support.mjs";

const SECRET = "whsec_node";

/** A shop's webhook: gathers raw bodies and signatures. */
const shop = async () => {
  const received = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    received.push({ body, signature: request.headers["stripe-signature"] });
    response.end();
    server.emit("received");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}/`, received, server };
};

test("webhooks: constructEvent accepts what was delivered, and nothing else", async () => {
  const { url, received, server } = await shop();
  await drive("/_sandbox/webhooks", { url, secrets: [SECRET] });
  const session = await stripe.checkout.sessions.create(bikes());
  await drive(`/_sandbox/checkout/${session.id}/pay`, { card: "4242424242424242" });
  const paid = ({ body }) => JSON.parse(body).type === "checkout.session.completed";
  while (!received.some(paid)) await once(server, "received");
  server.close();
  const { body, signature } = received.find(paid);
  const event = stripe.webhooks.constructEvent(body, signature, SECRET);

  assert.equal(event.type, "checkout.session.completed");
  assert.equal(event.data.object.id, session.id);
  assert.equal(event.api_version, Stripe.API_VERSION);
  const tampered = body.toString().replace("complete", "expired");
  for (const [payload, secret] of [
    [tampered, SECRET],
    [body, "whsec_other"],
  ]) {
    assert.throws(
      () => stripe.webhooks.constructEvent(payload, signature, secret),
      (error) => error instanceof stripe.errors.StripeSignatureVerificationError,
    );
  }
});
