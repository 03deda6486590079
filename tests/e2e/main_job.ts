import assert from "node:assert/strict";
import type { Company } from "../support/company.ts";
import type { ProgramOptions } from "../support/program.ts";

/**
 * The main job, from the first sign-in to the last exit, for a program that is started in any way:
 * sign-in, calls, exit; a second start that needs nobody; a refused token that is renewed.
 */
export async function doMainJob(
  t: Deno.TestContext,
  options: { company: Company; start: Partial<ProgramOptions> },
): Promise<void> {
  const { company, start } = options;
  const { provider, gateway, browser } = company;
  const echo = (message: string) => ({ name: "echo", arguments: { message } });

  await t.step("the first start signs in, and calls reach the backend", async () => {
    await using program = await company.start(start);
    const [page] = await Promise.all([company.signIn(), program.initialize()]);
    assert.equal(page.status, 200);
    const { result } = await program.request("tools/list");
    assert.ok(Array.isArray(result?.tools) && result.tools.length > 5);
    const called = await program.request("tools/call", echo("first"));
    assert.match(JSON.stringify(called.result), /first/);
    await program.endInput();
    assert.equal((await program.exit).code, 0, program.stderr());
    assert.equal(provider.count("authorization"), 1);
    assert.equal(browser.count(), 1);
  });

  await t.step("the second start needs neither person nor provider", async () => {
    const before = provider.requests.length;
    await using program = await company.start(start);
    await program.initialize();
    const called = await program.request("tools/call", echo("second"));
    assert.match(JSON.stringify(called.result), /second/);
    await program.endInput();
    assert.equal((await program.exit).code, 0, program.stderr());
    assert.equal(provider.requests.length, before);
  });

  await t.step("a refused token is renewed, unseen", async () => {
    await using program = await company.start(start);
    await program.initialize();
    gateway.refuse(1);
    const called = await program.request("tools/call", echo("third"));
    assert.match(JSON.stringify(called.result), /third/);
    assert.equal(provider.count("token", "refresh_token"), 1);
    assert.equal(provider.count("authorization"), 1);
    await program.endInput();
    assert.equal((await program.exit).code, 0, program.stderr());
    for (const line of program.lines) assert.doesNotThrow(() => JSON.parse(line), line);
  });
}
