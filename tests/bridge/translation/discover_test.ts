import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { createOwnExchange, type Exchange } from "../../../src/bridge/exchange.ts";
import type { ModernEra } from "../../../src/bridge/modern/modern_era.ts";
import {
  clientOf,
  discover,
  metaOf,
  modernClientOf,
  supportedVersions,
} from "../../../src/bridge/translation/discover.ts";
import { bytes, errorResponse, message, request, response, text } from "../message.ts";

const shown = (value: Uint8Array | undefined) => value && text(value);

Deno.test("a client says in initialize who it is, each as it was written", () => {
  const { info, capabilities } = clientOf(message(
    `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"clientInfo":{"name": "c"},"capabilities":{"tasks":{},"x":1.0}}}`,
  ));
  assert.deepEqual([shown(info), shown(capabilities)], [`{"name": "c"}`, `{"x":1.0}`]);
  const nobody = { info: undefined, capabilities: undefined };
  for (const params of [undefined, {}, []]) {
    assert.deepEqual(clientOf(request("initialize", params)), nobody);
  }
});

Deno.test("a client of the modern era says in each request who it is", () => {
  const { info, capabilities } = modernClientOf(message(
    `{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"io.modelcontextprotocol/clientInfo":{"name": "c"},"io.modelcontextprotocol/clientCapabilities":{"tasks":{},"x":1.0}}}}`,
  ));
  assert.deepEqual([shown(info), shown(capabilities)], [`{"name": "c"}`, `{"x":1.0}`]);
  const nobody = { info: undefined, capabilities: undefined };
  for (const params of [undefined, {}, { _meta: {} }, { _meta: [] }]) {
    assert.deepEqual(modernClientOf(request("x", params)), nobody);
  }
});

Deno.test("what a request says of the client", () => {
  const info = bytes(`{"name":"c"}`);
  const capabilities = bytes(`{"roots":{}}`);
  assert.deepEqual(metaOf({ info, capabilities }, `"info"`), {
    "io.modelcontextprotocol/protocolVersion": `"2026-07-28"`,
    "io.modelcontextprotocol/clientInfo": info,
    "io.modelcontextprotocol/clientCapabilities": capabilities,
    "io.modelcontextprotocol/logLevel": `"info"`,
  });
  assert.deepEqual(metaOf({ info: undefined, capabilities: undefined }), {
    "io.modelcontextprotocol/protocolVersion": `"2026-07-28"`,
    "io.modelcontextprotocol/clientInfo": undefined,
    "io.modelcontextprotocol/clientCapabilities": "{}",
    "io.modelcontextprotocol/logLevel": undefined,
  });
});

/** An era that answers what it is asked so, and keeps that. */
function era(answer: (exchange: Exchange) => void) {
  const asked: string[] = [];
  const modern = {
    request(exchange: Exchange) {
      asked.push(text(exchange.request));
      answer(exchange);
      return Promise.resolve();
    },
  } as unknown as ModernEra;
  return { asked, modern };
}

Deno.test("a backend is asked what it is with what the client says of itself", async () => {
  const answers = [response({ a: 1 }), errorResponse({ code: 1 })];
  for (const answer of answers) {
    const { asked, modern } = era((exchange) => exchange.answer(answer));
    const outer = createOwnExchange(request("initialize"), "client");
    const client = { info: bytes(`{"name":"c"}`), capabilities: undefined };
    assert.equal(text(await discover(client, { outer, modern })), text(answer));
    assert.deepEqual(asked, [
      `{"jsonrpc":"2.0","id":"authful-mcp-proxy-discover","method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c"},"io.modelcontextprotocol/clientCapabilities":{}}}}`,
    ]);
  }
});

Deno.test("a client that says nothing of itself is not named, and no answer is an error", async () => {
  const { asked, modern } = era(() => {});
  const outer = createOwnExchange(request("initialize"), "client");
  const client = { info: undefined, capabilities: bytes(`{"roots":{}}`) };
  await assert.rejects(
    discover(client, { outer, modern }),
    (error) => error instanceof ProxyError && error.reason === "no_answer",
  );
  assert.deepEqual(asked, [
    `{"jsonrpc":"2.0","id":"authful-mcp-proxy-discover","method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"roots":{}}}}}`,
  ]);
});

for (
  const [given, versions] of [
    [response({ supportedVersions: ["2026-07-28", "é"] }), ["2026-07-28", "é"]],
    [response({ supportedVersions: [7, "a", null, ["b"]] }), ["a"]],
    [response({ supportedVersions: [] }), []],
    [response({ supportedVersions: "2026-07-28" }), []],
    [response({ versions: ["a"] }), []],
    [response(null), []],
    [errorResponse({ supportedVersions: ["a"] }), []],
  ] as const
) {
  Deno.test(`the versions of ${text(given)}`, () => {
    assert.deepEqual(supportedVersions(given), versions);
  });
}
