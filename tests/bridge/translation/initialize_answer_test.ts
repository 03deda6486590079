import assert from "node:assert/strict";
import { initializeAnswer } from "../../../src/bridge/translation/initialize_answer.ts";
import { errorResponse, request, response, valueOf } from "../message.ts";

const host = "mcp.test:8443";
const initialize = (protocolVersion?: unknown) => request("initialize", { protocolVersion });

Deno.test("what a backend says of itself becomes the answer to initialize", () => {
  const discovered = response({
    resultType: "complete",
    supportedVersions: ["2026-07-28"],
    ttlMs: 1,
    cacheScope: "public",
    capabilities: { tools: { listChanged: true }, tasks: {} },
    instructions: "Be kind",
    _meta: { "io.modelcontextprotocol/serverInfo": { name: "s", version: "2" }, other: 1 },
  });
  const answer = initializeAnswer(discovered, { initialize: initialize("2025-06-18"), host });
  assert.deepEqual(valueOf(answer).result, {
    instructions: "Be kind",
    _meta: { "io.modelcontextprotocol/serverInfo": { name: "s", version: "2" }, other: 1 },
    protocolVersion: "2025-06-18",
    serverInfo: { name: "s", version: "2" },
    capabilities: { tools: { listChanged: true } },
  });
});

Deno.test("a backend that says nothing of itself has the name of its host", () => {
  for (const result of [{}, { _meta: {} }, { _meta: [] }]) {
    const answer = initializeAnswer(response(result), { initialize: initialize(), host });
    assert.deepEqual(valueOf(answer).result, {
      ...result,
      protocolVersion: "2025-11-25",
      serverInfo: { name: host, version: "unknown" },
      capabilities: {},
    });
  }
});

for (
  const [asked, given] of [
    ["2024-11-05", "2024-11-05"],
    ["2025-03-26", "2025-03-26"],
    ["2025-11-25", "2025-11-25"],
    ["2026-07-28", "2025-11-25"],
    ["1999-01-01", "2025-11-25"],
    [7, "2025-11-25"],
    [undefined, "2025-11-25"],
  ]
) {
  Deno.test(`who asks for version ${asked} gets ${given}`, () => {
    const answer = initializeAnswer(response({}), { initialize: initialize(asked), host });
    assert.equal(valueOf(answer).result.protocolVersion, given);
  });
}

Deno.test("an error is the answer as it came", () => {
  const error = errorResponse({ code: -1, message: "no" });
  assert.equal(initializeAnswer(error, { initialize: initialize(), host }), error);
});
