import assert from "node:assert/strict";
import { commands } from "../../../src/cli/commands/registry.ts";
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
