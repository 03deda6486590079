/**
 * What the commands show at terminals of three widths. `deno task screens` writes the fixtures anew, for a
 * person to read before they are committed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { type Company, startCompany } from "../../support/company.ts";
import { hasPseudoTerminal, startAtTerminal } from "../../support/pseudo_terminal.ts";
import { compareWithRecorded } from "../../support/recorded_screen.ts";

/** Long enough that nothing of it changes while the test runs. */
const tokenLifetime = 2 * 3600 + 30 * 60 + 50;

interface Screen {
  name: string;
  args: (company: Company) => string[];
  /** What is typed, each when the screen shows that. */
  answers?: (company: Company) => [shown: RegExp, typed: string][];
  /** Whether the person signs in meanwhile. */
  signsIn?: true;
}

/** In the order of a person's first day. */
const screens: readonly Screen[] = [
  {
    name: "setup",
    args: ({ settings }) => ["setup", "--oidc-redirect-url", settings().env!.OIDC_REDIRECT_URL],
    answers: ({ gateway, provider }) => [
      [/Number or name:/, "cursor"],
      [/URL of the remote MCP server:/, gateway.url.href],
      [/Issuer of the OpenID Provider:/, provider.issuer],
      [/Client id registered there:/, provider.clientId],
      [/Name of the server:/, "company-tools"],
      [/Write [^?]*\?/, ""],
    ],
    signsIn: true,
  },
  { name: "servers", args: () => ["servers"] },
  { name: "login", args: () => ["login", "company-tools"] },
  { name: "status", args: () => ["status"] },
  { name: "doctor", args: () => ["doctor", "company-tools"] },
];

for (const width of [40, 80, 160]) {
  Deno.test({
    name: `setup, servers, login, status and doctor fit a terminal of ${width} columns`,
    ignore: !hasPseudoTerminal,
    async fn(t) {
      await using company = await startCompany({ provider: { accessTokenTtl: tokenLifetime } });
      const { env, ...rest } = company.settings();
      const { OIDC_ISSUER_URL: _i, OIDC_CLIENT_ID: _c, OIDC_REDIRECT_URL: _r, ...others } = env!;
      for (const screen of screens) {
        await t.step(screen.name, async () => {
          await using terminal = await startAtTerminal({
            ...rest,
            args: screen.args(company),
            env: { ...others, COLUMNS: String(width), NO_COLOR: "1" },
          });
          // What is typed is not echoed to this terminal.
          const inputs: { at: number; typed: string }[] = [];
          for (const [index, [shown, typed]] of (screen.answers?.(company) ?? []).entries()) {
            if (screen.signsIn && index === screen.answers!(company).length - 1) {
              await company.signIn();
            }
            await terminal.shows(shown);
            inputs.push({ at: terminal.screen().length, typed });
            await terminal.type(typed);
          }
          assert.equal(await terminal.code, 0, terminal.screen());
          const text = withoutSpinner(
            inputs.reduceRight(
              (screen, { at, typed }) => `${screen.slice(0, at)}${typed}\n${screen.slice(at)}`,
              terminal.screen(),
            ),
          );
          assert.deepEqual(tooWide(text, width), []);
          await compareWithRecorded(`${screen.name}.${width}.txt`, masked(text));
        });
      }
    },
  });
}

/** What stands there when everything that was written over is gone. */
function withoutSpinner(screen: string): string {
  return stripVTControlCharacters(screen.replaceAll("\r\u001b[2K", "\r"))
    .replace(/\r[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] [^\r\n]*(?=\r)/g, "").replaceAll("\r", "");
}

/** Lines that do not fit: what is copied (URLs, paths, differences) and questions are as long as they are. */
function tooWide(text: string, width: number): string[] {
  return text.split("\n").filter((line) => line.length > width)
    .filter((line) => !/^[-+@ ]*["{}]|^(?:---|\+\+\+) |: (?:\[.*\] )?\S*$|\? /.test(line))
    .filter((line) => line.trim().split(/ +/).every((word) => word.length < width - 6));
}

/** What is another one each time, at the same length. */
function masked(text: string): string {
  return text
    .replace(/(127\.0\.0\.1:)\d{5}/g, "$1#####")
    .replace(/(authful-home-)[0-9a-f]{16}/g, `$1${"#".repeat(16)}`)
    .replace(/(\/sign-in\/)[\w-]{43}/g, `$1${"#".repeat(43)}`)
    .replace(/"command": .*|"args": \[[^\]]*\]/g, (match) => `${match.split(":")[0]}: …`)
    .replace(/^@@.*@@$/gm, "@@ … @@")
    .replace(/\w{3} \d+, \d{4},?\s+\d+:\d+\s+[AP]M/g, "<time>")
    .replace(/\b\d+ s ago/g, "<duration> ago")
    .replace(/ {2,}(?=\S)/g, (spaces) => spaces.length > 12 ? "  " : spaces);
}
