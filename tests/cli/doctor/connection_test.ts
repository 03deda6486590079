import assert from "node:assert/strict";
import { checkConnection } from "../../../src/cli/doctor/checks/connection.ts";
import type { Examination } from "../../../src/cli/doctor/examination.ts";
import { examinationOf, inShort } from "./examination_of.ts";

Deno.test("doctor: a backend that wants the certificate of this client is not taken for one that is not trusted", async () => {
  // A server that closes at once may cut its own alert off: this is what fetch makes of a whole one.
  const cause = new Error("received fatal alert: CertificateRequired");
  const findings = await checkConnection(
    await examinationOf({ MCP_BACKEND_URL: "https://backend.test/mcp" }, {
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
    }),
  );
  const [{ verdict, found, fix }] = findings.filter(({ found }) => /backend/.test(found));
  assert.equal(verdict, "failure");
  assert.match(found, /https:\/\/backend\.test wants a certificate of this client/);
  assert.match(fix ?? "", /--client-cert and --client-key/);
});

/** What doctor finds where each host answers so; with the examination, and what was asked. */
async function findings(
  answers: Record<string, () => Response | Promise<Response>>,
  variables: Record<string, string> = {},
  more: Partial<Examination> = {},
) {
  const asked: { url: string; init?: RequestInit }[] = [];
  const examination = await examinationOf(
    {
      MCP_BACKEND_URL: "https://backend.test/mcp",
      OIDC_ISSUER_URL: "https://auth.test/realm",
      ...variables,
    },
    {
      fetch: async (url, init) => {
        asked.push({ url: String(url), init });
        return await answers[String(url)]!();
      },
      ...more,
    },
  );
  const found = await checkConnection(examination);
  for (const { check } of found) assert.equal(check, "connection");
  return { told: inShort(found), asked, examination };
}

const fails = (error: Error) => () => Promise.reject(error);
const refused = new TypeError("fetch failed", { cause: new Error("connection refused") });

Deno.test("doctor: each host is asked once, and by nothing that has an effect", async () => {
  const answer = () => new Response(null, { status: 405 });
  const both = { "https://auth.test": answer, "https://backend.test": answer };
  const { told, asked, examination } = await findings(both);
  assert.deepEqual(told, [
    ["ok", "the provider, https://auth.test, can be reached, and its certificate is trusted"],
    ["ok", "the backend, https://backend.test, can be reached, and its certificate is trusted"],
  ]);
  assert.deepEqual(asked.map(({ init }) => [init?.method, init?.redirect]), [
    ["HEAD", "manual"],
    ["HEAD", "manual"],
  ]);
  assert.deepEqual([[...examination.unreachable], examination.dates], [[], []]);
  const local = "http://127.0.0.1:8080";
  const one = await findings({ [local]: answer }, {
    MCP_BACKEND_URL: `${local}/mcp`,
    OIDC_ISSUER_URL: `${local}/auth`,
  });
  assert.deepEqual(one.told, [["ok", `the provider, ${local}, can be reached`]]);
  const rest = await findings(both, {}, { unreachable: new Set(["auth.test"]) });
  assert.deepEqual(rest.asked.map(({ url }) => url), ["https://backend.test"]);
});

Deno.test("doctor: the clocks of those who answer are noted", async () => {
  const at = Date.now() - 120_000;
  const date = new Date(at).toUTCString();
  const { examination } = await findings({
    "https://auth.test": () => new Response(null, { headers: { date } }),
    "https://backend.test": () => new Response(null, { headers: { date: "yesterday" } }),
  });
  const [{ origin, skew }, ...others] = examination.dates as [typeof examination.dates[0]];
  assert.deepEqual([origin, others], ["https://auth.test", []]);
  assert.ok(skew >= 120_000 - 1 && skew < 130_000, `${skew}`);
  const none = await findings({
    "https://auth.test": () => new Response(),
    "https://backend.test": () => new Response(null, { headers: { date } }),
  });
  assert.deepEqual(none.examination.dates.map(({ origin }) => origin), ["https://backend.test"]);
  const both = await findings({
    "https://auth.test": () => new Response(null, { headers: { date } }),
    "https://backend.test": () => new Response(null, { headers: { date } }),
  });
  assert.deepEqual(both.examination.dates.map(({ origin }) => origin), [
    "https://auth.test",
    "https://backend.test",
  ]);
});

Deno.test("doctor: a host that cannot be reached is told with the setting that names it", async () => {
  const timeout = new DOMException("timed out", "TimeoutError");
  const { told, examination } = await findings({
    "https://auth.test": fails(refused),
    "https://backend.test": fails(timeout),
  }, { MCP_PROXY_CONNECT_TIMEOUT: "7" });
  assert.deepEqual(told, [
    [
      "failure",
      "the provider, https://auth.test, cannot be reached: connection refused",
      "check OIDC_ISSUER_URL, the network and whether a VPN is needed",
    ],
    [
      "failure",
      "the backend, https://backend.test, cannot be reached: no answer within 7 s",
      "check MCP_BACKEND_URL, the network and whether a VPN is needed",
    ],
  ]);
  assert.deepEqual([...examination.unreachable], ["auth.test", "backend.test"]);
  const other = await findings({
    "https://auth.test": fails(new DOMException("stopped", "AbortError")),
    "https://backend.test": () => new Response(),
  });
  assert.doesNotMatch(other.told[0]![1]!, /no answer within/);
});

Deno.test("doctor: a host that does not answer is waited for as long as connecting may take", async () => {
  const end = new AbortController();
  const { told } = await findings(
    {},
    {},
    {
      signal: end.signal,
      fetch: (url, init) => {
        if (String(url) !== "https://backend.test") return Promise.resolve(new Response());
        assert.ok(init?.signal instanceof AbortSignal);
        const { signal } = init;
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          end.abort(new Error("ended"));
        });
      },
    },
  );
  assert.match(told[1]![1]!, /cannot be reached: ended/);
});
