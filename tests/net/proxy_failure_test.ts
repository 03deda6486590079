import assert from "node:assert/strict";
import {
  authenticationFailure,
  explainProxyFailure,
  proxyFailure,
} from "../../src/net/proxy_failure.ts";
import {
  accessDenied,
  authenticationRequired,
  cannotConnect,
  startForwardProxy,
} from "../support/forward_proxy.ts";

const url = new URL("https://backend.test/mcp");

function proxyAt(address: string) {
  return { url: new URL(address), variable: "HTTPS_PROXY" };
}
const proxy = proxyAt("http://proxy.test:3128");
const around = "name backend.test in NO_PROXY if it can be reached directly";

Deno.test("a proxy that wants a name is told from one that does not accept it", () => {
  assert.deepEqual(authenticationFailure(proxy), {
    what:
      "the proxy http://proxy.test:3128 (HTTPS_PROXY) wants a user name and password (HTTP 407)",
    fix: "add them to HTTPS_PROXY, as http://USER:PASSWORD@proxy.test:3128",
    reason: "proxy_authentication",
    transient: false,
  });
  for (const user of ["ada:secret", "ada", ":secret"]) {
    const failure = authenticationFailure(proxyAt(`http://${user}@proxy.test:3128`));
    assert.match(failure.what, /does not accept the user name and password \(HTTP 407\)$/);
    assert.equal(
      failure.fix,
      "correct them in HTTPS_PROXY; characters such as @ and : are written as %40 and %3A there",
    );
    assert.doesNotMatch(failure.what, /secret/);
  }
  for (const why of ["tunnel error: Proxy Authentication Required", "tunnel error"]) {
    const answer = why === "tunnel error" ? { status: 407, message: "HTTP 407" } : undefined;
    assert.deepEqual(proxyFailure(why, { url, proxy, answer }), authenticationFailure(proxy));
  }
});

Deno.test("a proxy that did not reach the address is told from one that refuses it", () => {
  const behind = (status: number) =>
    proxyFailure("unsuccessful tunnel", {
      url,
      proxy,
      answer: { status, message: `HTTP ${status}` },
    });
  assert.deepEqual(behind(500), {
    what:
      "the proxy http://proxy.test:3128 (HTTPS_PROXY) did not reach backend.test:443 (HTTP 500)",
    fix: `check the address and that backend.test is running, or ${around}`,
    reason: "backend_unreachable",
    transient: true,
  });
  assert.deepEqual(behind(499), {
    what:
      "the proxy http://proxy.test:3128 (HTTPS_PROXY) does not let this machine through to backend.test:443 " +
      "(HTTP 499)",
    fix: `ask who runs the proxy, or ${around}`,
    reason: "proxy_refused",
    transient: false,
  });
  for (
    const [address, target] of [
      ["http://backend.test/", "backend.test:80"],
      ["https://backend.test:8443/", "backend.test:8443"],
    ]
  ) {
    const failure = proxyFailure("tunnel error", { url: new URL(address), proxy });
    assert.equal(
      failure?.what,
      `the proxy http://proxy.test:3128 (HTTPS_PROXY) does not let this machine through to ${target}`,
    );
  }
});

Deno.test("a proxy that cannot be reached is what its variable names", () => {
  const texts = [
    "tcp connect error",
    "DNS error",
    "timed out",
    "timeout",
    "Invalid response version",
    "SOCKS error",
  ];
  for (const why of texts) {
    assert.deepEqual(proxyFailure(why, { url, proxy }), {
      what: `no connection to the proxy http://proxy.test:3128 (HTTPS_PROXY) (${why})`,
      fix: `check HTTPS_PROXY and the network, or ${around}`,
      reason: "proxy_unreachable",
      transient: true,
    });
  }
  for (const why of ["certificate expired", "connection closed", ""]) {
    assert.equal(proxyFailure(why, { url, proxy }), undefined);
  }
});

Deno.test("each sign of what a proxy did is read, in whatever letters", () => {
  const rows = [
    ["unsuccessful tunnel", "proxy_refused"],
    ["a TUNNEL that failed", "proxy_refused"],
    ["PROXY authentication required", "proxy_authentication"],
    ["a tcp CONNECT error", "proxy_unreachable"],
    ["time out", "proxy_unreachable"],
    ["timed  out", undefined],
  ] as const;
  for (const [why, reason] of rows) {
    assert.equal(proxyFailure(why, { url, proxy })?.reason, reason, why);
  }
});

const refusedTunnel = new TypeError("client error (Connect): unsuccessful tunnel");

Deno.test("a proxy that refused is asked once more why", async () => {
  for (
    const [answer, reason, says] of [
      [authenticationRequired, "proxy_authentication", /wants a user name and password/],
      [accessDenied, "proxy_refused", /through to backend\.test:443 \(HTTP 403 Forbidden\)$/],
      [cannotConnect, "backend_unreachable", /did not reach backend\.test:443 \(HTTP 503 /],
      ["hang up", "proxy_refused", /does not let this machine through to backend\.test:443$/],
      ["HTTP/1.1 200 OK\r\n\r\n", "proxy_refused", /through to backend\.test:443$/],
    ] as const
  ) {
    await using asked = startForwardProxy({ answer: () => answer });
    const failure = await explainProxyFailure(refusedTunnel, url, {
      proxy: { url: asked.url, variable: "HTTPS_PROXY" },
    });
    assert.equal(failure?.reason, reason);
    assert.match(failure.what, says);
    assert.deepEqual(asked.requests, ["CONNECT backend.test:443 HTTP/1.1"]);
  }
});

Deno.test("a proxy that does not say why is waited for no longer than told", async () => {
  await using silent = startForwardProxy({ answer: () => "silence" });
  const failure = await explainProxyFailure(refusedTunnel, url, {
    proxy: { url: silent.url, variable: "HTTPS_PROXY" },
    timeout: 20,
  });
  assert.equal(failure?.reason, "proxy_refused");
});

Deno.test("a proxy is waited for three seconds", async () => {
  const { timeout } = AbortSignal;
  const waited: number[] = [];
  AbortSignal.timeout = (time) => {
    waited.push(time);
    return timeout.call(AbortSignal, 20);
  };
  try {
    await using silent = startForwardProxy({ answer: () => "silence" });
    const on = { proxy: { url: silent.url, variable: "HTTPS_PROXY" } };
    await explainProxyFailure(refusedTunnel, url, on);
    assert.deepEqual(waited, [3_000]);
  } finally {
    AbortSignal.timeout = timeout;
  }
});

Deno.test("a proxy is not asked when it refused nothing, or was not on the way", async () => {
  await using asked = startForwardProxy({ answer: () => accessDenied });
  const on = { proxy: { url: asked.url, variable: "HTTPS_PROXY" } };
  const unreachable = await explainProxyFailure(new TypeError("dns error: x"), url, on);
  assert.equal(unreachable?.reason, "proxy_unreachable");
  assert.equal(await explainProxyFailure(new TypeError("reset"), url, on), undefined);
  assert.equal(await explainProxyFailure(refusedTunnel, new URL("https://127.0.0.1/")), undefined);
  assert.deepEqual(asked.requests, []);
});
