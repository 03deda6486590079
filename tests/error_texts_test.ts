/**
 * Reads every text of an error in `src`: what happened stands without a cure, the cure begins with
 * what to do, and nothing prints an error but the one function that puts both together.
 */
import assert from "node:assert/strict";
import { join } from "node:path";

const source = join(import.meta.dirname!, "..", "src");

/** What a cure may begin with. */
const verbs = (
  "add allow ask change check choose configure connect correct do end finish give install leave let look " +
  "make name open pass pipe point raise register remove request restart run send set sign start tell try " +
  "unlock unset use"
).split(" ");

/** What a text may be: "see" only says where to read on. */
const imperative = new RegExp(`^(?:${verbs.join("|")}|see)(?= )`);
const cureInside = new RegExp(`[,;:] (?:${verbs.filter((verb) => verb !== "end").join("|")}) `);

/** Files that write to stderr: the log, the end of the program, the terminal, the banner. */
const writers = ["app/run_proxy.ts", "base/log.ts", "cli/main.ts", "cli/terminal/terminal.ts"];

type Node = Deno.lint.Node | Deno.lint.Parameter;

/** The texts that an expression may stand for; what is not known here is U+FFFC. */
function textsOf(node: Node, known: ReadonlyMap<string, Node[]>): string[] {
  const of = (node: Node) => textsOf(node, known);
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" ? [node.value] : [];
    case "TemplateLiteral":
      return [node.quasis.map(({ cooked }) => cooked).join("\ufffc")];
    case "ConditionalExpression":
      return [...of(node.consequent), ...of(node.alternate)];
    case "LogicalExpression":
      return [...of(node.left), ...of(node.right)];
    case "BinaryExpression":
      return of(node.left).flatMap((left) => of(node.right).map((right) => left + right));
    case "CallExpression":
      return node.callee.type === "Identifier"
        ? (known.get(node.callee.name) ?? []).flatMap(of)
        : [];
    case "MemberExpression":
      return node.object.type === "Identifier"
        ? (known.get(node.object.name) ?? []).flatMap(of)
        : [];
    default:
      return [];
  }
}

interface Text {
  kind: "what" | "fix" | "warning" | "any";
  text: string;
}

/** Every text of an error in a file, by what it is for. */
function textsIn(path: string, code: string): Text[] {
  const expressions: [Text["kind"], Node][] = [];
  const calls: [name: string, args: Node[]][] = [];
  const parameters = new Map<string, string[]>();
  const known = new Map<string, Node[]>();
  const literals: string[] = [];
  const nameOf = (node: Node): string =>
    node.type === "Identifier"
      ? node.name
      : node.type === "MemberExpression"
      ? nameOf(node.property)
      : "";
  const declare = (name: string, params: Node[]) =>
    parameters.set(
      name,
      params.map((each) => nameOf(each.type === "AssignmentPattern" ? each.left : each)),
    );
  Deno.lint.runPlugin(
    {
      name: "texts",
      rules: {
        collect: {
          create: () => ({
            FunctionDeclaration: (node) => node.id && declare(node.id.name, node.params),
            "FunctionDeclaration ReturnStatement"(node: Deno.lint.ReturnStatement) {
              let owner: Node = node;
              while (!/^(?:Function|Arrow)/.test(owner.type) && "parent" in owner) {
                owner = owner.parent as Node;
              }
              if (owner.type !== "FunctionDeclaration" || !owner.id || !node.argument) return;
              const { name } = owner.id;
              known.set(name, [...known.get(name) ?? [], node.argument]);
            },
            VariableDeclarator({ id, init }) {
              if (init?.type === "ArrowFunctionExpression") declare(nameOf(id), init.params);
              if (init?.type !== "ObjectExpression") return;
              known.set(
                nameOf(id),
                init.properties.flatMap((each) => each.type === "Property" ? [each.value] : []),
              );
            },
            Property({ key, value }) {
              const name = nameOf(key);
              if (name === "what" || name === "fix") expressions.push([name, value]);
            },
            CallExpression({ callee, arguments: args }) {
              const name = nameOf(callee);
              calls.push([name, args]);
              if (callee.type === "MemberExpression" && ["warn", "error"].includes(name)) {
                expressions.push(...args.map((each): [Text["kind"], Node] => ["warning", each]));
              }
            },
            Literal: ({ value }) => void (typeof value === "string" && literals.push(value)),
            TemplateElement: ({ cooked }) => void literals.push(cooked),
          }),
        },
      },
    },
    path,
    code,
  );
  for (const [name, args] of calls) {
    for (const [i, parameter] of (parameters.get(name) ?? []).entries()) {
      if ((parameter === "what" || parameter === "fix") && args[i]) {
        expressions.push([parameter, args[i]]);
      }
    }
  }
  return [
    ...literals.map((text): Text => ({ kind: "any", text })),
    ...expressions.flatMap(([kind, node]) =>
      textsOf(node, known).map((text): Text => ({ kind, text }))
    ),
  ];
}

