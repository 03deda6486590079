import assert from "node:assert/strict";
import { type Node, parseTree } from "jsonc-parser";
import { editJsonc, type JsonPath, readJsonc } from "../../../src/cli/setup/edit_jsonc.ts";
import { seededRandom } from "../../bridge/seeded_random.ts";

const examples: [name: string, before: string, path: JsonPath, after: string][] = [
  [
    "of two on one line, below a comment, the other one stays, and the comment, too",
    `{\n  // company servers\n  "a": {"x": 1}, "b": {"y": 2}\n}\n`,
    ["a"],
    `{\n  // company servers\n  "b": {"y": 2}\n}\n`,
  ],
  [
    "the second of two on one line goes with its comma",
    `{\n  // company servers\n  "a": {"x": 1}, "b": {"y": 2}\n}\n`,
    ["b"],
    `{\n  // company servers\n  "a": {"x": 1}\n}\n`,
  ],
  [
    "comments above on lines of their own go with it",
    `{\n  "a": 1,\n\n  // about b,\n  /* at length */\n  "b": 2,\n  "c": 3\n}\n`,
    ["b"],
    `{\n  "a": 1,\n\n  "c": 3\n}\n`,
  ],
  [
    "a comment behind it on its line goes with it",
    `{\n  "a": 1, // one\n  "b": 2, // two\n  "c": 3 // three\n}\n`,
    ["b"],
    `{\n  "a": 1, // one\n  "c": 3 // three\n}\n`,
  ],
  [
    "the last one takes the comma in front along, and its comment, and no other",
    `{\n  "a": 1, // one\n  "b": 2 // two\n  // the end\n}\n`,
    ["b"],
    `{\n  "a": 1 // one\n  // the end\n}\n`,
  ],
  [
    "a comment that an empty line sets off stays",
    `{\n  // all of them\n\n  "a": 1,\n  "b": 2\n}\n`,
    ["a"],
    `{\n  // all of them\n\n  "b": 2\n}\n`,
  ],
  [
    "a comment at the end of the line above belongs to that line",
    `{ // begin\n  "a": 1,\n  "b": 2\n}\n`,
    ["a"],
    `{ // begin\n  "b": 2\n}\n`,
  ],
  ["the only one of an object", `{\r\n\t"a": {}\r\n}\r\n`, ["a"], `{}\r\n`],
  ["trailing commas stay", `{\n  "a": 1,\n  "b": 2,\n}\n`, ["b"], `{\n  "a": 1,\n}\n`],
  ["on one line, in the middle", `{"a":1,"b":2,"c":3}`, ["b"], `{"a":1,"c":3}`],
  ["on one line, at the end", `{ "a": 1, "b": 2 }`, ["b"], `{ "a": 1 }`],
  [
    "commas in comments are none",
    `{"a": 1 /* , */ , /* , */ "b": 2}`,
    ["b"],
    `{"a": 1 /* , */  /* , */}`,
  ],
  [
    "a name in a string is none",
    `{"x": "\\"a\\": 1, //", "a": 2}`,
    ["a"],
    `{"x": "\\"a\\": 1, //"}`,
  ],
];

for (const [name, before, path, after] of examples) {
  Deno.test(`removing from a file with comments: ${name}`, () => {
    assert.equal(editJsonc(before, path, undefined), after);
  });
}

const settings: [what: string, before: string, path: JsonPath, value: unknown, after: string][] = [
  ["no text", "", ["a"], 1, '{\n  "a": 1\n}\n'],
  ["white space", " \n", ["a"], 1, '{\n  "a": 1\n}\n'],
  ["a mark alone", "\ufeff\n", ["a"], 1, '\ufeff{\n  "a": 1\n}\n'],
  ["an empty object on one line", "{}", ["a"], 1, '{\n  "a": 1\n}'],
  ["a space in it", "{ }", ["a"], 1, '{ \n  "a": 1\n}'],
  ["an empty object on two lines", "{\n}\n", ["a"], 1, '{\n  "a": 1\n}\n'],
  ["a comment in it", "{ // c\n}\n", ["a"], 1, '{ // c\n  "a": 1\n}\n'],
  ["a trailing comma on its line", '{"a":1,}', ["b"], 2, '{"a":1,"b":2,}'],
  ["a trailing comma and spaces", '{ "a": 1, }', ["b"], 2, '{ "a": 1, "b": 2, }'],
  ["several on its line", '{"a": 1, "b":2}', ["c"], { d: [] }, '{"a": 1, "b":2, "c": {"d": []}}'],
  ["several close together", '{"a":1}', ["c"], { d: 1 }, '{"a":1,"c":{"d":1}}'],
  [
    "an empty object to replace",
    '{\n  "a": {}\n}',
    ["a"],
    { b: 1 },
    '{\n  "a": {\n    "b": 1\n  }\n}',
  ],
  [
    "one with a member",
    '{\n  "a": {"b":2}\n}',
    ["a"],
    { c: 1, d: 2 },
    '{\n  "a": {"c":1,"d":2}\n}',
  ],
  ["one with spaces", '{\n  "a": { "b":2}\n}', ["a"], { c: 1 }, '{\n  "a": {"c": 1}\n}'],
  ["one on lines", '{"a": {\n"b":2}}', ["a"], { c: 1 }, '{"a": {\n  "c": 1\n}}'],
  ["a list to replace", '{\n\t"a": [1]\n}', ["a"], { c: 1 }, '{\n\t"a": {\n\t\t"c": 1\n\t}\n}'],
  ["nothing on the way", "{\r\n}", ["a", "b"], 1, '{\r\n  "a": {\r\n    "b": 1\r\n  }\r\n}'],
];
for (const [what, before, path, value, after] of settings) {
  Deno.test(`setting a member where there is ${what}`, () => {
    assert.equal(editJsonc(before, path, value), after);
    assert.deepEqual(readJsonc(after, path), value);
  });
}

