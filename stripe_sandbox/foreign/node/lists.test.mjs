import assert from "node:assert/strict";
import { test } from "node:test";

import { payment, stripe } from "./support.mjs";

test("pages: auto-pagination walks all customers, newest first", async () => {
  const made = [];
  for (let number = 0; number < 25; number += 1) {
    made.push((await stripe.customers.create({ email: "pages@example.com", name: `C${number}` })).id);
  }
  const seen = [];
  for await (const customer of stripe.customers.list({ email: "pages@example.com", limit: 10 })) {
    seen.push(customer.id);
  }

  assert.deepEqual(seen, made.reverse());
});

test("pages: ending_before walks back", async () => {
  const made = [];
  for (let number = 0; number < 5; number += 1) {
    made.push((await stripe.customers.create({ email: "back@example.com" })).id);
  }
  const page = await stripe.customers.list({
    email: "back@example.com",
    ending_before: made[0],
    limit: 2,
  });

  assert.deepEqual(page.data.map((customer) => customer.id), [made[2], made[1]]);
  assert.equal(page.has_more, true);
});

test("pages: metadata is added, changed and deleted", async () => {
  const customer = await stripe.customers.create({ metadata: { size: "M", colour: "red" } });
  const changed = await stripe.customers.update(customer.id, {
    metadata: { colour: "", size: "L" },
  });

  assert.deepEqual(changed.metadata, { size: "L" });
});

test("pages: a deleted customer is gone from the list", async () => {
  const customer = await stripe.customers.create({ email: "gone@example.com" });
  const deleted = await stripe.customers.del(customer.id);
  const left = await stripe.customers.list({ email: "gone@example.com" });

  assert.equal(deleted.deleted, true);
  assert.equal(left.data.length, 0);
});

test("events: what happened is listed by type, with a snapshot", async () => {
  const paid = await stripe.paymentIntents.create(payment());
  await stripe.refunds.create({ payment_intent: paid.id });
  const events = await stripe.events.list({ type: "payment_intent.succeeded", limit: 100 });
  const [event] = events.data.filter((one) => one.data.object.id === paid.id);
  const again = await stripe.events.retrieve(event.id);

  assert.equal(again.data.object.status, "succeeded");
  assert.match(again.request.id, /^req_/);
});
