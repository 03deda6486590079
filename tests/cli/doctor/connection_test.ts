import assert from "node:assert/strict";
import { checkConnection } from "../../../src/cli/doctor/checks/connection.ts";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";

Deno.test("doctor: a backend that wants the certificate of this client is not taken for one that is not trusted", async () => {
  const variables: Record<string, string> = { MCP_BACKEND_URL: "https://backend.test/mcp" };
  const env = (name: string) => variables[name];
  const resolved = await resolveSettings({
    flags: {},
    getEnv: env,
    readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
  });
  // A server that closes at once may cut its own alert off: this is what fetch makes of a whole one.
  const cause = new Error("received fatal alert: CertificateRequired");
  const findings = await checkConnection({
    resolved,
    env,
    os: "linux",
    fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
    connections: { fetch, fetchAlone: fetch, replace() {} },
    log: silentLog,
    dates: [],
    unreachable: new Set(),
    failed: new Set(),
    signal: new AbortController().signal,
  });
  const [{ verdict, found, fix }] = findings.filter(({ found }) => /backend/.test(found));
  assert.equal(verdict, "failure");
  assert.match(found, /https:\/\/backend\.test wants a certificate of this client/);
  assert.match(fix ?? "", /--client-cert and --client-key/);
});
