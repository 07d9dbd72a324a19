// Stripe's Node SDK, pointed at the sandbox, and what the flows share.
import Stripe from "stripe";

const address = new URL(process.env.SANDBOX);

/** The SDK as anyone would make it, but for the address. */
export const client = (options = {}) =>
  new Stripe(process.env.STRIPE_API_KEY, {
    host: address.hostname,
    port: address.port,
    protocol: "http",
    maxNetworkRetries: 0,
    ...options,
  });

export const stripe = client();

/** Drive the sandbox itself, as a person at its pages would. */
export const drive = async (path, document = {}) => {
  const answer = await fetch(new URL(path, address), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(document),
  });
  return { status: answer.status, ...(await answer.json()) };
};

/** Answer the bank's question on its page; gives the address that the browser is sent to. */
export const authenticate = async (url, answer) => {
  const body = new URLSearchParams({ answer });
  const reply = await fetch(url, { method: "POST", body, redirect: "manual" });
  return reply.headers.get("location");
};

export const payment = (more = {}) => ({
  amount: 5000,
  currency: "eur",
  confirm: true,
  payment_method: "pm_card_visa",
  ...more,
});

export const bikes = (more = {}) => ({
  mode: "payment",
  success_url: "http://shop.test/success?session_id={CHECKOUT_SESSION_ID}",
  cancel_url: "http://shop.test/cancel",
  line_items: [
    {
      price_data: { currency: "eur", unit_amount: 2500, product_data: { name: "City bike" } },
      quantity: 2,
    },
  ],
  ...more,
});