Deno.test("what is no object on the way is named", () => {
  assert.throws(
    () => editJsonc('{"a": {"b": 3}}', ["a", "b", "c"], 1),
    /has "a\.b", which is not an object\./,
  );
  assert.throws(() => editJsonc("[]", ["a"], 1), /is not a JSON object\./);
  assert.throws(() => editJsonc("// nothing", ["a"], 1), /is not JSON: /);
});

Deno.test("what would be written is read once more, and refused when it says something else", () => {
  // A date is an object without members, and a text in JSON.
  assert.throws(
    () => editJsonc("{}", ["a", "b"], new Date(0)),
    /has "a\.b" in a form that cannot be changed without touching the rest\./,
  );
});

const readings: [text: string, path: JsonPath, value: unknown][] = [
  ["", [], undefined],
  [" \n", ["a"], undefined],
  ["\ufeff", [], undefined],
  ['\ufeff{"a": 1}', ["a"], 1],
  ['{"a": "\ufeffx"}', ["a"], "\ufeffx"],
  ['{"a": [1, {"b": null,}], // c\n}', [], { a: [1, { b: null }] }],
  ['{"a": {"b": 2}}', ["a", "b"], 2],
  ['{"a": 1}', ["a", "b"], undefined],
  ['{"a": null}', ["a", "b"], undefined],
  ["{}", ["constructor"], undefined],
];
for (const [text, path, value] of readings) {
  Deno.test(`${JSON.stringify(text)} has at ${JSON.stringify(path)} what it says`, () => {
    assert.deepEqual(readJsonc(text, path), value);
  });
}

Deno.test("a name that stands there twice is refused, with its lines", () => {
  const text = `{\n  "mcpServers": {\n    "a": {},\n    "b": {},\n    "a": {}\n  }\n}\n`;
  for (const value of [undefined, {}]) {
    assert.throws(
      () => editJsonc(text, ["mcpServers", "a"], value),
      /has "a" twice, in the lines 3 and 5\./,
    );
  }
  assert.ok(
    editJsonc(text, ["mcpServers", "b"], 1).includes(`"b": 1`),
    "elsewhere it does no harm",
  );
});

Deno.test("what is no JSON is refused with its line", () => {
  assert.throws(() => editJsonc(`{\n  "a": 1\n  "b": 2\n}`, ["c"], 1), /CommaExpected, line 3/);
  assert.throws(() => editJsonc(`\n{\n  "a": 1\n  "b": 2\n}`, ["c"], 1), /CommaExpected, line 4/);
});

