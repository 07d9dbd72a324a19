// Types: what a declaration becomes in description.json.

import path from "node:path";
import ts from "typescript";
import { RESOURCES, checker, described } from "./sdk.mjs";

// Objects that are never nested in what the sandbox answers: it knows no Connect and no sources.
const CUT = new Set(["Account", "Source"]);

// The declarations know numbers only. All are whole, amounts and times above all, but those that
// bear one of these names.
const FRACTIONS = /percent|exchange_rate|^(height|length|weight|width)$/;

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

export function describe(node) {
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
export function isForeign(part) {
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
    const kind = describe(declaration.type);
    fields[property.name + (optional ? "?" : "")] = FRACTIONS.test(property.name) ? kind : whole(kind);
  }
  return { fields };
}

// A kind of number is a kind of whole number.
function whole(type) {
  if (type === "number") return "integer";
  if (Array.isArray(type)) return type.map(whole);
  return type.list ? { list: whole(type.list) } : type;
}

// The description of everything that `roots` name, directly or through others.
export function closure(roots) {
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

// The names that a type refers to.
export function refs(described) {
  if (typeof described !== "object" || described === null) return [];
  if (typeof described.ref === "string") return [described.ref];
  return Object.values(described).flatMap(refs);
}
