import assert from "node:assert/strict";
import { startCountingBackend } from "../support/counting_backend.ts";
import { type Company, startCompany } from "../support/company.ts";
import {
  accessDenied,
  authenticationRequired,
  cannotConnect,
  type ForwardProxy,
  startForwardProxy,
} from "../support/forward_proxy.ts";
import { startHttpsServer } from "../support/https_server.ts";
import { confidentialClient } from "../support/provider.ts";

const client = {
  ...confidentialClient("client_secret_basic"),
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
};
const nowhere = new URL("https://mcp.corp.test/mcp");

/** A company whose program is a machine with a credential of its own: nobody signs in. */
function startMachine(): Promise<Company> {
  return startCompany({
    provider: { clients: [client], clientCredentials: true },
    backend: nowhere,
  });
}

/** What the program answers to `initialize` with a backend behind this proxy. */
async function failure(
  company: Company,
  { proxy, url = nowhere.href, args = [] }: { proxy: string; url?: string; args?: string[] },
) {
  await using program = await company.start({
    args: [url, "--allow-http", "--retry-window", "2", ...args],
    env: {
      OIDC_CLIENT_ID: client.client_id,
      OIDC_CLIENT_SECRET: client.client_secret,
      OIDC_FLOW: "client-credentials",
      [url.startsWith("https:") ? "HTTPS_PROXY" : "HTTP_PROXY"]: proxy,
    },
  });
  const since = performance.now();
  const { error } = await program.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  assert(error, "the backend was reached");
  return { ...error, took: performance.now() - since };
}

const withUser = (proxy: ForwardProxy) => `http://ada:wr0ng-pass@${proxy.url.host}`;

Deno.test("what a proxy refuses is told by the proxy, its variable and its answer", async (t) => {
  await using company = await startMachine();

  await t.step("it wants a user name and a password, and is not asked again", async () => {
    await using proxy = startForwardProxy({ answer: () => authenticationRequired });
    const { message, data } = await failure(company, { proxy: proxy.url.href });
    assert.equal(
      message,
      `Network error: the proxy http://${proxy.url.host} (HTTPS_PROXY) wants a user name and ` +
        `password (HTTP 407). Fix: add them to HTTPS_PROXY, as ` +
        `http://USER:PASSWORD@${proxy.url.host}.`,
    );
    assert.equal(data?.reason, "proxy_authentication");
    assert.deepEqual(proxy.requests, ["CONNECT mcp.corp.test:443 HTTP/1.1"]);
  });

  await t.step("it does not accept the password, which is not repeated", async () => {
    await using proxy = startForwardProxy({ answer: () => authenticationRequired });
    const { message } = await failure(company, { proxy: withUser(proxy) });
    assert.match(
      message,
      /does not accept the user name and password .* correct them in HTTPS_PROXY/,
    );
    assert(!message.includes("wr0ng-pass"));
    assert.deepEqual(proxy.requests, ["CONNECT mcp.corp.test:443 HTTP/1.1 (ada:wr0ng-pass)"]);
  });

  await t.step("plain http: it wants a user name and a password", async () => {
    await using proxy = startForwardProxy({ answer: () => authenticationRequired });
    const url = "http://mcp.corp.test/mcp";
    const { message, data } = await failure(company, { proxy: proxy.url.href, url });
    assert.match(message, /the proxy http:\S+ \(HTTP_PROXY\) wants a user name and password/);
    assert.equal(data?.reason, "proxy_authentication");
    assert.equal(proxy.requests.length, 1);
  });

  await t.step("its rules do not allow the host", async () => {
    await using proxy = startForwardProxy({ answer: () => accessDenied });
    const { message, data } = await failure(company, { proxy: proxy.url.href });
    assert.match(
      message,
      /does not let this machine through to mcp\.corp\.test:443 \(HTTP 403 Forbidden\)\. Fix: ask who runs the proxy, or name mcp\.corp\.test in NO_PROXY/,
    );
    assert.equal(data?.reason, "proxy_refused");
    // Once by fetch, which does not say what was answered, and once to find out.
    assert.equal(proxy.requests.length, 2);
  });

  await t.step("it cannot reach the backend", async () => {
    await using proxy = startForwardProxy({ answer: () => cannotConnect });
    const { message, data } = await failure(company, { proxy: proxy.url.href });
    assert.match(message, /did not reach mcp\.corp\.test:443 \(HTTP 503 Service Unavailable\)/);
    assert.equal(data?.reason, "backend_unreachable");
  });

  await t.step(
    "plain http: it ends in the middle of a call, and is named beside the backend",
    async () => {
      await using proxy = startForwardProxy({ answer: () => "hang up" });
      const url = "http://mcp.corp.test/mcp";
      const { message, data } = await failure(company, { proxy: proxy.url.href, url });
      assert.match(
        message,
        /the connection to http:\/\/mcp\.corp\.test through the proxy http:\S+ \(HTTP_PROXY\) was lost .*the backend's log, and at the proxy's, before/,
      );
      assert.equal(data?.reason, "connection_lost");
    },
  );

  await t.step("it is down", async () => {
    const proxy = startForwardProxy();
    await proxy[Symbol.asyncDispose]();
    const { message, data } = await failure(company, { proxy: proxy.url.href });
    assert.match(
      message,
      /no connection to the proxy http:\S+ \(HTTPS_PROXY\) \(tcp connect error/,
    );
    assert.match(message, /Fix: check HTTPS_PROXY/);
    assert.equal(data?.reason, "proxy_unreachable");
  });

  await t.step("its name is unknown", async () => {
    const { message } = await failure(company, { proxy: "http://proxy.invalid:3128" });
    assert.match(
      message,
      /no connection to the proxy http:\/\/proxy\.invalid:3128 \(HTTPS_PROXY\)/,
    );
  });
});

Deno.test("behind a proxy that does not answer, --connect-timeout holds", async () => {
  await using company = await startMachine();
  await using proxy = startForwardProxy({ answer: () => "silence" });
  const { message, data, took } = await failure(company, {
    proxy: proxy.url.href,
    args: ["--connect-timeout", "2"],
  });
  assert.equal(data?.reason, "connect_timeout");
  assert.match(message, /through the proxy http:\S+ \(HTTPS_PROXY\)/);
  assert(took > 1_900 && took < 15_000, `${took} ms`);
});

Deno.test("the authority that signed for a proxy that looks into TLS is named", async () => {
  await using company = await startMachine();
  await using inspector = await startHttpsServer();
  await using proxy = startForwardProxy({ destination: `127.0.0.1:${inspector.url.port}` });
  const { message } = await failure(company, { proxy: proxy.url.href });
  assert.match(message, /issued by CN=Test Authority/);
  assert.match(message, /--ca-cert/);
});

Deno.test("a variable that names no proxy is left out, and said so", async () => {
  await using backend = await startCountingBackend();
  await using company = await startCompany({
    provider: { clients: [client], clientCredentials: true },
    backend: backend.url,
  });
  await using program = await company.start({
    env: {
      OIDC_CLIENT_ID: client.client_id,
      OIDC_CLIENT_SECRET: client.client_secret,
      OIDC_FLOW: "client-credentials",
      HTTPS_PROXY: "::::",
    },
  });
  await program.initialize();
  await program.logged(/\[warn\] HTTPS_PROXY names no proxy that can be used/);
});
