import assert from "node:assert/strict";
import { startProvider } from "../../support/provider.ts";
import { createRig } from "../rig.ts";

const redirectUrl = "http://127.0.0.1:8080/auth/callback";
const { signal } = new AbortController();

/** What an authorization request without a person finds out, with some of its answers replaced. */
async function ask(
  { clientId, answer }: { clientId?: string; answer?: (url: URL) => Response | undefined } = {},
) {
  await using provider = await startProvider();
  const { client } = createRig(
    { issuer: provider.issuer, clientId: clientId ?? provider.clientId },
    {
      fetch: async (url, init) => answer?.(new URL(url)) ?? await fetch(url, init),
    },
  );
  return await client.askSilently({ redirectUrl, signal });
}

Deno.test("a client that the provider knows is known before anybody signs in", async () => {
  assert.deepEqual(await ask(), { kind: "known" });
});

Deno.test("a client that the provider does not know is told from a wrong redirect URL", async () => {
  const answer = await ask({ clientId: "nobody" });
  assert.equal(answer.kind, "error page");
  assert.equal(answer.kind === "error page" && answer.isClientUnknown, true);
});

Deno.test("a provider that fails at the request says nothing about the client", async () => {
  // Django OAuth Toolkit 3.4 answers so to a good request with `prompt=none`, and 400 to a bad one.
  const answer = await ask({
    answer: (url) =>
      url.searchParams.has("prompt")
        ? new Response("<h1>Server Error (500)</h1>", { status: 500 })
        : undefined,
  });
  assert.deepEqual(answer, { kind: "unclear", status: 500 });
});

Deno.test("an empty page for whatever is wrong tells neither client nor redirect URL", async () => {
  // Glewlwyd 2.7 answers so to an unknown client and to a redirect URL that is not registered.
  const answer = await ask({
    answer: (url) =>
      url.searchParams.has("prompt") ? new Response(null, { status: 403 }) : undefined,
  });
  assert.deepEqual(answer, { kind: "error page", status: 403, page: "" });
});
