import assert from "node:assert/strict";
import { version } from "../../../src/base/version.ts";
import {
  clientParameters,
  rememberedResult,
  unknownBackendResult,
} from "../../../src/bridge/start/initialize_result.ts";
import { bytes, request, text } from "../message.ts";

for (
  const [params, expected] of [
    [
      { protocolVersion: "2025-06-18", capabilities: { roots: {} } },
      { protocolVersion: "2025-06-18", capabilities: { roots: {} } },
    ],
    [{ protocolVersion: 7, capabilities: "x" }, { protocolVersion: undefined, capabilities: {} }],
    [{ capabilities: null }, { protocolVersion: undefined, capabilities: {} }],
    [null, { protocolVersion: undefined, capabilities: {} }],
    [undefined, { protocolVersion: undefined, capabilities: {} }],
  ] as const
) {
  Deno.test(`the parameters ${JSON.stringify(params)} of a client`, () => {
    assert.deepEqual(clientParameters(request("initialize", params)), expected);
  });
}

const released = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
const url = new URL("https://mcp.test:8443/mcp");

Deno.test("a backend of which nothing is known may offer all there is", () => {
  assert.deepEqual(
    unknownBackendResult({ protocolVersion: "2025-06-18", capabilities: {} }, {
      url,
      tool: "sign_in",
    }),
    {
      protocolVersion: "2025-06-18",
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        logging: {},
        completions: {},
      },
      serverInfo: {
        name: "authful-mcp-proxy (mcp.test:8443)",
        title: "mcp.test:8443",
        version,
      },
      instructions:
        "The sign-in to mcp.test:8443 is pending, so its tools cannot be listed yet. Until it is " +
        "done, the only tool is sign_in: call it to learn what the person has to open in a " +
        "browser. The tools appear when the person has signed in; if they do not, this server " +
        "must be reloaded.",
    },
  );
});

Deno.test("a long host is cut", () => {
  const long = new URL(`https://${"a.".repeat(150)}test/`);
  const { serverInfo } = unknownBackendResult(
    { protocolVersion: undefined, capabilities: {} },
    { url: long, tool: "t" },
  ) as { serverInfo: { title: string } };
  assert.equal(serverInfo.title, `${"a.".repeat(100)}…`);
});

for (const asked of [...released, "2026-07-28", undefined]) {
  Deno.test(`a client that asks for ${asked} gets a version that was released`, () => {
    const isReleased = asked !== undefined && released.includes(asked);
    const { protocolVersion } = unknownBackendResult(
      { protocolVersion: asked, capabilities: {} },
      { url, tool: "t" },
    ) as { protocolVersion: string };
    assert.equal(protocolVersion, isReleased ? asked : "2025-11-25");
    const remembered = bytes(`{"n":1.0, "protocolVersion": "2025-01-01" ,"x":{}}`);
    assert.equal(
      text(rememberedResult(remembered, { protocolVersion: asked, capabilities: {} })),
      `{"n":1.0, "protocolVersion": "${isReleased ? asked : "2025-01-01"}" ,"x":{}}`,
    );
  });
}

Deno.test("a remembered result with the same version, or with none, is that very one", () => {
  for (const remembered of [`{"protocolVersion":"2025-06-18"}`, `{"x":1}`]) {
    const result = bytes(remembered);
    const client = { protocolVersion: "2025-06-18", capabilities: {} };
    assert.equal(rememberedResult(result, client), result);
  }
});
