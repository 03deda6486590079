import assert from "node:assert/strict";
import { commands } from "../../../src/cli/commands/registry.ts";
import { layOutHelp, layOutItems, wrapWords } from "../../../src/cli/help/help_layout.ts";
import { parseCommandLine } from "../../../src/cli/arguments/command_line.ts";
import { shortHelp } from "../../../src/cli/help/short_help.ts";

const words = (text: string) => new Set(text.split(/\s+/));

function helpOf(args: readonly string[], helpWidth: number): string {
  const invocation = parseCommandLine(args, { version: "1", helpWidth });
  assert.equal(invocation.kind, "print");
  return (invocation as { text: string }).text;
}

/** Lines to copy are as long as they are, and so is a word. */
function tooWide(text: string, width: number): string[] {
  return text.split("\n").filter((line) => line.length > width)
    .filter((line) => !/^\s*(?:Usage: )?(?:authful-mcp-proxy|OIDC_\S+=|--oidc)/.test(line))
    .filter((line) => /\S\s+\S/.test(line.trim()));
}

const helps = [["--help"], ...commands.map(({ name }) => [name, "--help"])];

for (const width of [40, 60, 80, 120, 160]) {
  Deno.test(`help fits ${width} columns and breaks no word`, () => {
    for (const args of helps) {
      const text = helpOf(args, width);
      assert.deepEqual(tooWide(text, width), [], args.join(" "));
      assert.deepEqual(words(text), words(helpOf(args, 1_000)), args.join(" "));
    }
    assert.deepEqual(tooWide(shortHelp(width), width), []);
  });
}

Deno.test("help names commands before flags, and short help all commands", () => {
  const text = helpOf(["--help"], 80);
  assert.ok(text.indexOf("Commands:") < text.indexOf("Options:"));
  for (const { name, summary } of commands) {
    for (const help of [text, shortHelp(120)]) {
      assert.match(help, new RegExp(`^  ${name}.*${summary}$`, "m"));
    }
  }
  assert.ok(shortHelp(80).split("\n").length < 24, "it fits a small window");
});

Deno.test("wrapWords breaks between words, at the width and not before it", () => {
  const rows: [text: string, width: number, lines: string[]][] = [
    ["one two three", 13, ["one two three"]],
    ["one two three", 12, ["one two", "three"]],
    ["one two three", 7, ["one two", "three"]],
    ["one two three", 6, ["one", "two", "three"]],
    ["enormous word", 3, ["enormous", "word"]],
    ["a\nb c", 80, ["a", "b c"]],
    ["  one   two", 80, ["  one two"]],
    ["  one two", 5, ["  one", "two"]],
    ["one \t two ", 80, ["one two"]],
    ["", 80, [""]],
    ["a\n\nb", 80, ["a", "", "b"]],
  ];
  for (const [text, width, lines] of rows) {
    assert.deepEqual(
      wrapWords(text, width).split("\n"),
      lines,
      `${JSON.stringify(text)}, ${width}`,
    );
  }
});

const meaning = "word ".repeat(12).trim();
const items = [["--a", meaning], ["--long", "short"]] as const;

Deno.test("layOutItems puts terms beside what they mean where there are 32 columns for that", () => {
  // Two columns in front, six for the longest term, two between, and the rest.
  assert.deepEqual(layOutItems(items, 2 + 6 + 2 + 32), [
    "  --a     word word word word word word\n          word word word word word word",
    "  --long  short",
  ]);
  assert.deepEqual(layOutItems([["--a", ""], ["--bb", "b"]], 80), ["  --a", "  --bb  b"]);
});

Deno.test("layOutItems puts what terms mean below them where there is less", () => {
  assert.deepEqual(layOutItems(items, 2 + 6 + 2 + 31), [
    "  --a\n      word word word word word word word\n      word word word word word",
    "  --long\n      short",
  ]);
  assert.deepEqual(layOutItems([["--a", ""]], 20), ["  --a"]);
  // There are always 20 columns.
  assert.deepEqual(layOutItems([["--a", meaning]], 10), [
    "  --a\n      word word word word\n      word word word word\n      word word word word",
  ]);
  assert.deepEqual(layOutItems([["--a", meaning]], 27), [
    "  --a\n      word word word word\n      word word word word\n      word word word word",
  ]);
  assert.deepEqual(layOutItems([["--a", meaning]], 30), [
    "  --a\n      word word word word word\n      word word word word word\n      word word",
  ]);
});

Deno.test("layOutHelp says how it is called, what it does, and what there is", () => {
  const help = {
    usage: "program [options]",
    description: "Does one thing, and does it well.",
    sections: [
      { heading: "Nothing:", items: [] },
      { heading: "Options:", items: [["--a", "first"], ["--b", "second"]] as const },
      { heading: "Others:", items: [["--c", "third"]] as const },
    ],
  };
  assert.equal(
    layOutHelp(help, 60),
    [
      "Usage: program [options]",
      "",
      "Does one thing, and does it well.",
      "",
      "Options:",
      "  --a  first",
      "  --b  second",
      "",
      "Others:",
      "  --c  third",
      "",
    ].join("\n"),
  );
  assert.match(layOutHelp(help, 20), /\n\nDoes one thing, and\ndoes it well\.\n\n/);
});
