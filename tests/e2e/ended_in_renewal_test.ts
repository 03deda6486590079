/**
 * A program that is told to end while it renews a token: the answer may be the only good refresh token
 * there is, so that it is waited for and stored.
 */
import assert from "node:assert/strict";
import { type Company, startCompany } from "../support/company.ts";
import { isAsleep } from "../support/process_figures.ts";
import { runProgram } from "../support/program.ts";
import { until } from "../support/until.ts";
import { within } from "../support/within.ts";

/** Holds the next renewal up at the provider. */
function holdRenewal({ provider }: Company) {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  provider.intercept(async ({ grantType }) => {
    if (grantType !== "refresh_token") return undefined;
    asked.resolve();
    await released.promise;
    return undefined;
  });
  return {
    begun: within(asked.promise, { what: "the renewal" }),
    release: released.resolve,
  };
}

/** Waits until it sleeps whenever one looks: it has dealt with what it was told. One that has ended will do. */
async function untilAsleep(pid: number): Promise<void> {
  for (let looks = 0; looks < 20; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (!await isAsleep(pid).catch(() => true)) looks = 0;
  }
}

/** The next program uses what the one before it got, without a person and without a renewal. */
async function assertKept(company: Company): Promise<void> {
  await using next = await company.start();
  await next.initialize();
  const { error } = await next.request("tools/call", {
    name: "echo",
    arguments: { message: "again" },
  });
  assert.equal(error, undefined);
  assert.equal(company.browser.count(), 1, "nobody has to sign in again");
  assert.equal(company.provider.count("token", "refresh_token"), 1);
  await next.endInput();
  await next.exit;
}

const options = { ignore: Deno.build.os !== "linux" };

Deno.test("the bridge waits for a renewal that nobody waits for any more", options, async () => {
  await using company = await startCompany();
  await using program = await company.start({ args: [company.gateway.url.href, "--debug"] });
  await Promise.all([company.signIn(), program.initialize()]);
  await program.request("ping");
  company.gateway.distrust(company.provider.secrets.access_token);
  const renewal = holdRenewal(company);
  await program.send({ jsonrpc: "2.0", id: "call", method: "tools/list" });
  await renewal.begun;
  await program.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: "call" },
  });
  // What it answers by itself shows that it has read what came before: a signal may overtake a pipe.
  await program.send("no message");
  await program.message(({ error }) => error?.code === -32700);
  program.kill("SIGTERM");
  // Its end of the session waits for the renewal, too, and is given up: nothing else is left.
  await program.logged(/the session was not ended/);
  await untilAsleep(program.pid);
  renewal.release();
  assert.equal((await program.exit).code, 0);
  await assertKept(company);
});

Deno.test("login waits for its renewal when it is interrupted", options, async () => {
  await using company = await startCompany({ provider: { accessTokenTtl: 1 } });
  await using program = await company.start();
  await Promise.all([company.signIn(), program.initialize()]);
  await program.endInput();
  await program.exit;
  const { at } = company.provider.requests.findLast(({ endpoint }) => endpoint === "token")!;
  await until(() => Date.now() > at + 1_000, "the end of the access token");
  const renewal = holdRenewal(company);
  await using login = await company.start({ args: ["login"] });
  await renewal.begun;
  login.kill("SIGTERM");
  await untilAsleep(login.pid);
  renewal.release();
  await login.exit;
  const { code, stderr } = await runProgram(company.settings({ args: ["token"] }));
  assert.equal(code, 0, stderr);
  assert.equal(company.browser.count(), 1);
});
