import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { startUrl } from "../../../src/oidc/flows/browser_binding.ts";
import type { ControllingTerminal } from "../../../src/oidc/flows/controlling_terminal.ts";
import { createPerson } from "../../support/person.ts";
import { publicClient, startProvider, type TestProvider } from "../../support/provider.ts";
import { createRig, failure } from "../rig.ts";

/** A terminal at which these lines are typed, one at each question. */
function typed(...lines: (string | Promise<string>)[]): ControllingTerminal {
  return { readLine: async () => await lines.shift() };
}

/** What the browser of the person on another machine ends at, without reaching this one. */
async function lastUrl(authorizationUrl: string): Promise<string> {
  const person = createPerson({ stopBefore: (url) => url.pathname === "/auth/callback" });
  return (await person.visit(authorizationUrl)).headers.get("location")!;
}

const failingOpener = () =>
  Promise.reject(
    new ProxyError({
      category: "System error",
      what: "the browser was not opened",
      fix: "open it yourself",
      reason: "browser_failed",
    }),
  );

/** Runs a sign-in whose answer is pasted. */
async function pasteAnswer(
  provider: TestProvider,
  answer: (url: string) => string,
  changes: Parameters<typeof createRig>[1] = {},
) {
  const line = Promise.withResolvers<string>();
  const rig = createRig(provider, {
    openTerminal: () =>
      Promise.resolve(typed("", "https://example.com/?state=other", line.promise)),
    ...changes,
  });
  const run = rig.signIn();
  const { authorizationUrl } = await run.pending;
  assert.deepEqual(run.invitations, [], "there is nothing but the provider's URL to be opened");
  line.resolve(answer(await lastUrl(authorizationUrl)));
  return { credential: await run.credential, rig };
}

Deno.test("paste: the URL of the last page, after an empty line and a wrong one", async () => {
  await using provider = await startProvider();
  const { credential, rig } = await pasteAnswer(provider, (url) => url, { flow: "paste" });
  assert.equal(credential.claims?.sub, "ada");
  assert.match(rig.lines.join(""), /that is not the answer to this sign-in/);
});

