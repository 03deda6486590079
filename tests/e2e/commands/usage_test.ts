import assert from "node:assert/strict";
import { join } from "node:path";
import { createHome } from "../../support/home.ts";
import { runProgram } from "../../support/program.ts";
import { hasPseudoTerminal, startAtTerminal } from "../../support/pseudo_terminal.ts";

const cases: [string, string[], code: number, RegExp][] = [
  ["a mistyped command", ["logn"], 2, /"logn" is neither a command nor .*Fix: use "login", or see/],
  [
    "a mistyped command before a URL",
    ["logn", "http://127.0.0.1:9/mcp"],
    2,
    /"logn" is not a command. Fix: use "login", or see/,
  ],
  ["a mistyped flag of a command", ["login", "--forse"], 2, /--forse.*Fix: use "--force", or/],
  ["a mistyped setting", ["status", "--profle", "x"], 2, /--profle.*Fix: use "--profile", or/],
  [
    "a flag of a command, with the help that has it",
    ["login", "--forse"],
    2,
    /see authful-mcp-proxy login --help\.$/m,
  ],
  [
    "a setting, with the help that has it",
    ["login", "--oidc-flow", "walk"],
    2,
    /see authful-mcp-proxy --help\.$/m,
  ],
  [
    "help for what is no command",
    ["help", "logn"],
    2,
    /"logn" is not a command\. Fix: use "login", or/,
  ],
  ["two URLs", ["https://a.example", "https://b.example"], 2, /https:\/\/b\.example\. Fix: see/],
  [
    "a choice that is none",
    ["completions", "ksh4"],
    2,
    /SHELL must be one of bash, zsh, fish, powershell, not "ksh4"\. Fix: /,
  ],
  [
    "help for what is nothing like a command",
    ["help", "frobnicate"],
    2,
    /"frobnicate" is not a command\. Fix: use one of setup, login,/,
  ],
  [
    "a client that is none",
    ["setup", "--client", "emacs"],
    2,
    /--client must be one of claude-desktop, .*, not "emacs"\. Fix: see/,
  ],
  [
    "a mistyped client",
    ["setup", "--client", "clade-desktop"],
    2,
    /not "clade-desktop"\. Fix: use "claude-desktop", or see authful-mcp-proxy setup --help/,
  ],
  [
    "a mistyped value of a setting",
    ["login", "--oidc-flow", "brwser"],
    2,
    /not "brwser"\. Fix: use "browser", or see/,
  ],
  ["a server for a command that takes none", ["servers", "x"], 2, /too many arguments/],
  ["too many arguments", ["status", "https://a.example", "b"], 2, /too many arguments/],
  [
    "no configuration file",
    ["status", "--config", "/nowhere.json"],
    1,
    /^Configuration error: .*\/nowhere\.json cannot be read/,
  ],
  [
    "login without a setting",
    ["login"],
    1,
    /^Configuration error: .*OIDC_ISSUER_URL.*--oidc-client-id/,
  ],
  [
    "logout without a setting",
    ["logout"],
    1,
    /OIDC_ISSUER_URL.*or add --all to forget everything\.$/m,
  ],
  [
    "a report that cannot be written",
    ["doctor", "--json", "--report", "/nowhere/report.json"],
    1,
    /^System error: cannot write the file of --report: .*\/nowhere\/report\.json/m,
  ],
  [
    "a URL without its scheme",
    ["mcp.company.com/mcp"],
    1,
    /"mcp\.company\.com\/mcp"\. Fix: use "https:\/\/mcp\.company\.com\/mcp" if you mean that/,
  ],
  [
    "the URL of this machine without its scheme",
    ["login", "localhost:3000/mcp"],
    1,
    /not "localhost:3000\/mcp"\. Fix: use "http:\/\/localhost:3000\/mcp" if/,
  ],
  [
    "no client and no terminal",
    ["setup", "https://a.example"],
    2,
    /--client is missing\. Fix: pass --client with one of claude-desktop/,
  ],
];

