import assert from "node:assert/strict";
import { checkProxy } from "../../../src/cli/doctor/checks/proxy.ts";
import { peersOf } from "../../../src/cli/doctor/checks/hosts.ts";
import { examinationOf, inShort } from "./examination_of.ts";

const findings = async (variables: Record<string, string>) => {
  const found = checkProxy(
    await examinationOf({
      MCP_BACKEND_URL: "https://backend.test/mcp",
      OIDC_ISSUER_URL: "https://auth.test",
      ...variables,
    }),
  );
  for (const { check } of found) assert.equal(check, "proxy");
  return inShort(found);
};

const through = (role: string, how: string) => ["ok", `${role}, is reached ${how}`];
const provider = "the provider, auth.test";
const backend = "the backend, backend.test";

Deno.test("doctor: without proxy variables there is no proxy", async () => {
  assert.deepEqual(await findings({}), [["ok", "none is set"]]);
  assert.deepEqual(await findings({ NO_PROXY: "*" }), [["ok", "none is set"]]);
});

Deno.test("doctor: who is reached through which proxy, and who is not", async () => {
  const proxy = { HTTPS_PROXY: "http://user:password@proxy.test:3128" };
  const by = "through http://proxy.test:3128 (HTTPS_PROXY), with a user name";
  assert.deepEqual(await findings(proxy), [through(provider, by), through(backend, by)]);
  assert.deepEqual(await findings({ ...proxy, NO_PROXY: " auth.test" }), [
    ["ok", "NO_PROXY is  auth.test"],
    through(provider, "directly"),
    through(backend, by),
  ]);
  assert.deepEqual(await findings({ ...proxy, NO_PROXY: " ", no_proxy: "auth.test" }), [
    ["ok", "no_proxy is auth.test"],
    through(provider, "directly"),
    through(backend, by),
  ]);
  const long = `${"x".repeat(499)}yz`;
  assert.deepEqual((await findings({ ...proxy, NO_PROXY: long }))[0], [
    "ok",
    `NO_PROXY is ${long.slice(0, 500)}`,
  ]);
  const plain = {
    MCP_BACKEND_URL: "http://backend.test:8080/mcp",
    MCP_PROXY_ALLOW_HTTP: "true",
    HTTP_PROXY: "http://proxy.test:3128",
  };
  assert.deepEqual((await findings(plain)).map(([, found]) => found), [
    `${provider}, is reached directly`,
    "the backend, backend.test:8080, is reached through http://proxy.test:3128 (HTTP_PROXY)",
  ]);
});

Deno.test("doctor: a variable that names no proxy is told, and ignored", async () => {
  const unusable = (name: string) => [
    "warning",
    `${name} names no proxy that can be used and is ignored`,
    `set ${name} to something like http://proxy.company.com:3128, or unset it`,
  ];
  assert.deepEqual(await findings({ HTTPS_PROXY: "ftp://proxy.test" }), [unusable("HTTPS_PROXY")]);
  const both = { HTTPS_PROXY: "http://proxy.test:3128", HTTP_PROXY: "ftp://proxy.test" };
  assert.deepEqual(await findings({ ...both, NO_PROXY: "x.test" }), [
    unusable("HTTP_PROXY"),
    ["ok", "NO_PROXY is x.test"],
    through(provider, "through http://proxy.test:3128 (HTTPS_PROXY)"),
    through(backend, "through http://proxy.test:3128 (HTTPS_PROXY)"),
  ]);
});

Deno.test("the peers are the provider and the backend, as far as they are set", async () => {
  const peers = async (variables: Record<string, string>) => {
    const { resolved: { settings } } = await examinationOf(variables);
    return peersOf(settings).map(({ role, url, setting }) => [role, url.href, setting]);
  };
  const issuer = ["the provider", "https://auth.test/", "OIDC_ISSUER_URL"];
  const url = ["the backend", "https://backend.test/mcp", "MCP_BACKEND_URL"];
  const [backendUrl, issuerUrl] = [
    { MCP_BACKEND_URL: "https://backend.test/mcp" },
    { OIDC_ISSUER_URL: "https://auth.test" },
  ];
  assert.deepEqual(await peers({ ...backendUrl, ...issuerUrl }), [issuer, url]);
  assert.deepEqual(await peers(backendUrl), [url]);
  assert.deepEqual(await peers(issuerUrl), [issuer]);
  assert.deepEqual(await peers({}), []);
});
