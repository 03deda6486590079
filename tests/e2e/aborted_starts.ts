/**
 * Clients that start the program and end it at once, again and again, while a person is in the middle
 * of the sign-in.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startCompany } from "../support/company.ts";
import { endLingering, isListenedOn, lingering, lingersNoMore } from "../support/lingering.ts";
import { untilPortIsFree } from "../support/until_port_is_free.ts";

/** How a client ends the program. */
const endings = ["end of stdin", "SIGTERM", "SIGKILL"] as const;

/** So many aborted starts leave one process, one tab and a sign-in that works, and then nothing. */
export async function assertNothingLeaks({ starts }: { starts: number }): Promise<void> {
  await using company = await startCompany();
  const home = company.home.path;
  await using _end = endLingering(home);
  const start = () =>
    company.start({ env: { MCP_PROXY_NO_LINGER: "", MCP_PROXY_LOGIN_TIMEOUT: "1800" } });
  const redirectUrl = new URL(company.settings().env!.OIDC_REDIRECT_URL!);
  let tab: URL | undefined;
  let descriptors: number | undefined;
  for (let at = 0; at < starts; at++) {
    await using program = await start();
    program.initialize().catch(() => {});
    // The first one has the sign-in, and all others wait for the process that goes on with it.
    if (tab) await program.logged(/is signing in for this identity already/);
    else tab = await company.person.openTab(await company.browser.opened());
    const ending = at === 0 ? "SIGTERM" : endings[at % endings.length];
    if (ending === "end of stdin") {
      await program.endInput();
      program.kill("SIGTERM");
    } else program.kill(ending);
    await program.exit;
    const pids = await lingering(home);
    assert.equal(pids.length, 1, `after start ${at + 1}`);
    await isListenedOn(redirectUrl);
    if (Deno.build.os !== "linux" || at % 10 !== 0) continue;
    const open = [...Deno.readDirSync(`/proc/${pids[0]}/fd`)].length;
    descriptors ??= open;
    assert.ok(open <= descriptors + 5, `${open} descriptors, at first ${descriptors}`);
  }
  assert.equal((await company.person.visit(tab!)).status, 200);
  await lingersNoMore(home);
  assert.equal(company.browser.count(), 1);
  assert.equal(company.provider.count("authorization"), 1);
  const { hostname, port } = redirectUrl;
  await untilPortIsFree(Number(port), hostname);
  await using program = await start();
  await program.initialize();
  assert.ok((await program.request("tools/list")).result);
  const files = [...Deno.readDirSync(join(home, ".mcp-auth/authful-mcp-proxy"))]
    .filter(({ name }) => name.endsWith(".lock"));
  // Those that were killed leave theirs for a minute.
  const killed = Math.ceil(starts / endings.length);
  assert.ok(files.length <= killed + 2, files.map(({ name }) => name).join(" "));
}
