// Endpoints and events.

import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { MODULES, RESOURCES, checker, declarationOf, program } from "./sdk.mjs";
import { describe, isForeign, refs } from "./types.mjs";

export function endpoints() {
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

// Event type → the kind of object that it is about.
export function events() {
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
