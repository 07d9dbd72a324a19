// Stripe's Node SDK as it is installed beside this file, and which part of it is described.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const SDK = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules", "stripe");
export const RESOURCES = path.join(SDK, "esm", "resources");

// The modules of the SDK whose endpoints and objects are described.
export const MODULES = [
  "Accounts",
  "Balance",
  "BalanceTransactions",
  "BankAccounts",
  "Cards",
  "Charges",
  "Checkout/Sessions",
  "Coupons",
  "Customers",
  "Disputes",
  "Events",
  "InvoiceItems",
  "InvoiceLineItems",
  "InvoicePayments",
  "Invoices",
  "LineItems",
  "Mandates",
  "PaymentIntents",
  "PaymentMethods",
  "Payouts",
  "Plans",
  "Prices",
  "ProductFeatures",
  "Products",
  "Refunds",
  "SetupAttempts",
  "SetupIntents",
  "SubscriptionItems",
  "Subscriptions",
  "TestHelpers/TestClocks",
  "WebhookEndpoints",
];

export const declarationOf = (module) => path.join(RESOURCES, `${module}.d.ts`);
export const program = ts.createProgram(MODULES.map(declarationOf), {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  types: [],
});
export const checker = program.getTypeChecker();
export const described = new Set(MODULES.map(declarationOf));

export function version() {
  return JSON.parse(fs.readFileSync(path.join(SDK, "package.json"), "utf8")).version;
}

export function apiVersion() {
  const text = fs.readFileSync(path.join(SDK, "esm", "apiVersion.js"), "utf8");
  return /ApiVersion = '([^']+)'/.exec(text)[1];
}
