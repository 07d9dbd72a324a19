// What may become of a payment afterwards.
import assert from "node:assert/strict";
import { test } from "node:test";

import { bikes, drive, payment, stripe } from "./support.mjs";

test("a dispute is answered and won", async () => {
  const paid = await stripe.paymentIntents.create(payment({ payment_method: "pm_card_createDispute" }));
  const [dispute] = (await stripe.disputes.list({ payment_intent: paid.id })).data;
  const answered = await stripe.disputes.update(dispute.id, {
    evidence: { uncategorized_text: "winning_evidence" },
    submit: true,
  });
  await drive("/_sandbox/clock/advance", { seconds: 60 });
  const decided = await stripe.disputes.retrieve(dispute.id);

  assert.deepEqual([dispute.status, dispute.amount], ["needs_response", 5000]);
  assert.equal(answered.status, "under_review");
  assert.equal(decided.status, "won");
});

test("a refund fails later", async () => {
  const paid = await stripe.paymentIntents.create(payment({ payment_method: "pm_card_refundFail" }));
  const refund = await stripe.refunds.create({ payment_intent: paid.id });
  await drive("/_sandbox/clock/advance", { seconds: 60 });
  const failed = await stripe.refunds.retrieve(refund.id);

  assert.deepEqual([refund.status, failed.status], ["succeeded", "failed"]);
  assert.ok(failed.failure_balance_transaction);
});

test("Checkout: a bank debit is paid days later", async () => {
  const session = await stripe.checkout.sessions.create(bikes());
  await drive(`/_sandbox/checkout/${session.id}/pay`, { iban: "AT611904300234573201" });
  const waiting = await stripe.checkout.sessions.retrieve(session.id);
  await drive("/_sandbox/clock/advance", { seconds: 6 * 24 * 3600 });
  const paid = await stripe.checkout.sessions.retrieve(session.id);

  assert.deepEqual([waiting.status, waiting.payment_status], ["complete", "unpaid"]);
  assert.equal(paid.payment_status, "paid");
});
