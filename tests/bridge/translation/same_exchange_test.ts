/**
 * The same server, native in the client's era and translated into it: random sequences of requests
 * must be answered alike.
 *
 * @module
 */
import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { seededRandom } from "../seeded_random.ts";
import { bridgeTransport } from "./connect_in_process.ts";
import { startModernBackend } from "./modern_backend.ts";

const seeds = 10;
const length = 40;

const requests: readonly [method: string, params: Record<string, unknown>][] = [
  ["tools/list", {}],
  ["tools/call", { name: "echo", arguments: { text: "Grüße\u2028" } }],
  ["tools/call", { name: "add", arguments: { a: 1, b: 2.5 } }],
  ["tools/call", { name: "add", arguments: { a: "no number" } }],
  ["tools/call", { name: "fail", arguments: { message: "no" } }],
  ["tools/call", { name: "nothing", arguments: {} }],
  ["tools/call", { name: "image", arguments: {} }],
  ["resources/list", {}],
  ["resources/templates/list", {}],
  ["resources/read", { uri: "test://static" }],
  ["resources/read", { uri: "test://items/7" }],
  // Not one that is missing: this server has the modern era's code for it in the legacy one, too.
  ["prompts/list", {}],
  ["prompts/get", { name: "greet", arguments: { name: "Ada" } }],
  ["prompts/get", { name: "nobody" }],
  ["completion/complete", {
    ref: { type: "ref/prompt", name: "greet" },
    argument: { name: "name", value: "A" },
  }],
  ["nothing/known", {}],
];

/** Without the words of errors, and the members that only the modern era has. */
// deno-lint-ignore no-explicit-any -- answers of every shape
function comparable({ result, error }: any) {
  if (error) return { code: error.code };
  const { resultType: _r, ttlMs: _t, cacheScope: _c, _meta, ...rest } = result;
  return rest;
}

async function exchange(
  url: URL,
  { era, seed, isTranslated }: {
    era: "legacy" | "modern";
    seed: number;
    isTranslated: boolean;
  },
): Promise<unknown[]> {
  const random = seededRandom(seed);
  const transport = bridgeTransport(url);
  const answers: unknown[] = [];
  transport.onmessage = (message) => message.id !== undefined && answers.push(message);
  await transport.start();
  const send = async (id: number, method: string, params: unknown) => {
    await transport.send({ jsonrpc: "2.0", id, method, params });
    await until(() => answers.length === id + 1, `the answer to ${method}, seed ${seed}`);
  };
  const _meta = era === "legacy" ? undefined : {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  if (era === "legacy") {
    await send(0, "initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    });
    await transport.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  } else {
    await send(0, "server/discover", { _meta });
  }
  for (let id = 1; id <= length; id++) {
    const [method, params] = random.pick(requests);
    await send(id, method, { ...params, _meta });
  }
  await transport.close();
  assert.equal(transport.logged.some((line) => line.includes("are translated")), isTranslated);
  return answers.slice(1).map(comparable);
}

for (const era of ["legacy", "modern"] as const) {
  Deno.test(`${era}: a translated exchange is the one with a native backend`, async () => {
    await using native = startModernBackend({ legacy: true });
    await using other = startModernBackend(
      era === "legacy" ? {} : { legacy: true, modern: false },
    );
    for (let seed = 1; seed <= seeds; seed++) {
      assert.deepEqual(
        await exchange(other.url, { era, seed, isTranslated: true }),
        await exchange(native.url, { era, seed, isTranslated: false }),
        `seed ${seed}`,
      );
    }
  });
}
