/**
 * One text of a file that holds all of its mutants, each behind a switch, so that a process has to read
 * it once to try them all ("mutant schemata").
 *
 * @module
 */
import ts from "typescript";
import { applyMutant } from "./find_mutants.ts";
import type { Mutant } from "./mutant.ts";

/** The name of the function, a global of the process, that says whether a mutant is switched on. */
export const switchName = "isMutantOn";

/** What a mutant has to be written around, and how. */
interface Host {
  start: number;
  end: number;
  form: "expression" | "statement" | "member" | "element";
}

/** A file with switches in it. */
export interface SwitchedCode {
  code: string;
  /** The indexes of the mutants that have no switch: they are neither of an expression nor of a statement. */
  left: number[];
}

/** The text of a file with these mutants in it; the switch of each is called with its index. */
export function switchedCode(code: string, mutants: readonly Mutant[]): SwitchedCode {
  const tree = ts.createSourceFile("file.ts", code, ts.ScriptTarget.Latest, true);
  const hosts = new Map<string, { host: Host; mutants: { index: number; text: string }[] }>();
  const left: number[] = [];
  for (const [index, mutant] of mutants.entries()) {
    const host = hostOf(tree, mutant);
    if (!host) {
      left.push(index);
      continue;
    }
    const key = `${host.start} ${host.end}`;
    const known = hosts.get(key) ?? { host, mutants: [] };
    hosts.set(key, known);
    const changed = applyMutant(code, mutant);
    const text = changed.slice(host.start, changed.length - (code.length - host.end));
    known.mutants.push({ index, text: mutant.start < host.start ? "undefined" : text });
  }
  // What contains another begins before it and ends after it.
  const sorted = [...hosts.values()].sort(({ host: a }, { host: b }) =>
    a.start - b.start || b.end - a.end
  );
  const before = new Map<number, string[]>();
  const after = new Map<number, string[]>();
  for (const { host, mutants } of sorted) {
    const [opening, closing] = around(host, mutants);
    before.set(host.start, [...before.get(host.start) ?? [], opening]);
    after.set(host.end, [closing, ...after.get(host.end) ?? []]);
  }
  const places = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  let text = "";
  let from = 0;
  for (const place of places) {
    text += code.slice(from, place);
    text += (after.get(place) ?? []).join("") + (before.get(place) ?? []).join("");
    from = place;
  }
  return { code: text + code.slice(from), left };
}

function around(
  { form }: Host,
  mutants: readonly { index: number; text: string }[],
): [opening: string, closing: string] {
  const isOn = (index: number) => `(globalThis as any).${switchName}?.(${index})`;
  const choices = (make: (text: string) => string) =>
    mutants.map(({ index, text }) => `${isOn(index)} ? ${make(text)} : `).join("");
  if (form === "expression") return [`(${choices((text) => `(${text})`)}(`, "))"];
  if (form === "member") return [`...(${choices(() => "{}")}{ `, " })"];
  if (form === "element") return [`...(${choices(() => "[]")}[ `, " ])"];
  const branches = mutants.map(({ index, text }) => `if (${isOn(index)}) { ${text} } else `);
  return [`${branches.join("")}{ `, " }"];
}

function hostOf(tree: ts.SourceFile, mutant: Mutant): Host | undefined {
  const { start, end, replacement } = mutant;
  let node = smallestAround(tree, start, end);
  const { parent } = node;
  const at = (node: ts.Node, form: Host["form"]): Host => ({
    start: node.getStart(tree),
    end: node.getEnd(),
    form,
  });
  // A default that is gone is one of `undefined`.
  if ((ts.isParameter(node) || ts.isBindingElement(node)) && node.initializer?.getEnd() === end) {
    return at(node.initializer, "expression");
  }
  if (ts.isObjectLiteralElement(node) && replacement === "...{}") {
    return ts.isObjectLiteralExpression(parent) && !isTarget(parent)
      ? at(node, "member")
      : undefined;
  }
  if (replacement === "...[]") return isTarget(parent) ? undefined : at(node, "element");
  for (; node.parent; node = node.parent) {
    if (isExpressionHost(node)) return at(node, "expression");
    if (isStatementHost(node)) return at(node, "statement");
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return undefined;
  }
  return undefined;
}

function smallestAround(tree: ts.SourceFile, start: number, end: number): ts.Node {
  let found: ts.Node = tree;
  const visit = (node: ts.Node): void => {
    if (node.getStart(tree) > start || node.getEnd() < end) return;
    found = node;
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(tree, visit);
  return found;
}

/** Whether something else can be computed in its place. */
function isExpressionHost(node: ts.Node): boolean {
  if (!ts.isExpression(node) || node.kind === ts.SyntaxKind.SuperKeyword) return false;
  if (ts.isOmittedExpression(node) || ts.isSpreadElement(node)) return false;
  if (ts.isExpressionWithTypeArguments(node) || isTarget(node)) return false;
  const { parent } = node;
  const isBegunWith = "expression" in parent && parent.expression === node;
  // What is called has its object, and a chain ends as a whole.
  if (isBegunWith && (ts.isCallExpression(parent) || ts.isNewExpression(parent))) return false;
  if (isBegunWith && (parent.flags & ts.NodeFlags.OptionalChain) !== 0) return false;
  if ("name" in parent && parent.name === node) return false;
  if (ts.isTaggedTemplateExpression(parent)) return false;
  if (ts.isTypeNode(parent) || ts.isLiteralTypeNode(parent)) return false;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return false;
  return !(ts.isDeleteExpression(parent) || ts.isNonNullExpression(parent));
}

/** Whether something is put into it, and not taken out of it. */
function isTarget(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return parent.operator === ts.SyntaxKind.PlusPlusToken ||
      parent.operator === ts.SyntaxKind.MinusMinusToken;
  }
  return ts.isBinaryExpression(parent) && parent.left === node &&
      parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment ||
    (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.initializer === node;
}

function isStatementHost(node: ts.Node): boolean {
  return ts.isStatement(node) && !ts.isBlock(node) && !ts.isVariableStatement(node) &&
    !ts.isFunctionDeclaration(node) && !ts.isClassDeclaration(node) &&
    !ts.isImportDeclaration(node) && !ts.isExportDeclaration(node) &&
    !ts.isExportAssignment(node) && !ts.isLabeledStatement(node.parent);
}
