import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { createPerson } from "../support/person.ts";
import { hasPseudoTerminal, startBetweenClientAndTerminal } from "../support/pseudo_terminal.ts";

/** Where the provider sends the person at last, whose browser reaches nothing there. */
async function lastUrl(authorizationUrl: string): Promise<URL> {
  let last: URL | undefined;
  const person = createPerson({
    stopBefore(next) {
      if (next.pathname === "/auth/callback") last = next;
      return last !== undefined;
    },
  });
  await person.visit(authorizationUrl);
  assert.ok(last, "the provider sent them back");
  return last;
}

Deno.test({
  name: "a URL pasted at the terminal signs in, while stdin and stdout are the client's " +
    "(needs script of util-linux)",
  ignore: !hasPseudoTerminal, // Nothing else here makes a pseudo-terminal.
  async fn() {
    await using company = await startCompany();
    const { provider, gateway, browser } = company;
    await using program = await startBetweenClientAndTerminal(
      company.settings({ args: [gateway.url.href, "--oidc-flow", "paste"] }),
    );
    const initialized = program.initialize();
    const line = await program.logged(/open this URL/);
    const [authorizationUrl] = /https?:\S+/.exec(line)!;
    await program.logged(/paste here the whole URL/);

    // What the client writes meanwhile is no answer to the question, even if it looks like one.
    const pinged = program.request("ping");
    await program.send("a line that belongs to the client");
    const answer = await lastUrl(authorizationUrl);
    const foreign = new URL(answer);
    foreign.searchParams.set("state", "of another sign-in");
    await program.type(foreign.href);
    await program.logged(/that is not the answer to this sign-in/);
    assert.equal(provider.count("token"), 0);

    await program.type(answer.href);
    await initialized;
    await program.logged(/signed in as ada/);
    assert.ok((await pinged).result);
    const { result } = await program.request("tools/list");
    assert.ok(Array.isArray(result?.tools) && result.tools.length > 5);
    assert.equal(provider.count("token", "authorization_code"), 1);
    assert.equal(browser.count(), 0);

    await program.endInput();
    assert.equal((await program.exit).code, 0);
    assert.ok(program.messages.length >= 3);
    for (const [at, message] of program.messages.entries()) {
      assert.equal(message?.jsonrpc, "2.0", program.lines[at]);
    }
    for (const secret of [...provider.secrets.code, ...provider.secrets.access_token]) {
      assert.ok(!program.stderr().includes(secret), "the terminal shows no secret");
    }
  },
});

Deno.test("without a terminal, the flow paste ends in one error that says what to do", async () => {
  await using company = await startCompany();
  const { provider, gateway, browser } = company;
  await using program = await company.start({ args: [gateway.url.href, "--oidc-flow", "paste"] });
  await assert.rejects(
    () => program.initialize(),
    /the flow paste needs a terminal, and there is none\. Fix: run authful-mcp-proxy login/,
  );
  assert.equal(program.messages.length, 1);
  assert.equal(provider.count("authorization") + browser.count(), 0);
});
