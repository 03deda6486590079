import assert from "node:assert/strict";
import { requireHttps } from "../../src/app/require_https.ts";

const inTheClear = new URL("http://mcp.company.com:8080/mcp");

Deno.test("a token travels in the clear only where that is allowed", () => {
  assert.equal(requireHttps(inTheClear, true), true);
  assert.throws(() => requireHttps(inTheClear, false), {
    category: "Configuration error",
    what:
      "http://mcp.company.com:8080/mcp would be shown the token over plain http, for everyone " +
      "on the way",
    fix: "use its https address, or pass --allow-http if the network is safe",
    reason: "plain_http",
  });
});

Deno.test("over https and on this machine it does not", () => {
  for (const url of ["https://mcp.company.com/", "http://localhost:1/", "http://127.0.0.1/"]) {
    for (const allowed of [true, false]) assert.equal(requireHttps(new URL(url), allowed), false);
  }
});
