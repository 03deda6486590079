import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { type Company, startCompany } from "../../support/company.ts";
import { runProgram } from "../../support/program.ts";
import { hasPseudoTerminal, startAtTerminal } from "../../support/pseudo_terminal.ts";

const page = await Deno.readTextFile(new URL("../../../docs/commands.md", import.meta.url));

/** What the page shows below a command line, which is the part of it after the program's name. */
function documented(line: string): string {
  const [, , output] =
    page.match(/```console\n[^]*?```/g)!.map((block) =>
      /^```console\n\$ authful-mcp-proxy (.*)\n([^]*)```$/.exec(block) ?? []
    ).find(([, shown]) => shown === line) ?? [];
  assert.ok(output !== undefined, `docs/commands.md shows no output of ${line}`);
  return output;
}

/** What is another one each time, in words that are the same for the page and the program. */
function withoutTimes(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replace(/until \w{3} \d+, \d{4}, \d+:\d+ [AP]M/g, "until <time>")
    .replace(/\b\d+ (?:h|min|s)(?: \d+ (?:min|s))?\b/g, "<duration>")
    .replace(/http:\/\/[\w.]+:\d+\/sign-in\/\S+/g, "http://localhost:8080/sign-in/…")
    // How wide a column is depends on what is in it.
    .replace(/ {2,}/g, "  ").trim();
}

/** What the program said, as if the company were the one of the page. */
function atCompany({ provider, gateway, home, settings }: Company, output: string): string {
  const { OIDC_REDIRECT_URL } = settings().env!;
  const screen = stripVTControlCharacters(output.replaceAll("\r\u001b[2K", "\r"))
    // A line that was written over.
    .replace(/\r[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Waiting[^\r\n]*(?=\r)/g, "").replaceAll("\r", "");
  const names: [string, string][] = [
    [gateway.url.origin, "https://mcp-backend.company.com"],
    [provider.issuer.replace(/\/$/, ""), "https://auth.company.com"],
    [new URL(provider.issuer).host, "auth.company.com"],
    [OIDC_REDIRECT_URL, "http://localhost:8080/auth/callback"],
    [provider.clientId, "your-client-id"],
    [home.path, "/home/ada"],
  ];
  const renamed = names.reduce((text, [from, to]) => text.replaceAll(from, to), screen)
    .replace(/(\+ +"command": )"[^"]*"/, '$1"/usr/local/bin/authful-mcp-proxy"')
    .replace(/(\+ +"args": )\[[^\]]*\]/, '$1["company-tools"]')
    .replace(/,\n\+ +"oidcRedirectUrls": "[^"]*"/, "")
    .replace(/^@@ -0,0 \+1,\d+ @@$/gm, "@@ -0,0 +1,9 @@")
    // What is typed is not on the screen.
    .replace("Number or name: ", "Number or name: 3\n")
    .replace("MCP server: ", "MCP server: https://mcp-backend.company.com/mcp\n")
    .replace("OpenID Provider: ", "OpenID Provider: https://auth.company.com\n")
    .replace("registered there: ", "registered there: your-client-id\n")
    .replace("[127-0-0-1] ", "[mcp-backend-company] company-tools\n")
    .replace("[Y/n] ", "[Y/n]\n");
  return withoutTimes(renamed);
}

Deno.test({
  name: "the commands print what docs/commands.md shows",
  ignore: !hasPseudoTerminal,
  async fn(t) {
    await using company = await startCompany({ provider: { revocation: true } });
    const url = "https://mcp-backend.company.com/mcp";
    const compare = (line: string, output: string) =>
      assert.equal(atCompany(company, output), withoutTimes(documented(line)));
    const run = async (...args: string[]) => {
      const { stdout, stderr } = await runProgram(
        company.settings({ args, env: { COLUMNS: "400" } }),
      );
      return stdout + stderr;
    };
    const own = company.gateway.url.href;

    await t.step("login", async () => {
      await using terminal = await startAtTerminal(
        company.settings({ args: ["login", own], env: { COLUMNS: "400" } }),
      );
      await company.signIn();
      assert.equal(await terminal.code, 0);
      const spinner = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] (Waiting .*left)\n/;
      const [line, waiting] = spinner.exec(documented(`login ${url}`))!;
      assert.ok(
        atCompany(company, terminal.screen().replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/gu, ""))
          .includes(withoutTimes(waiting)),
      );
      assert.equal(
        atCompany(company, terminal.screen()),
        withoutTimes(documented(`login ${url}`).replace(line, "")),
      );
    });

    await t.step("setup", async () => {
      const { env, ...rest } = company.settings();
      const { OIDC_ISSUER_URL, OIDC_CLIENT_ID, OIDC_REDIRECT_URL, ...others } = env!;
      await using terminal = await startAtTerminal({
        ...rest,
        args: ["setup", "--oidc-redirect-url", OIDC_REDIRECT_URL],
        env: { ...others, COLUMNS: "400" },
      });
      const answers: [RegExp, string][] = [
        [/Number or name:/, "3"],
        [/URL of the remote MCP server:/, own],
        [/Issuer of the OpenID Provider:/, OIDC_ISSUER_URL],
        [/Client id registered there:/, OIDC_CLIENT_ID],
        [/Name of the server:/, "company-tools"],
        [/Write .*\?/, ""],
      ];
      for (const [question, answer] of answers) {
        await terminal.shows(question);
        await terminal.type(answer);
      }
      assert.equal(await terminal.code, 0);
      compare("setup", terminal.screen());
    });

    await t.step("servers", async () => compare("servers", await run("servers")));

    await t.step("status", async () => compare("status", await run("status")));
    await t.step("doctor", async () => compare(`doctor ${url}`, await run("doctor", own)));

    await t.step("doctor, when the path is wrong", async () => {
      const handle = () => new Response(null, { status: 404 });
      await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handle);
      const output = await run("doctor", `http://127.0.0.1:${server.addr.port}/mpc`);
      const shown = documented("doctor https://mcp-backend.company.com/mpc");
      const [, part] = /^…\n([^]*)$/.exec(shown)!;
      assert.ok(withoutTimes(output).includes(withoutTimes(part)), output);
    });

    await t.step("logout", async () => compare("logout", await run("logout")));
  },
});
