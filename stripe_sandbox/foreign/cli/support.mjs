// Stripe's CLI, pointed at the sandbox.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const shim = "node_modules/@stripe/cli/bin/shim.js";
const environment = {
  ...process.env,
  // Its settings stay here, and it tells nobody that it ran.
  XDG_CONFIG_HOME: process.cwd(),
  STRIPE_CLI_TELEMETRY_OPTOUT: "1",
};

/** Run a command of the CLI; rejects with what it said where its exit status is not 0. */
export const stripe = async (...words) => {
  const all = [shim, ...words, "--api-base", process.env.SANDBOX, "--color", "off"];
  const run = promisify(execFile)(process.execPath, all, { env: environment });
  const { stdout } = await run.catch((failed) => {
    throw new Error(failed.stderr);
  });
  return stdout;
};

/** The same, with its answer read as JSON. */
export const answer = async (...words) => JSON.parse(await stripe(...words));

/** The newest events, newest first. */
export const events = async () => {
  const headers = { Authorization: `Bearer ${process.env.STRIPE_API_KEY}` };
  const reply = await fetch(new URL("/v1/events?limit=100", process.env.SANDBOX), { headers });
  return (await reply.json()).data;
};

/** Let time pass in the sandbox. */
export const wait = (seconds) =>
  fetch(new URL("/_sandbox/clock/advance", process.env.SANDBOX), {
    method: "POST",
    body: JSON.stringify({ seconds }),
  });
