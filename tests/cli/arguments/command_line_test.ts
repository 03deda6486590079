import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import process from "node:process";
import { commands } from "../../../src/cli/commands/registry.ts";
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

const errorOf = (...args: string[]) => {
  try {
    parse(...args);
  } catch (error) {
    ok(error instanceof UsageError);
    return error.message;
  }
};

Deno.test("each mistake is told with what was meant, and where to read on", () => {
  const see = (command?: string) => `see authful-mcp-proxy ${command ? `${command} ` : ""}--help.`;
  const all = commands.map(({ name }) => name).join(", ");
  const url = "https://a.test";
  const rows: [args: string[], message: string][] = [
    [["logn", url], `"logn" is not a command. Fix: use "login", or ${see()}`],
    [["xyzzy", url], `"xyzzy" is not a command. Fix: ${see()}`],
    [["x_1-y", url], `"x_1-y" is not a command. Fix: ${see()}`],
    [["1x", url], `too many arguments. Expected 1 argument but got 2: 1x, ${url}. Fix: ${see()}`],
    [["x!", url], `too many arguments. Expected 1 argument but got 2: x!, ${url}. Fix: ${see()}`],
    [["logn", "--no-such"], `unknown option '--no-such'. Fix: ${see()}`],
    [["help", "logn"], `"logn" is not a command. Fix: use "login", or ${see()}`],
    [["--debug", "help", "logn"], `"logn" is not a command. Fix: use "login", or ${see()}`],
    [["help", "xyzzy"], `"xyzzy" is not a command. Fix: use one of ${all}, or ${see()}`],
    [
      ["login", url, "x"],
      "too many arguments for 'login'. Expected 1 argument but got 2: " +
      `${url}, x. Fix: ${see("login")}`,
    ],
    [
      ["version", url],
      "too many arguments for 'version'. Expected 0 arguments but got 1: " +
      `${url}. Fix: ${see("version")}`,
    ],
    [["completions"], `missing required argument 'SHELL'. Fix: ${see("completions")}`],
    [
      ["completions", "zs"],
      'SHELL must be one of bash, zsh, fish, powershell, not "zs". ' +
      `Fix: use "zsh", or ${see("completions")}`,
    ],
    [
      ["completions", "tcsh-like"],
      "SHELL must be one of bash, zsh, fish, powershell, not " +
      `"tcsh-like". Fix: ${see("completions")}`,
    ],
    [
      ["setup", "--scope", "usr"],
      '--scope must be one of user, project, not "usr". ' +
      `Fix: use "user", or ${see("setup")}`,
    ],
    [["setup", "--nam", "x"], `unknown option '--nam'. Fix: use "--name", or ${see("setup")}`],
    [
      ["setup", "--profil", "x"],
      `unknown option '--profil'. Fix: use "--profile", or ${see("setup")}`,
    ],
    [
      ["login", "--silent", "--debug"],
      "option '--silent' cannot be used with option '--debug'. " +
      `Fix: ${see("login")}`,
    ],
    [["--oidc-scopes"], `option '--oidc-scopes <scopes>' argument missing. Fix: ${see()}`],
  ];
  for (const [args, message] of rows) {
    strictEqual(errorOf(...args), `Usage error: ${message}`, args.join(" "));
  }
});

const called = (...args: string[]) => {
  const invocation = parse(...args);
  ok(invocation.kind === "command", args.join(" "));
  const { command, flags, own, argument } = invocation;
  return [command.name, flags, own, argument];
};

Deno.test("a command has its own flags and argument, and the settings from both sides of its name", () => {
  const url = "https://a.test";
  deepStrictEqual(called("login"), ["login", {}, {}, undefined]);
  deepStrictEqual(called("login", url, "--force", "--profile", "a"), [
    "login",
    { backendUrl: url, profile: "a" },
    { force: "true" },
    undefined,
  ]);
  deepStrictEqual(called("--profile", "b", "--debug", "login", "--profile=a"), [
    "login",
    { profile: "a", debug: "true" },
    {},
    undefined,
  ]);
  deepStrictEqual(parse("--browser", "x"), { kind: "bridge", flags: { browser: "x" } });
  deepStrictEqual(parse("--no-browser"), { kind: "bridge", flags: { noBrowser: "true" } });
  deepStrictEqual(called("completions", "zsh"), ["completions", {}, {}, "zsh"]);
  deepStrictEqual(called("version", "--json"), ["version", {}, { json: "true" }, undefined]);
  deepStrictEqual(
    called("setup", "company", "--client", "cursor", "--no-login", "--file", "a b", "--yes"),
    [
      "setup",
      { backendUrl: "company" },
      { client: "cursor", file: "a b", yes: "true", "no-login": "true" },
      undefined,
    ],
  );
  // What a command calls as a setting is called is its own.
  deepStrictEqual(called("token", "--header"), ["token", {}, { header: "true" }, undefined]);
  deepStrictEqual(called("--header", "a: b", "token", "--header"), [
    "token",
    { headers: "a: b" },
    { header: "true" },
    undefined,
  ]);
});

Deno.test("a flag that may be repeated is one text of several lines, and of another the last counts", () => {
  deepStrictEqual(
    parse("--header", "a: b", "--header=c: d", "--header", "e: f"),
    { kind: "bridge", flags: { headers: "a: b\nc: d\ne: f" } },
  );
  deepStrictEqual(parse("--profile", "a", "--profile", "b"), {
    kind: "bridge",
    flags: { profile: "b" },
  });
});

