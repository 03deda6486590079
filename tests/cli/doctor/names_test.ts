import assert from "node:assert/strict";
import { checkNames } from "../../../src/cli/doctor/checks/names.ts";
import { examinationOf } from "./examination_of.ts";

/** What is found where a lookup takes so many seconds and ends without an address. */
async function findings(seconds: number, variables: Record<string, string> = {}) {
  let time = 0;
  const examination = await examinationOf({
    MCP_BACKEND_URL: "https://backend.test/mcp",
    ...variables,
  }, { os: "linux" });
  return await checkNames(examination, {
    now: () => time,
    addressesOf(name) {
      time += seconds * 1000;
      return Promise.reject(new Error(`getaddrinfo ENOTFOUND ${name}`));
    },
  });
}

Deno.test("doctor: a DNS server that keeps connections through a proxy waiting is told", async () => {
  const proxied = await findings(10, { HTTPS_PROXY: "http://proxy.test:3128" });
  assert.deepEqual(proxied.map(({ verdict }) => verdict), ["warning", "warning"]);
  const [, { found, fix }] = proxied;
  assert.equal(
    found,
    "the DNS server took 10 s for backend.test; each new connection waits for it, though the proxy " +
      "needs no address",
  );
  assert.match(fix ?? "", /set RES_OPTIONS="timeout:1 attempts:1"/);
  const direct = await findings(10);
  assert.deepEqual(direct.map(({ verdict }) => verdict), ["failure", "warning"]);
  assert.doesNotMatch(direct[1].fix ?? "", /RES_OPTIONS/);
});

Deno.test("doctor: one that says at once that there is no address is not", async () => {
  const [...found] = await findings(0.1, { HTTPS_PROXY: "http://proxy.test:3128" });
  assert.deepEqual(found.map(({ verdict }) => verdict), ["warning"]);
});

Deno.test("doctor: names without an address are told the provider first", async () => {
  const found = await findings(0.1, { OIDC_ISSUER_URL: "https://auth.test/realm" });
  assert.deepEqual(found.map(({ found }) => found.split(",")[0]), ["auth.test", "backend.test"]);
});
