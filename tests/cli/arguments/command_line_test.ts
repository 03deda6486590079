import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { parseCommandLine } from "../../../src/cli/arguments/command_line.ts";
import { optionNames, options } from "../../../src/settings/options.ts";
import { UsageError } from "../../../src/base/usage_error.ts";

const parse = (...args: string[]) => parseCommandLine(args, { version: "1.2.3" });

Deno.test("the command line gives texts to settings by their flags and the argument", () => {
  deepStrictEqual(
    parse("https://mcp.example/mcp", "--oidc-client-id", "abc", "--no-browser", "--debug"),
    {
      kind: "bridge",
      flags: {
        backendUrl: "https://mcp.example/mcp",
        oidcClientId: "abc",
        noBrowser: "true",
        debug: "true",
      },
    },
  );
  deepStrictEqual(parse(), { kind: "bridge", flags: {} });
  deepStrictEqual(parse("--oidc-scopes=a b"), { kind: "bridge", flags: { oidcScopes: "a b" } });
});

Deno.test("help names every option with its variable and default, groups them and ends with examples", () => {
  const help = parse("--help");
  ok(help.kind === "print");
  const text = help.text.replace(/\s+/g, " ");
  for (const name of optionNames) {
    const row = options[name];
    ok(text.includes(row.flag), row.flag);
    if (row.env) ok(text.includes(`env: ${row.env}`), row.env);
    if (row.defaultText) ok(text.includes(row.defaultText), row.defaultText);
    if (row.flag.startsWith("--")) ok(help.text.includes(`\n${row.group}:\n`), row.group);
  }
  const examples = help.text.slice(help.text.indexOf("\nExamples:"));
  strictEqual(examples.match(/https:\/\/mcp\.example\.com\/mcp/g)?.length, 2);
});

Deno.test("--version prints the version", () => {
  deepStrictEqual(parse("--version"), { kind: "print", text: "1.2.3\n" });
});

Deno.test("wrong usage is one line that names the mistake", () => {
  const message = (...args: string[]) => {
    let text = "";
    throws(() => parse(...args), (error) => {
      ok(error instanceof UsageError);
      text = error.message;
      return true;
    });
    strictEqual(text.includes("\n"), false);
    return text;
  };
  match(
    message("--oidc-client-idd", "x"),
    /^Usage error: .*--oidc-client-idd.*\. Fix: use "--oidc-client-id", or see authful-mcp-proxy --help\.$/,
  );
  match(message("--silent", "--debug"), /--silent.*--debug/);
  match(message("--oidc-client-id"), /--oidc-client-id.*argument missing/);
  match(message("https://a.example", "https://b.example"), /too many arguments/);
});