/** What is wrong with a text, if anything is. */
function faultOf({ kind, text }: Text): string | undefined {
  if (kind === "any") {
    return /(?:\w error|Invalid Request): |\bFix: /.test(text) ? "has the form by hand" : undefined;
  }
  if (kind !== "fix" && cureInside.test(text)) return "has the cure in what happened";
  if (kind === "warning") return undefined;
  if (/[\s.,:;]$/.test(text)) return "ends in punctuation";
  if (kind === "fix" && !text.startsWith("\ufffc") && !imperative.test(text)) {
    return "does not begin with what to do";
  }
  return undefined;
}

async function* sources(directory = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(source, directory))) {
    const path = directory === "" ? name : `${directory}/${name}`;
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

Deno.test("errors say what happened and what to do in the one form", async () => {
  const faults: string[] = [];
  const writing: string[] = [];
  let fixes = 0;
  for await (const path of sources()) {
    const code = await Deno.readTextFile(join(source, path));
    const uncommented = code.replace(/^ *(?:\/?\*|\/\/).*$/gm, "");
    if (/\bwriteToStderr\b|console\.(?:error|warn)|stderr\.write/.test(uncommented)) {
      writing.push(path);
    }
    if (path === "base/errors.ts") continue;
    for (const text of textsIn(path, code)) {
      if (text.kind === "fix") fixes++;
      const fault = faultOf(text);
      if (fault !== undefined) faults.push(`${path}: ${fault}: ${JSON.stringify(text.text)}`);
    }
  }
  assert.deepEqual(faults, []);
  assert.deepEqual(writing.sort(), writers);
  assert.ok(fixes > 120, `only ${fixes} cures were found`);
});

Deno.test("the reader of error texts finds what is not in the form", () => {
  const faults = (code: string) => textsIn("x.ts", code).map(faultOf).filter((fault) => fault);
  assert.deepEqual(faults(`f({ what: "no answer", fix: "check the network" });`), []);
  assert.deepEqual(faults(`f({ fix: a ? "check it" : "nothing, if it works" });`), [
    "does not begin with what to do",
  ]);
  assert.deepEqual(
    faults(
      `f({ fix: pick() }); function pick() { if (a) return "try again"; return "it is down" }`,
    ),
    ["does not begin with what to do"],
  );
  assert.deepEqual(
    faults(`const bad = (what: string, fix: string) => g(what, fix); bad("no.", "the clock");`),
    ["ends in punctuation", "does not begin with what to do"],
  );
  assert.deepEqual(faults(`f({ fix: hints[s] ?? "try it" }); const hints = { 1: "later" };`), [
    "does not begin with what to do",
  ]);
  assert.deepEqual(faults("log.warn(`the file was damaged; sign in again`)"), [
    "has the cure in what happened",
  ]);
  assert.deepEqual(faults("print(`Network error: ${what}, ${fix}`)"), ["has the form by hand"]);
});