/** Makes files as people leave them: comments, one-line objects, trailing commas, any line break. */
function makeFile(seed: number) {
  const seeded = seededRandom(seed);
  const random = () => seeded.below(1_000_000) / 1_000_000;
  const pick = <T>(...choices: readonly T[]): T => seeded.pick(choices);
  const eol = pick("\n", "\r\n");
  const unit = pick("  ", "    ", "\t");
  const trailing = random() < 0.3;
  const names = ["a", "b", "c", "company-tools", "x y", "ünï", 'q"u', "mcpServers"];
  let comments = 0;
  const comment = () => {
    const text = `comment ${comments++} ${pick("", ', "a": 1', "{", "}", "//")}`;
    return random() < 0.5 ? `/* ${text} */` : `// ${text}`;
  };
  const scalar = () => JSON.stringify(pick<unknown>(1, -2.5e3, true, null, "a, b", "{//}", ""));

  const object = (depth: number, indentation: string, forced: string[] = []): string => {
    const count = Math.floor(random() * 4) + (forced.length > 0 ? 1 : 0);
    const keys = [...new Set([...forced, ...Array.from({ length: count }, () => pick(...names))])];
    if (random() < 0.1) keys.push(pick(...keys, "a"));
    const inner = indentation + unit;
    const oneLine = random() < 0.3;
    const members = keys.map((key) => {
      const deep = forced.includes(key)
        ? object(depth + 1, oneLine ? indentation : inner, depth === 0 ? ["s"] : [])
        : depth < 2 && random() < 0.4
        ? object(depth + 1, oneLine ? indentation : inner)
        : random() < 0.2
        ? `[${[scalar(), scalar()].join(pick(",", ", "))}${trailing ? "," : ""}]`
        : scalar();
      return `${JSON.stringify(key)}${pick(":", ": ", " : ")}${deep}`;
    });
    const comma = (index: number) =>
      index < members.length - 1 || trailing && random() < 0.7 ? "," : "";
    if (oneLine) {
      const block = () => random() < 0.2 ? ` /* ${comments++} */ ` : pick("", " ");
      return `{${block()}${
        members.map((member, i) => member + block() + comma(i)).join(block())
      }${block()}}`;
    }
    const lines = members.map((member, i) => {
      const above = Array.from(
        { length: random() < 0.3 ? 1 + Math.floor(random() * 2) : 0 },
        () => inner + comment() + eol,
      ).join("");
      const gap = random() < 0.15 ? eol : "";
      const behind = random() < 0.25 ? ` ${comment()}` : "";
      const joined = i > 0 && random() < 0.15 && behind === "" && above === "" && gap === "";
      return { text: member + comma(i) + behind, above: gap + above, joined };
    });
    let text = `{${random() < 0.15 ? ` ${comment()}` : ""}`;
    for (const { text: line, above, joined } of lines) {
      const isOpen = /\/\/[^\n]*$/.test(text);
      text += joined && !isOpen ? ` ${line}` : `${eol}${above}${inner}${line}`;
    }
    if (random() < 0.2) text += `${eol}${inner}${comment()}`;
    return `${text}${eol}${indentation}}`;
  };
  const mark = random() < 0.2 ? "\ufeff" : "";
  const head = random() < 0.2 ? `// head${eol}` : "";
  const text = mark + head + object(0, "", random() < 0.8 ? ["mcpServers"] : []) + pick("", eol);
  return { text, pick };
}

/** All members outside the edited place, duplicates included, each with the very text of its value. */
function others(text: string, path: JsonPath): string[] {
  const body = text.replace(/^\ufeff/, "");
  const found: string[] = [];
  const visit = (node: Node, at: readonly string[], isEdited: boolean) => {
    if (node.type !== "object") {
      if (!isEdited) {
        found.push(`${at.join(" ")} = ${body.slice(node.offset, node.offset + node.length)}`);
      }
      return;
    }
    for (const member of node.children ?? []) {
      const key: string = member.children![0].value;
      const own = [...at, key];
      const edited = isEdited ||
        own.length === path.length && own.every((part, i) => part === path[i]);
      visit(member.children![1], own, edited);
    }
  };
  visit(parseTree(body, [], { allowTrailingComma: true })!, [], false);
  return found;
}

/** Whether `shorter` is `longer` with parts left out. */
function isPartOf(shorter: string, longer: string): boolean {
  let at = 0;
  for (const character of longer) if (character === shorter[at]) at++;
  return at >= shorter.length;
}

const seeds = 500;

Deno.test(`${seeds} files as people leave them are changed at one place, and nowhere else`, () => {
  let refused = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const { text, pick } = makeFile(seed);
    const path = pick<JsonPath>(["mcpServers", "s"], ["mcpServers", "new"], ["mcpServers", "a"], [
      "a",
    ], ["new"]);
    const context = `seed ${seed}, ${path.join(".")}:\n${text}`;
    const value = { command: "x", args: ["--y", "z"], env: { A: "1" } };
    let added: string;
    try {
      added = editJsonc(text, path, value);
    } catch (error) {
      // Twice the same name, or something else than an object on the way.
      assert.match(
        (error as Error).message,
        / twice, in the lines |which is not an object/,
        context,
      );
      refused++;
      continue;
    }
    assert.deepEqual(readJsonc(added, path), value, context);
    assert.deepEqual(others(added, path), others(text, path), `${context}\nbecame\n${added}`);
    const isThere = readJsonc(text, path) !== undefined;
    if (!isThere) assert.ok(isPartOf(text, added), `${context}\nlost something:\n${added}`);

    const removed = editJsonc(added, path, undefined);
    assert.equal(readJsonc(removed, path), undefined, context);
    assert.deepEqual(others(removed, path), others(text, path), `${context}\nbecame\n${removed}`);
    assert.ok(isPartOf(removed, added), `${context}\nremoving wrote something:\n${removed}`);
    if (!isThere && readJsonc(text, path.slice(0, -1)) !== undefined) {
      const [was, is] = [text, removed].map((each) => each.replaceAll(/\s/g, ""));
      assert.equal(is, was, `${context}\nadded and removed:\n${removed}`);
    }
    assert.equal(editJsonc(removed, path, undefined), removed, "there is nothing to remove");
    assert.equal(text.startsWith("\ufeff"), removed.startsWith("\ufeff"));
  }
  assert.ok(refused < seeds / 4, `${refused} refused`);
});
