import ts from "typescript";
import type { Mutant } from "./mutant.ts";
import { operators } from "./operators.ts";

const longestChange = 110;

/** All mutants of a file of TypeScript, in the order of its text. */
export function findMutants(file: string, code: string): Mutant[] {
  const tree = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const text = (node: ts.Node) => node.getText(tree);
  const mutants: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (isForTheCompiler(node)) return;
    for (const [operator, changesOf] of Object.entries(operators)) {
      for (const { node: part, replacement } of changesOf(node, text)) {
        const [start, end] = "kind" in part
          ? [part.getStart(tree), part.getEnd()]
          : [part.start, part.end];
        if (code.slice(start, end) === replacement) continue;
        const line = tree.getLineAndCharacterOfPosition(start).line + 1;
        mutants.push({
          file,
          line,
          start,
          end,
          replacement,
          operator,
          change: describe(code, { start, end, replacement, around: node.getStart(tree) }),
        });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  const seen = new Set<string>();
  return mutants
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .filter(({ start, end, replacement }) => {
      const key = `${start} ${end} ${replacement}`;
      return !seen.has(key) && seen.add(key);
    });
}

/** What leaves no trace in the program that runs. */
function isForTheCompiler(node: ts.Node): boolean {
  return ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node);
}

/** The text of the change in one line: what stood there, an arrow, what stands there. */
function describe(
  code: string,
  change: { start: number; end: number; replacement: string; around: number },
): string {
  const { start, end, replacement, around } = change;
  const plain = (text: string) => text.replace(/\s+/g, " ").trim();
  const shorten = (text: string) =>
    text.length <= longestChange ? text : `${text.slice(0, longestChange - 1)}…`;
  const isShort = end - start < 4 && start - around < 60 && start > around;
  const before = isShort ? plain(code.slice(around, start)) + " " : "";
  const after = isShort ? " " + plain(code.slice(end, end + 25).split("\n")[0]!) : "";
  return `${shorten(before + plain(code.slice(start, end)) + after)} → ${
    shorten(plain(before + (replacement || "(nothing)") + after))
  }`;
}

/** The text of a file with this mutant in it. */
export function applyMutant(code: string, { start, end, replacement }: Mutant): string {
  return code.slice(0, start) + replacement + code.slice(end);
}
