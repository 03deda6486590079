import assert from "node:assert/strict";
import { redirectTarget } from "../../../src/bridge/http/redirect_target.ts";
import { ProxyError } from "../../../src/base/errors.ts";

const backend = new URL("https://backend.test/mcp");

function redirect(status: number, location: string, from = backend) {
  return () => redirectTarget(new Response(null, { status, headers: { location } }), from, "POST");
}

function refusal(status: number, location: string, from = backend): ProxyError {
  try {
    redirect(status, location, from)();
  } catch (error) {
    assert(error instanceof ProxyError);
    return error;
  }
  throw new Error("the redirect was followed");
}

Deno.test("a user name in a redirect never becomes a header field", () => {
  assert.equal(redirect(307, "/mcp/")().href, "https://backend.test/mcp/");
  const error = refusal(307, "https://user:pw@backend.test/mcp/");
  assert.match(error.what, /with a user name in the URL/);
  assert(!error.message.includes("pw"));
});

Deno.test("a redirect from https to http leads to the same address with https", () => {
  const error = refusal(307, "http://backend.test/mcp/");
  assert.equal(error.fix, "set MCP_BACKEND_URL to https://backend.test/mcp/");
});

Deno.test("a redirect from http to https leads to the address with https", () => {
  const error = refusal(301, "https://backend.test/mcp", new URL("http://backend.test/mcp"));
  assert.match(error.fix, /^set MCP_BACKEND_URL to https:\/\/backend\.test\/mcp, /);
});

Deno.test("a gateway's sign-in page is named, without its query", () => {
  for (const host of ["https://login.gateway.test", "https://backend.test"]) {
    const error = refusal(302, `${host}/oauth2/login?rd=${"x".repeat(300)}&state=s3cret`);
    assert(!error.message.includes("s3cret") && !error.message.includes("?"), error.message);
    assert.match(error.fix, /sign-in page of a gateway.*Bearer token/);
  }
});

Deno.test("a place of 200 kB is not repeated whole", () => {
  const place = (length: number) => `https://other.test/${"a".repeat(length - 19)}`;
  assert.equal(
    refusal(301, place(300)).what,
    `https://backend.test/mcp redirects to ${place(300)} (HTTP 301)`,
  );
  for (const length of [301, 200_000]) {
    assert.equal(
      refusal(301, place(length)).what,
      `https://backend.test/mcp redirects to ${place(300)}… (HTTP 301)`,
    );
  }
});

Deno.test("a redirect that does not say where to leads nowhere, not to the same address", () => {
  for (const status of [300, 304, 307, 308]) {
    for (
      const headers of [{}, { location: "" }, { location: "https://" }] as Record<string, string>[]
    ) {
      const response = new Response(null, { status, headers });
      assert.throws(() => redirectTarget(response, backend, "POST"), {
        category: "Backend error",
        what: `https://backend.test/mcp redirects without saying where to (HTTP ${status})`,
        fix: "ask the backend's operator for the address of its MCP endpoint",
        reason: "redirected",
      });
    }
  }
});

Deno.test("a redirect is followed on the backend's own origin, with the same method", () => {
  const rows: [status: number, method: string, isFollowed: boolean][] = [
    [307, "POST", true],
    [308, "POST", true],
    [301, "POST", false],
    [302, "POST", false],
    [303, "POST", false],
    [301, "GET", true],
    [302, "GET", true],
    [307, "DELETE", true],
    [301, "DELETE", false],
  ];
  for (const [status, method, isFollowed] of rows) {
    const response = new Response(null, { status, headers: { location: "/other?a=b" } });
    const follow = () => redirectTarget(response, backend, method);
    if (isFollowed) assert.equal(follow().href, "https://backend.test/other?a=b");
    else assert.throws(follow, { reason: "redirected" }, `${status} ${method}`);
  }
  const elsewhere = new Response(null, { status: 307, headers: { location: "https://b.test/" } });
  assert.throws(() => redirectTarget(elsewhere, backend, "GET"), { reason: "redirected" });
});

Deno.test("what to do about a redirect that is not followed", () => {
  const operator = "ask the backend's operator for the address of its MCP endpoint";
  const signIn =
    "if this is the sign-in page of a gateway, ask its operator to let requests with a " +
    "Bearer token of this provider through to the backend";
  const trust = (url: string) => `set MCP_BACKEND_URL to ${url}, if you trust it`;
  const http = new URL("http://backend.test/mcp");
  const port = new URL("https://backend.test:8443/mcp");
  const rows: [status: number, location: string, from: URL, what: string, fix: string][] = [
    [
      302,
      "/other?a=b",
      backend,
      "to https://backend.test/other (HTTP 302)",
      trust("https://backend.test/other"),
    ],
    [302, "/login", backend, "to https://backend.test/login (HTTP 302)", signIn],
    [301, "/SignIn", backend, "to https://backend.test/SignIn (HTTP 301)", signIn],
    [301, "/a/sign-in", backend, "to https://backend.test/a/sign-in (HTTP 301)", signIn],
    [301, "/authorize", backend, "to https://backend.test/authorize (HTTP 301)", signIn],
    [
      301,
      "https://other.test/login",
      backend,
      "to https://other.test/login (HTTP 301)",
      trust("https://other.test/login"),
    ],
    [
      307,
      "https://other.test/",
      backend,
      "to https://other.test/ (HTTP 307)",
      trust("https://other.test/"),
    ],
    [
      308,
      "https://other.test/",
      backend,
      "to https://other.test/ (HTTP 308)",
      trust("https://other.test/"),
    ],
    [302, "https://other.test/", backend, "to https://other.test/ (HTTP 302)", signIn],
    [303, "https://other.test/", backend, "to https://other.test/ (HTTP 303)", signIn],
    [
      307,
      "http://backend.test/login",
      backend,
      "to http://backend.test/login (HTTP 307)",
      "set MCP_BACKEND_URL to https://backend.test/login",
    ],
    [
      307,
      "http://other.test/x",
      backend,
      "to http://other.test/x (HTTP 307)",
      trust("http://other.test/x"),
    ],
    [
      307,
      "http://backend.test:81/x",
      http,
      "to http://backend.test:81/x (HTTP 307)",
      trust("http://backend.test:81/x"),
    ],
    [
      307,
      "http://backend.test/x",
      port,
      "to http://backend.test/x (HTTP 307)",
      "set MCP_BACKEND_URL to https://backend.test:8443/x",
    ],
    [
      307,
      "https://user@backend.test/x",
      backend,
      "to https://backend.test/x (HTTP 307), with a user name in the URL",
      operator,
    ],
    [
      307,
      "https://:pw@backend.test/x",
      backend,
      "to https://backend.test/x (HTTP 307), with a user name in the URL",
      operator,
    ],
  ];
  for (const [status, location, from, what, fix] of rows) {
    const error = refusal(status, location, from);
    assert.equal(error.what, `${from.href} redirects ${what}`);
    assert.equal(error.fix, fix);
    assert.deepEqual([error.reason, error.category], ["redirected", "Backend error"]);
  }
});
