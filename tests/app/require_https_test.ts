import assert from "node:assert/strict";
import { requireHttps } from "../../src/app/require_https.ts";

Deno.test("plain http needs --allow-http away from this machine", () => {
  const remote = new URL("http://mcp.example.com/mcp");
  assert.throws(
    () => requireHttps(remote, false),
    { reason: "plain_http", message: /^Configuration error: .*--allow-http/ },
  );
  assert.equal(requireHttps(remote, true), true);
  for (const url of ["http://localhost:1/", "http://127.0.0.1/", "http://[::1]/", "https://a.b/"]) {
    assert.equal(requireHttps(new URL(url), false), false);
  }
});
