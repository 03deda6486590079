import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";

Deno.test("a call whose backend is killed is answered, and the next works after a restart", async () => {
  await using company = await startCompany();
  await using program = await company.start();
  await Promise.all([company.signIn(), program.initialize()]);

  await program.send({
    jsonrpc: "2.0",
    id: "doomed",
    method: "tools/call",
    params: {
      name: "trigger-long-running-operation",
      arguments: { duration: 600, steps: 6000 },
      _meta: { progressToken: "doomed" },
    },
  });
  await program.message((message) => message.method === "notifications/progress");
  await company.everything.kill();
  const killed = Date.now();
  const { error } = await program.message((message) => message.id === "doomed");
  const took = Date.now() - killed;
  // A connection that dies without a word is looked after only when 30 s are over.
  assert.ok(took < 20_000, `it took ${took} ms to say so`);
  assert.match(error?.message ?? "", /^(Backend|Network) error: .+\. Fix: /);
  assert.ok(error!.code <= -32000 && error!.code >= -32019, `code ${error?.code}`);
  assert.equal(typeof error?.data?.reason, "string");

  await company.everything.start();
  const next = await program.request("tools/call", {
    name: "echo",
    arguments: { message: "still here" },
  });
  assert.deepEqual(next.result?.content, [{ type: "text", text: "Echo: still here" }]);
  assert.equal(company.browser.count(), 1);
  assert.equal(program.messages.filter((message) => message?.id === "doomed").length, 1);
});
