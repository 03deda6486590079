import assert from "node:assert/strict";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";
import { createBackendFetch } from "../../../src/oidc/discovery/backend_fetch.ts";
import { createNetwork } from "../network.ts";
import { failure } from "../rig.ts";

const backendUrl = new URL("https://mcp.test/mcp");

Deno.test("the person's header fields go to the backend, and to nobody else", async () => {
  const network = createNetwork(() => ({}));
  let read = 0;
  const fetch = await createBackendFetch({
    backendUrl,
    backendHeaders: () => (read++, Promise.resolve({ "x-gateway": "key", accept: "any" })),
    fetch: network.fetch,
    log: silentLog,
  });
  await fetch(`${backendUrl.origin}/other`);
  await fetch(backendUrl.href, { method: "POST", headers: { accept: "text" }, body: "b" });
  await fetch("https://auth.test/", { headers: { accept: "text" } });
  assert.deepEqual(
    network.sent.map(({ method, body, headers }) => [
      method,
      body,
      headers.get("x-gateway"),
      headers.get("accept"),
    ]),
    [["GET", "", "key", "any"], ["POST", "b", "key", "text"], ["GET", "", null, "text"]],
  );
  assert.equal(read, 1);
});

Deno.test("without header fields nothing is added, and errors name the backend's setting", async () => {
  const network = createNetwork(({ url }) =>
    url.pathname === "/far"
      ? new Response(null, { status: 302, headers: { location: "https://else.test/" } })
      : {}
  );
  const fetch = await createBackendFetch({ backendUrl, fetch: network.fetch, log: silentLog });
  await fetch(backendUrl.href, { headers: { accept: "text" } });
  assert.deepEqual(
    [...network.sent[0]!.headers.keys()].filter((name) => name !== "user-agent"),
    ["accept"],
  );
  const error = await failure(fetch(`${backendUrl.origin}/far`));
  assert.equal(error.fix, "point MCP_BACKEND_URL at the final address");
});

Deno.test("a clock that is off is told by the time that is given", async () => {
  const told: string[] = [];
  const now = Date.UTC(2026, 10, 26);
  const network = createNetwork(() =>
    Response.json({}, { headers: { date: new Date(now + 60_000).toUTCString() } })
  );
  const fetch = await createBackendFetch({
    backendUrl,
    fetch: network.fetch,
    log: { ...silentLog, info: (line) => void told.push(line) },
    now: () => now,
  });
  await fetch(backendUrl.href);
  assert.match(told.join(), /^the clock of this machine is 60 s behind/);
});