for (const [name, args, code, message] of cases) {
  Deno.test(`commands answer ${name} in one line`, async () => {
    await using home = await createHome();
    const outcome = await runProgram({ home: home.path, args });
    assert.equal(outcome.code, code, outcome.stderr);
    // A report goes to stdout as well.
    if (!args.includes("--report")) assert.equal(outcome.stdout, "");
    assert.match(outcome.stderr, message);
    assert.equal(outcome.stderr.trimEnd().split("\n").length, 1, outcome.stderr);
  });
}

Deno.test("a mistyped name of a configured server suggests the right one", async () => {
  await using home = await createHome();
  const directory = `${home.path}/.config/authful-mcp-proxy`;
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(
    `${directory}/config.json`,
    `{ "servers": { "company-tools": { "backendUrl": "https://mcp.company.com/mcp" } } }`,
  );
  const { code, stderr } = await runProgram({
    home: home.path,
    args: ["status", "company-tool"],
    env: { APPDATA: `${home.path}/.config` },
  });
  assert.equal(code, 2);
  assert.match(stderr, /config\.json\. Fix: use "company-tools", or see/);
});

Deno.test("help of the program lists every command", async () => {
  await using home = await createHome();
  const { code, stdout } = await runProgram({ home: home.path, args: ["--help"] });
  assert.equal(code, 0);
  assert.match(stdout, /\nCommands:\n(?: .*\n)*? +doctor /);
  const help = await runProgram({ home: home.path, args: ["help", "doctor"] });
  assert.match(help.stdout, /--report <file>/);
  const short = await runProgram({ home: home.path, args: ["doctor", "-h"] });
  assert.equal(short.stdout, help.stdout);
});

Deno.test({
  name: "without anything at a terminal the program says how to begin, as wide as the terminal",
  ignore: !hasPseudoTerminal,
  async fn() {
    await using home = await createHome();
    for (const columns of ["40", "200"]) {
      const settings = { home: home.path, args: [], env: { COLUMNS: columns } };
      await using terminal = await startAtTerminal(settings);
      await terminal.shows(/authful-mcp-proxy setup[^]*Commands:[^]*setup[^]*All settings:/);
      assert.equal(await terminal.code, 0);
      const lines = terminal.screen().split(/\r?\n/).map((line) => line.length);
      assert.ok(Math.max(...lines) <= Math.min(160, Number(columns)), terminal.screen());
    }
  },
});

Deno.test("the version is printed by flag and by command, also as JSON", async () => {
  await using home = await createHome();
  const printed = await Promise.all(
    [["--version"], ["-V"], ["version"]].map((args) => runProgram({ home: home.path, args })),
  );
  assert.equal(new Set(printed.map(({ stdout, code }) => `${code} ${stdout}`)).size, 1);
  const reports = await Promise.all(
    [["--version", "--json"], ["version", "--json"]].map((args) =>
      runProgram({ home: home.path, args })
    ),
  );
  const [one, other] = reports.map(({ stdout }) => JSON.parse(stdout));
  assert.deepEqual(one, other);
  assert.equal(one.name, "authful-mcp-proxy");
});

Deno.test({
  name: "a link that another user has put where the report is to go is not followed",
  // Only the administrator can make a file somebody else's.
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn() {
    await using home = await createHome();
    const target = join(home.path, "precious");
    const report = join(home.path, "report.json");
    await Deno.writeTextFile(target, "precious");
    const url = "http://127.0.0.1:1/mcp";
    const run = () => runProgram({ home: home.path, args: ["doctor", url, "--report", report] });
    await Deno.symlink(target, report);
    const { success } = await new Deno.Command("chown", { args: ["-h", "12345", report] }).output();
    assert.ok(success);
    assert.match((await run()).stderr, /--report: .* is a symbolic link of user 12345/);
    assert.equal(await Deno.readTextFile(target), "precious");
    await Deno.remove(report);
    await Deno.symlink(target, report);
    await run();
    assert.notEqual(await Deno.readTextFile(target), "precious", "one's own link is followed");
  },
});
