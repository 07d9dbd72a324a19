// Derives description.json from the type declarations of Stripe's Node SDK.
//
//   python -m stripe_sandbox.conformance      in an environment of its own, or, here:
//   npm ci && node describe.mjs
//
// What the declarations say is what Stripe's own OpenAPI description says: they are generated from
// it. README.md tells how to read the result.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SDK = path.join(HERE, "node_modules", "stripe");
const RESOURCES = path.join(SDK, "esm", "resources");
const OUTPUT = path.join(HERE, "description.json");

// The modules of the SDK whose endpoints and objects are described.
const MODULES = [
  "Balance",
  "BalanceTransactions",
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
  "Products",
  "Refunds",
  "SetupAttempts",
  "SetupIntents",
  "SubscriptionItems",
  "Subscriptions",
  "TestHelpers/TestClocks",
  "WebhookEndpoints",
];

// Objects that are never nested in what the sandbox answers: it knows no Connect and no sources.
const CUT = new Set(["Account", "Source"]);

const declarationOf = (module) => path.join(RESOURCES, `${module}.d.ts`);
const program = ts.createProgram(MODULES.map(declarationOf), {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  types: [],
});
const checker = program.getTypeChecker();
const described = new Set(MODULES.map(declarationOf));

// The declarations know numbers only. All are whole, amounts and times above all, but those that
// bear one of these names.
const FRACTIONS = /percent|exchange_rate|^(height|length|weight|width)$/;

// --- Types -------------------------------------------------------------------------------------

const declarations = new Map(); // name → the interface that bears it

const KEYWORDS = new Map([
  [ts.SyntaxKind.StringKeyword, "string"],
  [ts.SyntaxKind.NumberKeyword, "number"],
  [ts.SyntaxKind.BooleanKeyword, "boolean"],
  [ts.SyntaxKind.AnyKeyword, "any"],
  [ts.SyntaxKind.UnknownKeyword, "any"],
  [ts.SyntaxKind.UndefinedKeyword, "undefined"],
]);

// References that mean something of their own; each gets its type arguments, described.
const SPECIAL = {
  Array: (item) => ({ list: item }),
  ApiList: (item) => ({ page: item }),
  ApiListPromise: (item) => ({ page: item }),
  ApiSearchResult: (item) => ({ search: item }),
  ApiSearchResultPromise: (item) => ({ search: item }),
  Promise: (value) => value,
  Response: (value) => value,
  Partial: (value) => ({ partial: value }),
  Emptyable: (value) => union([{ enum: [""] }, value]),
  Decimal: () => "decimal",
  Event: () => "event", // by its type: see events()
  OtherString: () => null, // "or a value that a later version adds": not in this version
};

function describe(node) {
  if (KEYWORDS.has(node.kind)) return KEYWORDS.get(node.kind);
  if (ts.isParenthesizedTypeNode(node)) return describe(node.type);
  if (ts.isArrayTypeNode(node)) return { list: describe(node.elementType) };
  if (ts.isUnionTypeNode(node)) return union(node.types.map(describe));
  if (ts.isLiteralTypeNode(node)) return literal(node.literal);
  if (ts.isTypeReferenceNode(node)) return reference(node);
  if (ts.isTypeLiteralNode(node)) return members(checker.getTypeAtLocation(node));
  throw new Error(`cannot describe ${ts.SyntaxKind[node.kind]}: ${node.getText()}`);
}

function literal(node) {
  if (node.kind === ts.SyntaxKind.NullKeyword) return "null";
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { enum: [true] };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { enum: [false] };
  return { enum: [node.text] };
}

function reference(node) {
  const name = node.typeName.getText();
  if (name in SPECIAL) return SPECIAL[name](...(node.typeArguments ?? []).map(describe));
  const symbol = declared(checker.getSymbolAtLocation(node.typeName));
  const declaration = symbol.declarations.find(
    (one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one),
  );
  if (ts.isTypeAliasDeclaration(declaration)) return describe(declaration.type);
  return named(declaration);
}

