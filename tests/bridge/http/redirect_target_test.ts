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
  assert(refusal(301, `https://other.test/${"a".repeat(200_000)}`).message.length < 1_500);
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
