import assert from "node:assert/strict";
import { examine } from "../../../src/cli/doctor/examine.ts";
import { checkTitles, type Finding } from "../../../src/cli/doctor/finding.ts";
import { initializeRequest } from "../../../src/cli/doctor/initialize_request.ts";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";
import { rememberSecret } from "../../../src/base/redactor.ts";
import { version } from "../../../src/base/version.ts";
import { examinationOf } from "./examination_of.ts";

/** An examination that goes no further than the settings and the store of this machine. */
const alone = (more = {}) =>
  examinationOf({ OIDC_FLOW: "device", MCP_PROXY_CACHE_DIR: "/no/such/secret-in-a-path" }, more);

Deno.test("doctor tells each check's findings as they come, all of them at the end, in order", async () => {
  const told: Finding[][] = [];
  const examination = await alone();
  const all = await examine(examination, (findings) => void told.push([...findings]));
  assert.deepEqual(told.flat(), all);
  assert.equal(told.length, Object.keys(checkTitles).length);
  const order = Object.keys(checkTitles);
  const places = all.map(({ check }) => order.indexOf(check));
  assert.deepEqual(places, places.toSorted((a, b) => a - b));
  assert.ok(examination.failed.has("settings"), "no backend is named");
  const failed = all.filter(({ verdict }) => verdict === "failure").map(({ check }) => check);
  assert.deepEqual([...examination.failed], [...new Set(failed)]);
});

Deno.test("doctor repeats no secret, neither in what it found nor in what to do", async () => {
  rememberSecret("secret-in-a-path");
  const all = await examine(await alone(), () => {});
  const texts = all.flatMap(({ found, fix }) => [found, fix ?? ""]).join("\n");
  assert.match(texts, /\[redacted\]/);
  assert.doesNotMatch(texts, /secret-in-a-path/);
});

Deno.test("doctor that is stopped tells nothing more", async () => {
  const told: unknown[] = [];
  const signal = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(
    async () => await examine(await alone({ signal }), (findings) => told.push(findings)),
    /stopped/,
  );
  assert.deepEqual(told, []);
});

Deno.test("the first message of doctor is that of a client of the legacy era", () => {
  assert.deepEqual(initializeRequest, {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "authful-mcp-proxy doctor", version },
    },
  });
});

Deno.test("the checks have titles, in the order in which they run", () => {
  assert.deepEqual(Object.entries(checkTitles), [
    ["settings", "Settings"],
    ["names", "Name resolution"],
    ["proxy", "Proxy variables"],
    ["connection", "Connections"],
    ["clock", "Clock"],
    ["provider", "Provider"],
    ["client", "Client at the provider"],
    ["workload", "Workload"],
    ["redirect", "Redirect ports"],
    ["browser", "Browser"],
    ["store", "Store"],
    ["backend", "Backend without a token"],
    ["exchange", "Company sign-on"],
    ["access", "Backend with a token"],
  ]);
});

Deno.test("the silent log has every level, and says nothing", () => {
  assert.deepEqual(Object.keys(silentLog).sort(), ["debug", "error", "info", "notice", "warn"]);
  for (const say of Object.values(silentLog)) assert.equal(say("x"), undefined);
});
