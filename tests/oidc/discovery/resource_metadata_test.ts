import assert from "node:assert/strict";
import { readResourceMetadata } from "../../../src/oidc/discovery/resource_metadata.ts";
import { rememberSecret } from "../../../src/redactor.ts";

const read = (metadata: unknown) =>
  readResourceMetadata(new URL("https://mcp.example/mcp"), {
    challenge: new Headers(),
    fetch: () => Promise.resolve(Response.json(metadata)),
    signal: new AbortController().signal,
  });

Deno.test("of a thousand authorization servers and more scopes, only so many are looked at", async () => {
  const metadata = await read({
    authorization_servers: Array.from({ length: 1_000 }, (_, i) => `https://auth${i}.example/`),
    scopes_supported: Array.from({ length: 5_000 }, (_, i) => `scope${i}`),
  });
  assert.equal(metadata?.issuers.length, 20);
  assert.equal(metadata?.scopes?.length, 1_000);
});

Deno.test("an authorization server under which nothing can be stored is left out", async () => {
  rememberSecret("a-token-that-became-an-issuer");
  const metadata = await read({
    authorization_servers: [
      `https://auth.example/${"long/".repeat(20_000)}`,
      "https://auth.example/a-token-that-became-an-issuer",
      "https://auth.example/",
    ],
  });
  assert.deepEqual(metadata?.issuers, ["https://auth.example/"]);
});