function declared(symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function named(declaration) {
  const name = nameOf(declaration);
  declarations.set(name, declaration);
  return { ref: name };
}

// "Checkout.Session.TotalDetails": folder, namespaces, interface.
function nameOf(declaration) {
  const names = [declaration.name.text];
  for (let node = declaration.parent; node; node = node.parent) {
    if (ts.isModuleDeclaration(node)) names.unshift(node.name.text);
  }
  const folder = path.relative(RESOURCES, path.dirname(declaration.getSourceFile().fileName));
  const outside = !folder || folder.startsWith("..") || names[0] === folder;
  return [...(outside ? [] : folder.split(path.sep)), ...names].join(".");
}

// One type out of several: enums become one, what is no type at all falls away.
function union(parts) {
  const flat = parts.flat().filter((part) => part !== null && part !== "undefined");
  const values = flat.filter((part) => part.enum).flatMap((part) => part.enum);
  const rest = flat.filter((part) => !part.enum);
  const all = values.length ? [{ enum: [...new Set(values)] }, ...rest] : rest;
  const kept = all.filter(
    (part) => !CUT.has(part.ref) && !(all.includes("string") && isForeign(part)),
  );
  return kept.length === 1 ? kept[0] : kept;
}

// An id that could be expanded to an object of a module that is not described stays an id.
function isForeign(part) {
  const declaration = declarations.get(part.ref);
  if (declaration === undefined || described.has(declaration.getSourceFile().fileName)) {
    return false;
  }
  return checker.getTypeAtLocation(declaration).getProperty("object") !== undefined;
}

function members(type) {
  const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
  if (index) return { map: whole(describe(index.declaration.type)) };
  const fields = {};
  for (const property of checker.getPropertiesOfType(type)) {
    const declaration = property.valueDeclaration;
    if (declaration.type.kind === ts.SyntaxKind.VoidKeyword) continue; // "never there"
    const optional = declaration.questionToken !== undefined;
    const type = describe(declaration.type);
    const described = FRACTIONS.test(property.name) ? type : whole(type);
    fields[property.name + (optional ? "?" : "")] = described;
  }
  return { fields };
}

function whole(type) {
  if (type === "number") return "integer";
  if (Array.isArray(type)) return type.map(whole);
  return type.list ? { list: whole(type.list) } : type;
}

// The description of everything that \`roots\` name, directly or through others.
function closure(roots) {
  const found = {};
  const waiting = refs(roots);
  while (waiting.length) {
    const name = waiting.pop();
    if (name in found) continue;
    found[name] = members(checker.getTypeAtLocation(declarations.get(name)));
    waiting.push(...refs(found[name]));
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
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

function refs(described) {
  if (typeof described !== "object" || described === null) return [];
  if (typeof described.ref === "string") return [described.ref];
  return Object.values(described).flatMap(refs);
}

// --- Endpoints ---------------------------------------------------------------------------------

function endpoints() {
  const found = [];
  for (const module of MODULES) {
    const calls = callsOf(module);
    for (const method of methodsOf(module)) {
      const call = calls.get(method.name.text);
      if (call) found.push({ ...call, ...signature(method) });
    }
  }
  return found.filter(isOurs).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const key = (endpoint) => `${endpoint.path} ${endpoint.method}`;

// Not the calls that answer with an object of another module.
function isOurs(endpoint) {
  const answers = refs(endpoint.answer);
  return endpoint.answer !== "void" && !answers.some((ref) => isForeign({ ref }));
}

function methodsOf(module) {
  const file = program.getSourceFile(declarationOf(module));
  const found = file.statements.filter(ts.isClassDeclaration);
  return found.flatMap((one) => one.members.filter(ts.isMethodDeclaration));
}

function signature(method) {
  const params = method.parameters.find((one) => one.name.text === "params");
  return {
    params: params ? describe(params.type) : null,
    answer: describe(method.type),
  };
}

// Method and path of each call: they stand in the SDK's code, not in its declarations.
function callsOf(module) {
  const text = fs.readFileSync(path.join(RESOURCES, `${module}.js`), "utf8");
  const file = ts.createSourceFile(module, text, ts.ScriptTarget.ES2022, true);
  const found = new Map();
  for (const one of file.statements.filter(ts.isClassDeclaration)) {
    for (const method of one.members.filter(ts.isMethodDeclaration)) {
      const call = requestIn(method);
      if (call) found.set(method.name.text, call);
    }
  }
  return found;
}

function requestIn(node) {
  if (ts.isCallExpression(node) && node.expression.getText() === "this._makeRequest") {
    const [method, address] = node.arguments;
    return { method: method.text, path: pathOf(address) };
  }
  return ts.forEachChild(node, requestIn);
}

function pathOf(address) {
  if (!ts.isTemplateExpression(address)) return address.text;
  return address.head.text + address.templateSpans.map((span) => "{id}" + span.literal.text).join("");
}

// --- Events ------------------------------------------------------------------------------------

// Event type → the kind of object that it is about.
function events() {
  const file = program.getSourceFile(declarationOf("Events"));
  const found = {};
  for (const one of file.statements.filter(ts.isInterfaceDeclaration)) {
    const type = checker.getTypeAtLocation(one);
    const kind = one.members.find((member) => member.name.text === "type");
    if (!kind || !ts.isLiteralTypeNode(kind.type)) continue;
    const data = checker.getTypeAtLocation(type.getProperty("data").valueDeclaration.type);
    const subject = describe(data.getProperty("object").valueDeclaration.type);
    if (!refs(subject).some((ref) => isForeign({ ref }))) found[kind.type.literal.text] = subject;
  }
  return found;
}

// --- Output ------------------------------------------------------------------------------------

function description() {
  const version = JSON.parse(fs.readFileSync(path.join(SDK, "package.json"), "utf8")).version;
  const apiVersion = fs.readFileSync(path.join(SDK, "esm", "apiVersion.js"), "utf8");
  const roots = { endpoints: endpoints(), events: events() };
  return withoutTwins({
    source: `npm stripe@${version}`,
    api_version: /ApiVersion = '([^']+)'/.exec(apiVersion)[1],
    ...roots,
    types: closure(roots),
  });
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
