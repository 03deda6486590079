import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { goodResult } from "../support/faults.ts";
import { type LostSession, startFaultyBackend } from "../support/faulty_backend.ts";

for (
  const how of [
    "404",
    "404 with a JSON-RPC error",
    "400 that says so",
    "400 that says nothing",
    "401 that speaks of the session",
  ] satisfies LostSession[]
) {
  Deno.test(`a session lost with ${how} is restored once for all who wait`, async () => {
    await using backend = await startFaultyBackend();
    await using company = await startCompany({ backend: backend.url });
    await using program = await company.start({ args: [backend.url.href] });
    await Promise.all([company.signIn(), program.initialize()]);
    await program.request("ping");
    const initializations = backend.received.filter(({ method }) => method === "initialize").length;

    backend.loseSessions(how);
    const calls = Array.from(
      { length: 20 },
      (_, index) => program.request("tools/call", { name: "good json", arguments: { index } }),
    );
    for (const call of calls) assert.deepEqual((await call).result, goodResult);
    const again = backend.received.filter(({ method }) => method === "initialize").length;
    assert.equal(again - initializations, 1);
    assert.equal(backend.count("good json"), 20);
    // The client sees none of this but that its lists may have changed.
    await program.message(({ method }) => method === "notifications/tools/list_changed");
    assert.equal(
      program.messages.filter((message) => message?.result?.protocolVersion).length,
      1,
    );
    const [first, second] = backend.received.filter(({ method }) => method === "initialize");
    assert.equal(first?.session, undefined);
    assert.equal(second?.session, undefined);
    assert.deepEqual(JSON.parse(first?.body ?? "").params, JSON.parse(second?.body ?? "").params);
  });
}

Deno.test("a tool's error that speaks of an expired session is passed on, and the tool runs once", async () => {
  await using backend = await startFaultyBackend();
  const error = {
    code: -32603,
    message: "Mail 1 of 2 sent; then: your AWS session has expired, sign in again",
  };
  backend.teach("send mails", ({ id, response }) => {
    const answer = JSON.stringify({ jsonrpc: "2.0", id, error });
    response.writeHead(400, { "content-type": "application/json" }).end(answer);
  });
  await using company = await startCompany({ backend: backend.url });
  await using program = await company.start({ args: [backend.url.href] });
  await Promise.all([company.signIn(), program.initialize()]);
  const answer = await program.request("tools/call", { name: "send mails" });
  assert.deepEqual(answer.error, error);
  assert.equal(backend.count("send mails"), 1);
  assert.equal(backend.received.filter(({ method }) => method === "initialize").length, 1);
});

Deno.test("a 401 that is about a lost session opens no browser tab, even without a refresh token", async () => {
  await using backend = await startFaultyBackend();
  await using company = await startCompany({
    backend: backend.url,
    provider: { refreshTokens: "never" },
  });
  await using program = await company.start({ args: [backend.url.href] });
  await Promise.all([company.signIn(), program.initialize()]);
  await program.request("ping");
  for (let loss = 0; loss < 3; loss++) {
    backend.loseSessions("401 that speaks of the session");
    const { result } = await program.request("tools/call", { name: "good json" });
    assert.deepEqual(result, goodResult);
  }
  assert.equal(company.browser.count(), 1);
  assert.equal(backend.received.filter(({ method }) => method === "initialize").length, 4);
});

Deno.test("a call that a lost session answers with 500 is not sent again, and the next one works", async () => {
  await using backend = await startFaultyBackend();
  await using company = await startCompany({ backend: backend.url });
  await using program = await company.start({ args: [backend.url.href] });
  await Promise.all([company.signIn(), program.initialize()]);
  await program.request("ping");
  backend.loseSessions("500");
  const { error } = await program.request("tools/call", { name: "good json" });
  assert.match(error?.message ?? "", /may have been carried out/);
  assert.equal(backend.count("good json"), 0);
  assert.deepEqual((await program.request("tools/call", { name: "good json" })).result, goodResult);
  assert.equal(backend.count("good json"), 1);
});
