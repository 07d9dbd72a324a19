// The CLI as a plain client of the API.
import assert from "node:assert/strict";
import { test } from "node:test";

import { answer } from "./support.mjs";

test("post, get and delete a customer", async () => {
  const made = await answer("post", "/v1/customers", "-d", "name=Jenny", "-d", "metadata[size]=M");
  const found = await answer("get", `/v1/customers/${made.id}`);
  const deleted = await answer("delete", `/v1/customers/${made.id}`, "--confirm");

  assert.equal(found.name, "Jenny");
  assert.equal(found.metadata.size, "M");
  assert.equal(deleted.deleted, true);
});

test("resource commands: create, confirm, list and refund", async () => {
  const intent = await answer(
    "payment_intents", "create", "--amount", "2000", "--currency", "usd",
  );
  const paid = await answer(
    "payment_intents", "confirm", intent.id,
    "--payment-method", "pm_card_visa", "--return-url", "http://shop.test/back",
  );
  const { data } = await answer("payment_intents", "list", "--limit", "1");
  const refund = await answer("refunds", "create", "--payment-intent", intent.id);

  assert.equal(paid.status, "succeeded");
  assert.equal(data[0].id, intent.id);
  assert.equal(refund.amount, 2000);
});

test("get with expand", async () => {
  const paid = await answer(
    "post", "/v1/payment_intents",
    "-d", "amount=2000", "-d", "currency=usd", "-d", "payment_method=pm_card_visa",
    "-d", "confirm=true",
  );
  const found = await answer("get", `/v1/payment_intents/${paid.id}`, "-e", "latest_charge");

  assert.equal(found.latest_charge.object, "charge");
});

test("post with an idempotency key makes one object", async () => {
  const post = () => answer("post", "/v1/customers", "-d", "name=Once", "-i", "cli-once");

  assert.equal((await post()).id, (await post()).id);
});

test("an error is shown as Stripe's", async () => {
  const { error } = await answer("get", "/v1/customers/cus_nothing");

  assert.equal(error.code, "resource_missing");
});
