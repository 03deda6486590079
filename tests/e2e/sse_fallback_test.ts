import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { startEverything } from "../support/everything.ts";

Deno.test("a backend that only speaks HTTP+SSE is found out and used", async () => {
  await using everything = await startEverything({ transport: "sse" });
  await using company = await startCompany({ backend: everything.url });
  await using program = await company.start();
  await Promise.all([company.signIn(), program.initialize({ protocolVersion: "2024-11-05" })]);
  const { result } = await program.request("tools/list");
  assert.ok((result?.tools as unknown[]).length > 5);
  const calls = Array.from(
    { length: 10 },
    (_, index) =>
      program.request("tools/call", { name: "echo", arguments: { message: `${index}` } }),
  );
  for (const [index, call] of calls.entries()) {
    assert.deepEqual((await call).result?.content, [{ type: "text", text: `Echo: ${index}` }]);
  }
  company.gateway.refuse(1);
  assert.ok((await program.request("tools/list")).result, "a refused token is renewed here, too");
  assert.equal(company.provider.count("token", "refresh_token"), 1);
  await program.endInput();
  assert.equal((await program.exit).code, 0);
});