for (const part of [/^http:\/\//, /^[^?]*/, /^[^?]*\?/]) {
  Deno.test(`paste: the URL without ${part.source}`, async () => {
    await using provider = await startProvider();
    const { credential } = await pasteAnswer(provider, (url) => url.replace(part, ""), {
      flow: "paste",
    });
    assert.equal(credential.claims?.sub, "ada");
  });
}

Deno.test("paste: a signed answer to another sign-in does not end this one", async () => {
  await using provider = await startProvider();
  const foreign = `http://127.0.0.1/auth/callback?response=e30.${btoa('{"state":"other"}')}.x`;
  const line = Promise.withResolvers<string>();
  const { credential } = await pasteAnswer(provider, (url) => (line.resolve(url), url), {
    flow: "paste",
    openTerminal: () => Promise.resolve(typed(foreign, line.promise)),
  });
  assert.equal(credential.claims?.sub, "ada");
});

Deno.test("a scope that was not granted is named, those that go without saying are not", async () => {
  await using provider = await startProvider();
  const rig = createRig(provider, { scopes: ["openid", "offline_access", "tools.never"] });
  await rig.signIn().credential;
  assert.match(rig.lines.join(""), /\[info\] the provider did not grant tools\.never: /);
});

Deno.test("paste: the code alone, and no port needed", async () => {
  await using provider = await startProvider();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { credential } = await pasteAnswer(
    provider,
    (url) => new URL(url).searchParams.get("code")!,
    {
      flow: "paste",
      redirectUrls: [new URL(`http://127.0.0.1:${taken.addr.port}/auth/callback`)],
    },
  );
  assert.equal(credential.claims?.sub, "ada");
});

Deno.test("paste: a word that is no code is asked again, and so is a code that is refused", async () => {
  await using provider = await startProvider();
  const line = Promise.withResolvers<string>();
  const { credential, rig } = await pasteAnswer(provider, (url) => (line.resolve(url), url), {
    flow: "paste",
    openTerminal: () =>
      Promise.resolve(typed("garbage", "garbage-that-is-as-long-as-a-code", line.promise)),
  });
  assert.equal(credential.claims?.sub, "ada");
  // One for what looked like a code, one for the real one.
  assert.equal(provider.count("token"), 2);
  assert.match(rig.lines.join(""), /paste the whole URL of the last page instead/);
});

Deno.test("paste without a terminal is a configuration error", async () => {
  await using provider = await startProvider();
  const rig = createRig(provider, {
    flow: "paste",
    openTerminal: () => Promise.resolve(undefined),
  });
  const error = await failure(rig.signIn().credential);
  assert.equal(error.reason, "no_terminal");
  assert.equal(error.category, "Configuration error");
});

Deno.test("auto: a browser that cannot be opened leads to the terminal, and says why", async () => {
  await using provider = await startProvider();
  const line = Promise.withResolvers<string>();
  const rig = createRig(provider, {
    openBrowser: failingOpener,
    openTerminal: () => Promise.resolve(typed(line.promise)),
  });
  let latest = "";
  const credential = rig.client.signIn({
    signal: new AbortController().signal,
    onPending: async ({ authorizationUrl }) => {
      latest = authorizationUrl;
      if (provider.count("token") === 0 && rig.lines.some((text) => /pasted URL/.test(text))) {
        line.resolve(await lastUrl(latest));
      }
    },
  });
  assert.equal((await credential).claims?.sub, "ada");
  assert.match(rig.lines.join(""), /by a pasted URL, because the browser was not opened/);
});

Deno.test("auto: with an obstacle, and neither device flow nor terminal, the URL is printed", async () => {
  await using provider = await startProvider();
  const rig = createRig(provider, {
    browserObstacle: () => Promise.resolve("this is a container without a display"),
  });
  const run = rig.signIn();
  await createPerson().visit(startUrl(await run.pending));
  await run.credential;
  assert.match(rig.lines.join(""), /by a printed URL, because this is a container/);
});

Deno.test("device: the pace of the provider is kept, and denial ends it", async () => {
  await using provider = await startProvider({
    deviceFlow: true,
    clients: [{
      ...publicClient,
      grant_types: ["urn:ietf:params:oauth:grant-type:device_code"],
      redirect_uris: [],
      response_types: [],
    }],
  });
  const answers = ["authorization_pending", "authorization_pending", "access_denied"];
  const times: number[] = [];
  provider.intercept((request) => {
    if (request.endpoint === "device_authorization") {
      return {
        status: 200,
        body: {
          device_code: "d",
          user_code: "WDJB-MJHT",
          verification_uri: "https://auth.example/device",
          expires_in: 60,
          interval: 0.1,
        },
      };
    }
    if (request.endpoint !== "token") return undefined;
    times.push(request.at);
    // The second one as GitHub sends it.
    return { status: times.length === 2 ? 200 : 400, body: { error: answers.shift()! } };
  });
  const rig = createRig(provider, { flow: "device" });
  const run = rig.signIn();
  const error = await failure(run.credential);
  assert.equal(error.reason, "access_denied");
  assert.equal(times.length, 3);
  const [{ expiresAt, ...invitation }, ...others] = run.invitations;
  assert.deepEqual(invitation, { url: "https://auth.example/device", userCode: "WDJB-MJHT" });
  assert.ok(Math.abs(expiresAt - times[0] - 30_000) < 2_000);
  assert.deepEqual(others, []);
  assert.ok(times[2] - times[1] >= 95);
  assert.match(rig.lines.join(""), /https:\/\/auth\.example\/device .* enter the code WDJB-MJHT/);
});

Deno.test("device: nobody is waited for longer than the code lasts, whatever the pace", async () => {
  await using provider = await startProvider({ deviceFlow: true });
  provider.intercept((request) =>
    request.endpoint === "device_authorization"
      ? {
        status: 200,
        body: {
          device_code: "d",
          user_code: "WDJB-MJHT",
          verification_uri: "https://auth.example/device",
          expires_in: 0.2,
          // More than a timer can count.
          interval: 3e6,
        },
      }
      : undefined
  );
  const error = await failure(createRig(provider, { flow: "device" }).signIn().credential);
  assert.equal(error.reason, "login_timeout");
  assert.equal(provider.count("token"), 0);
});

Deno.test("device: a provider without it is named", async () => {
  await using provider = await startProvider();
  const error = await failure(createRig(provider, { flow: "device" }).signIn().credential);
  assert.equal(error.reason, "no_device_flow");
});

Deno.test("where no scope would bring a refresh token, the hint is about the client", async () => {
  await using provider = await startProvider({ refreshTokens: "never" });
  const place = `${provider.issuer}/.well-known/openid-configuration`;
  const { scopes_supported: _, ...metadata } = await (await fetch(place)).json();
  const hints = [
    [["refresh_token"], /allow this client the refresh_token grant there, or, where only/],
    [["authorization_code"], /its metadata knows no refresh tokens/],
  ] as const;
  for (const [grant_types_supported, hint] of hints) {
    provider.intercept(({ endpoint }) =>
      endpoint === "discovery"
        ? { status: 200, body: { ...metadata, grant_types_supported } }
        : undefined
    );
    const rig = createRig(provider);
    await rig.signIn().credential;
    assert.match(rig.lines.join(""), /gave no refresh token, so the next sign-in is due/);
    assert.match(rig.lines.join(""), hint);
    assert.doesNotMatch(rig.lines.join(""), /OIDC_SCOPES/);
  }
});

Deno.test("a missing refresh token is hinted at when offline_access would bring one", async () => {
  await using provider = await startProvider({ refreshTokens: "offline_access" });
  const rig = createRig(provider);
  const credential = await rig.signIn().credential;
  assert.equal(credential.refreshToken, undefined);
  assert.match(rig.lines.join(""), /add offline_access to OIDC_SCOPES/);
});
