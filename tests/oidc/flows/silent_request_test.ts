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

/** An answer that comes back to the redirect URL with these parameters. */
const back = (parameters: Record<string, string>) => () =>
  new Response(null, {
    status: 302,
    headers: { location: `${redirectUrl}?${new URLSearchParams(parameters)}` },
  });
const atRequest = (answer: () => Response) => (url: URL) =>
  url.searchParams.has("prompt") ? answer() : undefined;

Deno.test("what comes back to the redirect URL says whether a sign-in would be refused", async () => {
  const person = [
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
  ];
  for (const error of person) {
    assert.deepEqual(await ask({ answer: atRequest(back({ error })) }), { kind: "known" }, error);
  }
  // A person who is signed in already, for whatever reason.
  assert.deepEqual(await ask({ answer: atRequest(back({ code: "c" })) }), { kind: "known" });
  assert.deepEqual(await ask({ answer: atRequest(back({ error: "invalid_scope" })) }), {
    kind: "refused",
    error: "invalid_scope",
    description: undefined,
  });
  const answer = atRequest(back({ error: "access_denied", error_description: "no" }));
  assert.deepEqual(await ask({ answer }), {
    kind: "refused",
    error: "access_denied",
    description: "no",
  });
});

Deno.test("only a page with a client error is about the client", async () => {
  for (const status of [200, 399, 500]) {
    const page = () => new Response("x", { status });
    assert.deepEqual(await ask({ answer: atRequest(page) }), { kind: "unclear", status });
  }
  for (const status of [400, 499]) {
    const page = () => new Response("<head>a</head><b>Bad</b>&nbsp; request", { status });
    assert.deepEqual(await ask({ answer: atRequest(page) }), {
      kind: "error page",
      status,
      page: "Bad request",
      isClientUnknown: true,
    });
  }
});

Deno.test("a page that names the client is compared without that name, and with its status", async () => {
  const asked = (status: (isMadeUp: boolean) => number) =>
    ask({
      answer: (url) => {
        if (!url.searchParams.has("prompt")) return undefined;
        const id = url.searchParams.get("client_id")!;
        return new Response(`${id} is wrong`, { status: status(id.startsWith("nobody-")) });
      },
    });
  const isUnknown = async (status: (isMadeUp: boolean) => number) => {
    const answer = await asked(status);
    return answer.kind === "error page" && answer.isClientUnknown;
  };
  assert.equal(await isUnknown(() => 400), true);
  assert.equal(await isUnknown((isMadeUp) => isMadeUp ? 401 : 400), false);
});

Deno.test("nothing of the request goes to another origin, nor round in circles", async () => {
  const asked: URL[] = [];
  const away = (location: string) => (url: URL) => {
    if (!url.searchParams.has("prompt") && !url.pathname.startsWith("/round")) return undefined;
    asked.push(url);
    return new Response(null, { status: 302, headers: { location } });
  };
  assert.deepEqual(await ask({ answer: away("https://elsewhere.test/") }), {
    kind: "unclear",
    status: 302,
  });
  assert.equal(asked.length, 1);
  asked.length = 0;
  assert.deepEqual(await ask({ answer: away("/round") }), { kind: "unclear", status: 302 });
  assert.ok(asked.length > 2 && asked.length < 20, `${asked.length}`);
});
