import assert from "node:assert/strict";
import { authenticationFailure, proxyFailure } from "../../src/net/proxy_failure.ts";

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
