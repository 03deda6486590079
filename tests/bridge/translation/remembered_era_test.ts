import assert from "node:assert/strict";
import type { EraVerdict } from "../../../src/bridge/start/backend_memory.ts";
import { initializeRequest, startBridge } from "../bridge_fixture.ts";
import { memoryInProcess, scriptedPerson } from "../start/person_and_memory.ts";
import { sessionBackend } from "./scripted_legacy_backend.ts";
import { modernBackend } from "./scripted_modern_backend.ts";

/** An instant start that goes by memory, which knows this of the backend. */
function startWith(verdict: EraVerdict | undefined) {
  const noted: EraVerdict[] = [];
  const person = scriptedPerson({ isSignedIn: true });
  const memory = {
    ...memoryInProcess(),
    recallVerdict: () => Promise.resolve(verdict && { ...verdict, at: 0 }),
    noteVerdict: (found: EraVerdict) => void noted.push(found),
  };
  const start = {
    mode: "always" as const,
    eagerLogin: "never" as const,
    startGrace: 4_000,
    listGrace: 4_000,
    memory,
    signIn: person.signIn,
  };
  return { start, noted };
}

const discover = {
  jsonrpc: "2.0",
  id: 1,
  method: "server/discover",
  params: { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } },
};

const methods = (received: readonly { message: { method?: string } | undefined }[]) =>
  received.map(({ message }) => message?.method);

Deno.test("a backend that was found to speak the modern era is not offered a session again", async () => {
  const { start, noted } = startWith({ era: "modern", versions: [] });
  await using bridge = startBridge(modernBackend(), { start });
  await bridge.send(initializeRequest);
  assert.equal((await bridge.nextMessage()).result.serverInfo.name, "scripted");
  assert.equal(methods(bridge.received)[0], "server/discover");
  assert.deepEqual(noted, [{ era: "modern", versions: [] }]);
});

Deno.test("a memory of the modern era that is wrong costs one question", async () => {
  const { start } = startWith({ era: "modern", versions: [] });
  await using bridge = startBridge(sessionBackend(), { start });
  await bridge.send(initializeRequest);
  assert.equal((await bridge.nextMessage()).result.serverInfo.name, "backend");
  assert.deepEqual(methods(bridge.received).slice(0, 2), ["server/discover", "initialize"]);
});

Deno.test("a backend that was found to speak the legacy era is begun a session with at once", async () => {
  const { start, noted } = startWith({ era: "legacy", versions: [] });
  await using bridge = startBridge(sessionBackend(), { start });
  await bridge.send(discover);
  assert.deepEqual((await bridge.nextMessage()).result.supportedVersions, ["2026-07-28"]);
  assert.equal(methods(bridge.received)[0], "initialize");
  assert.deepEqual(noted, [{ era: "legacy", versions: [] }]);
});

Deno.test("a memory of the legacy era that is wrong costs one question", async () => {
  const { start } = startWith({ era: "legacy", versions: [] });
  await using bridge = startBridge(modernBackend(), { start });
  await bridge.send(discover);
  assert.equal((await bridge.nextMessage()).result.ttlMs, 1.5);
  assert.deepEqual(methods(bridge.received).slice(0, 2), ["initialize", "server/discover"]);
});
