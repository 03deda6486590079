import assert from "node:assert/strict";
import { join } from "node:path";
import { commands } from "../../src/cli/commands/registry.ts";
import { optionNames, options } from "../../src/settings/options.ts";

const root = join(import.meta.dirname!, "..", "..");
const variables = new Set<string>(optionNames.flatMap((name) => options[name].env ?? []));
const flags = new Set<string>([
  ...optionNames.map((name) => options[name].flag),
  ...commands.flatMap((command) => command.flags.map(({ flag }) => flag)),
  "--help",
  "--version",
]);

/** Settings of Django OAuth Toolkit, whose page names them. */
const foreign = new Set(["OIDC_ENABLED", "OIDC_RSA_PRIVATE_KEY"]);

/** Names of settings in a text; what other programs call theirs is not looked at. */
function unknownSettings(text: string): string[] {
  const named = text.match(/\b(?:OIDC|MCP_PROXY|MCP_BACKEND)_[A-Z]+(?:_[A-Z]+)*\b/g) ?? [];
  const ours = text.match(/(?<![\w-])--(?:oidc|login|cache|credential)-[a-z-]+/g) ?? [];
  return [
    ...named.filter((name) => !variables.has(name) && !foreign.has(name)),
    ...ours.filter((flag) => !flags.has(flag)),
  ];
}

Deno.test("messages and documents name only settings that exist", async () => {
  const unknown: string[] = [];
  const look = async (path: string) => {
    const found = unknownSettings(await Deno.readTextFile(join(root, path)));
    unknown.push(...found.map((name) => `${path}: ${name}`));
  };
  const walk = async (directory: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(root, directory))) {
      if (isDirectory) await walk(`${directory}/${name}`);
      else if (/\.(?:ts|md)$/.test(name)) await look(`${directory}/${name}`);
    }
  };
  await look("README.md");
  await walk("docs");
  await walk("src");
  assert.deepEqual(unknown, []);
});
