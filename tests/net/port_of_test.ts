import assert from "node:assert/strict";
import { portOf } from "../../src/net/port_of.ts";

Deno.test("a URL leads to its own port, or to that of its scheme", () => {
  const ports = {
    "https://a.test/": 443,
    "http://a.test/": 80,
    "https://a.test:80/": 80,
    "http://a.test:443/": 443,
    "https://a.test:8443/": 8443,
  };
  for (const [url, port] of Object.entries(ports)) assert.equal(portOf(new URL(url)), port, url);
});
