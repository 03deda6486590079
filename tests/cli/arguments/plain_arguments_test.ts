import assert from "node:assert/strict";
import { commandNames } from "../../../src/cli/commands/names.ts";
import { commands } from "../../../src/cli/commands/registry.ts";
import { parseCommandLine } from "../../../src/cli/arguments/command_line.ts";
import { optionNames, options } from "../../../src/settings/options.ts";
import { readPlainArguments } from "../../../src/cli/arguments/plain_arguments.ts";

Deno.test("the names of commands that a start goes by are those of the commands", () => {
  assert.deepEqual(commands.map(({ name }) => name), commandNames);
});

const backend = "https://mcp.example.com/mcp";

/** What the command line library makes of the same arguments. */
function byLibrary(args: readonly string[]) {
  const invocation = parseCommandLine(args, { version: "1" });
  assert.equal(invocation.kind, "bridge");
  return invocation.kind === "bridge" ? invocation.flags : undefined;
}

const flagged = optionNames.filter((name) => options[name].flag.startsWith("--"));
const ordinary = [
  [],
  [backend],
  ["company-tools"],
  ["--debug", "company_2"],
  ["--silent", backend],
  [backend, "--debug", "--no-banner"],
  ["HTTP://127.0.0.1:1/mcp?a=b", "--login-timeout=5", "--oidc-client-id", "it=is"],
  ["--oidc-scopes", "openid profile", backend, "--oidc-client-secret="],
  ["--header", "a: b", "--header=c: d", backend, "--header", "e: f"],
  ["--profile=-x", "--oidc-auth-param=a=b=c"],
  ...flagged.map((name) => {
    const { flag, value } = options[name];
    return value ? [flag, "text", backend] : [backend, flag];
  }),
  ...flagged.flatMap((name) => {
    const { flag, value } = options[name];
    return value ? [[`${flag}=text`]] : [];
  }),
];

for (const args of ordinary) {
  Deno.test(`readPlainArguments: reads ${args.join(" ") || "nothing"} as the library does`, () => {
    assert.deepEqual({ ...readPlainArguments(args) }, { ...byLibrary(args) });
  });
}

const extraordinary = [
  ["--help"],
  ["--version"],
  ["-h"],
  ["--"],
  ["help"],
  ...commandNames.map((name) => [name]),
  ["company-tools", backend],
  [backend, backend],
  [backend, "extra"],
  ["--unknown"],
  ["--silen", backend],
  ["--silent", "--debug"],
  ["--silent=yes"],
  ["--login-timeout"],
  ["--login-timeout", "--debug"],
  ["--profile", "a", "--profile", "b"],
  ["MCP_BACKEND_URL=x"],
  ["MCP_BACKEND_URL="],
  ["at:https://mcp.example.com/mcp"],
  ["=x"],
  [""],
];

for (const args of extraordinary) {
  Deno.test(`readPlainArguments: leaves ${JSON.stringify(args)} to the library`, () => {
    assert.equal(readPlainArguments(args), undefined);
  });
}
