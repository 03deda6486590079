import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import type { FaultName } from "../support/faults.ts";
import { startFaultyBackend } from "../support/faulty_backend.ts";

for (
  const fault of [
    "500",
    "html",
    "202",
    "a stream that ends at once",
    "a connection closed without an answer",
    "307 elsewhere",
    "an http error with a json-rpc error",
  ] satisfies FaultName[]
) {
  Deno.test(`initialize that meets "${fault}" is answered, and the next one works`, async () => {
    await using backend = await startFaultyBackend();
    await using company = await startCompany({ backend: backend.url });
    await using program = await company.start({
      args: [backend.url.href, "--retry-window", "1"],
    });
    // It is asked what it speaks when its answer says nothing, and says nothing else.
    const first = ["initialize", "server/discover"];
    for (const method of first) backend.switch(method, fault);
    const [, failed] = await Promise.all([
      company.signIn(),
      program.initialize().then(() => undefined, (error: Error) => error),
    ]);
    assert.match(failed?.message ?? "", /initialize failed: .*"message":/);
    for (const method of first) backend.switch(method, undefined);
    assert.ok((await program.initialize()).result);
    assert.ok((await program.request("tools/list")).result);
  });
}

for (const fault of ["405", "500", "html", "a stream that ends at once"] satisfies FaultName[]) {
  Deno.test(`a GET stream that meets "${fault}" harms nobody`, async () => {
    await using backend = await startFaultyBackend();
    await using company = await startCompany({ backend: backend.url });
    await using program = await company.start({ args: [backend.url.href] });
    backend.switch("GET", fault);
    await Promise.all([company.signIn(), program.initialize()]);
    for (let call = 0; call < 20; call++) {
      assert.ok((await program.request("tools/call", { name: "good json" })).result);
    }
    assert.ok(backend.count(fault) <= 4, `${backend.count(fault)} attempts in no time`);
    if (fault === "405") return;
    backend.switch("GET", undefined);
    await backend.push({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    await program.message(({ method }) => method === "notifications/tools/list_changed");
  });
}

Deno.test("a backend that is down for a moment costs read-only methods nothing but time", async () => {
  await using backend = await startFaultyBackend();
  await using company = await startCompany({ backend: backend.url });
  await using program = await company.start({ args: [backend.url.href] });
  await Promise.all([company.signIn(), program.initialize()]);
  await program.request("ping");
  await backend.down();
  const waiting = [
    program.request("tools/list"),
    program.request("tools/call", { name: "good json" }),
  ];
  await program.logged(/./);
  await backend.up();
  for (const answer of waiting) assert.ok((await answer).result);
  assert.equal(backend.count("good json"), 1);
});

Deno.test("a backend that stays down is an error within the window", async () => {
  await using backend = await startFaultyBackend();
  await using company = await startCompany({ backend: backend.url });
  await using program = await company.start({
    args: [backend.url.href, "--retry-window", "1"],
  });
  await Promise.all([company.signIn(), program.initialize()]);
  await program.request("ping");
  await backend.down();
  const start = performance.now();
  const { error } = await program.request("tools/call", { name: "good json" });
  // Without the option it is 20 s.
  assert.ok(performance.now() - start < 15_000);
  // A connection that is closed at this very moment may still have carried the request.
  assert.match(error?.data?.reason as string, /^(backend_unreachable|connection_lost)$/);
  assert.match(error?.message ?? "", /^Network error: .*127\.0\.0\.1/);
});
