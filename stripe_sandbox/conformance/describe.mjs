// Derives description.json from the type declarations of Stripe's Node SDK.
//
//   python -m stripe_sandbox.conformance      in an environment of its own, or, here:
//   npm ci && node describe.mjs
//
// What the declarations say is what Stripe's own OpenAPI description says: they are generated from
// it. description.py tells how to read the result.

import fs from "node:fs";
import { endpoints, events } from "./api.mjs";
import { apiVersion, version } from "./sdk.mjs";
import { closure } from "./types.mjs";

const OUTPUT = new URL("description.json", import.meta.url);

function description() {
  const roots = { endpoints: endpoints(), events: events() };
  return withoutTwins({
    source: `npm stripe@${version()}`,
    api_version: apiVersion(),
    ...roots,
    types: closure(roots),
  });
}

// Of types that say the same the one with the shortest name stays, until there are none.
function withoutTwins(document) {
  const names = new Map(); // what a type says → the name that stays
  const shortestFirst = Object.keys(document.types).sort((a, b) => a.length - b.length);
  for (const name of shortestFirst) {
    const said = JSON.stringify(document.types[name]);
    if (!names.has(said)) names.set(said, name);
  }
  if (names.size === shortestFirst.length) return document;
  const instead = (key, value) =>
    key === "ref" ? names.get(JSON.stringify(document.types[value])) : value;
  const renamed = JSON.parse(JSON.stringify(document), instead);
  const kept = new Set(names.values());
  const types = Object.entries(renamed.types).filter(([name]) => kept.has(name));
  return withoutTwins({ ...renamed, types: Object.fromEntries(types) });
}

// One line for each endpoint, event and type.
function written(document) {
  const lines = Object.entries(document).map(([name, value]) => {
    if (typeof value === "string") return ` ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    const list = Array.isArray(value);
    const inner = Object.entries(value).map(
      ([key, one]) => "  " + (list ? "" : `${JSON.stringify(key)}: `) + JSON.stringify(one),
    );
    return ` ${JSON.stringify(name)}: ${list ? "[" : "{"}\n${inner.join(",\n")}\n ${list ? "]" : "}"}`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}

fs.writeFileSync(OUTPUT, written(description()));