Deno.test("help can be asked for in several ways, and ends nothing", () => {
  const text = (...args: string[]) => {
    const invocation = parse(...args);
    ok(invocation.kind === "print");
    return invocation.text;
  };
  for (const args of [["-h"], ["help"], ["help", "help"]]) match(text(...args), /^Usage: /);
  strictEqual(text("-h"), text("--help"));
  strictEqual(text("help"), text("--help"));
  strictEqual(text("help", "help"), text("--help"));
  strictEqual(text("help", "login"), text("login", "--help"));
  strictEqual(text("login", "-h"), text("login", "--help"));
  strictEqual(text("-V"), "1.2.3\n");
});

Deno.test("the help of a command is what it does, its flags and its examples", () => {
  const help = (name: string, helpWidth = 100) => {
    const invocation = parseCommandLine([name, "--help"], { version: "1", helpWidth });
    ok(invocation.kind === "print");
    return invocation.text;
  };
  strictEqual(
    help("logout"),
    `Usage: authful-mcp-proxy logout [options] [MCP_BACKEND_URL]

Revokes the tokens at the provider when it can (RFC 7009) and removes the stored credential.

Arguments:
  MCP_BACKEND_URL  URL of the remote MCP server, or its name in the configuration file

Options:
  --all       every credential in the cache directory; needs no setting
  -h, --help  print this help

All settings of the bridge work here too, such as --profile and --cache-dir:
see authful-mcp-proxy --help.

Examples:
  # forgets the credential of these settings
  authful-mcp-proxy logout https://mcp.example.com/mcp
  # forgets everything
  authful-mcp-proxy logout --all
`,
  );
  match(help("completions"), /^Usage: authful-mcp-proxy completions \[options\] SHELL\n/);
  match(help("completions"), /\nArguments:\n {2}SHELL {2}the shell it is for/);
  match(help("version"), /^Usage: authful-mcp-proxy version \[options\]\n/);
  strictEqual(help("version").includes("Arguments:"), false);
  match(help("setup"), /\n {2}--client <client> +the MCP client/);
  const narrow = help("logout", 40);
  match(
    narrow,
    /\nAll settings of the bridge work here\ntoo, such as --profile and --cache-dir:\nsee /,
  );
  match(
    narrow,
    /\n {2}authful-mcp-proxy logout https:\/\/mcp\.example\.com\/mcp\n/,
    "to be copied",
  );
});

Deno.test("the whole help has commands, the argument, then flags in their groups", () => {
  const invocation = parseCommandLine(["--help"], { version: "1", helpWidth: 160 });
  ok(invocation.kind === "print");
  const lines = invocation.text.split("\n");
  deepStrictEqual(lines.slice(0, 6), [
    "Usage: authful-mcp-proxy [options] MCP_BACKEND_URL",
    "       authful-mcp-proxy <command> [options]",
    "",
    "Local stdio MCP server that signs you in at your OpenID Provider and bridges to a remote MCP server.",
    "",
    "Commands:",
  ]);
  const headings = lines.filter((line) => /^\S.*:$/.test(line));
  const groups = optionNames.map((name) => options[name])
    .filter(({ flag }) => flag.startsWith("--")).map(({ group }) => `${group}:`);
  deepStrictEqual(headings, [
    "Commands:",
    "Arguments:",
    "Options:",
    ...new Set(groups),
    "Examples:",
  ]);
  const has = (line: string | RegExp) =>
    ok(lines.some((each) => typeof line === "string" ? each === line : line.test(each)), `${line}`);
  has("  completions SHELL  print a completion script for your shell");
  has("  help               print the help of a command");
  has("  MCP_BACKEND_URL  URL of the remote MCP server (env: MCP_BACKEND_URL, required)");
  has("  -V, --version  print the version; with --json, all that is known of this build");
  has(/^ {2}--oidc-client-id <\S+> .*\(env: OIDC_CLIENT_ID/);
  has(/^ {2}--login-timeout <\S+> .*\(env: \w+, default: .+\)$/);
  deepStrictEqual(lines.slice(-7), [
    "",
    "Examples:",
    "  authful-mcp-proxy https://mcp.example.com/mcp \\",
    "    --oidc-issuer-url https://auth.example.com --oidc-client-id my-client",
    "  OIDC_ISSUER_URL=https://auth.example.com OIDC_CLIENT_ID=my-client \\",
    "    authful-mcp-proxy --debug https://mcp.example.com/mcp",
    "",
  ]);
  has(/^ {2}--header <field> +.*stands for a variable \(env: MCP_PROXY_HEADERS\)$/);
  has(/^ {2}--silent +short for --log-level error, which wins over it$/);
  deepStrictEqual(
    parse("--help"),
    parseCommandLine(["--help"], { version: "1.2.3", helpWidth: 80 }),
  );
});

Deno.test("what is wrong is told by the error alone", () => {
  const { stderr } = process;
  const { write } = stderr;
  const written: unknown[] = [];
  stderr.write = (text: unknown) => written.push(text) > 0;
  try {
    for (const args of [["--no-such"], ["login", "--no-such"]]) ok(errorOf(...args));
  } finally {
    stderr.write = write;
  }
  deepStrictEqual(written, []);
});
