import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import { authorizeDevice } from "../../../src/oidc/flows/device_authorization.ts";
import { connectProvider } from "../../../src/oidc/provider_connection.ts";
import { startUrl } from "../../../src/oidc/flows/browser_binding.ts";
import { createPerson } from "../../support/person.ts";
import {
  type ProviderAnswer,
  publicClient,
  startProvider,
  type TestProvider,
} from "../../support/provider.ts";
import { until } from "../../support/until.ts";
import { createRig, failure } from "../rig.ts";

const overSsh = () => Promise.resolve("this is an SSH session without a display");

/** What a device endpoint answers when all is well. */
const good = {
  device_code: "secret-device-code",
  user_code: "WDJB-MJHT",
  verification_uri: "https://auth.example/device",
  expires_in: 60,
};

function answerDevice(provider: TestProvider, answer: ProviderAnswer): void {
  provider.intercept(({ endpoint }) => endpoint === "device_authorization" ? answer : undefined);
}

/** How providers refuse a client that may not use the device flow; recorded where a name stands. */
const refusals: Record<string, ProviderAnswer> = {
  "401 invalid_client (Google)": {
    status: 401,
    body: { error: "invalid_client", error_description: "Invalid client type." },
  },
  "401 and nothing else (Spring Authorization Server 7)": { status: 401 },
  "302 to a login page (Spring Authorization Server 7)": {
    status: 302,
    headers: { location: "/login" },
  },
  "400 unauthorized_client (Keycloak 26)": {
    status: 400,
    body: {
      error: "unauthorized_client",
      error_description: "Client is not allowed to initiate OAuth 2.0 Device Authorization Grant.",
    },
  },
  "400 invalid_scope": { status: 400, body: { error: "invalid_scope" } },
  "403 in HTML": { status: 403, headers: { "content-type": "text/html" }, body: "<html>" },
  "404": { status: 404, body: "not found" },
};
for (const [name, answer] of Object.entries(refusals)) {
  Deno.test(`a device request that is refused with ${name} leads to the next way`, async () => {
    await using provider = await startProvider({ deviceFlow: true });
    answerDevice(provider, answer);
    const rig = createRig(provider, { browserObstacle: overSsh });
    const run = rig.signIn();
    await createPerson().visit(startUrl(await run.pending));
    assert.equal((await run.credential).claims?.sub, "ada");
    assert.match(rig.lines.join(""), /going on without the device flow/);
  });
}

Deno.test("a provider that is down is no reason for another way to sign in", async () => {
  await using provider = await startProvider({ deviceFlow: true });
  answerDevice(provider, { status: 503 });
  const rig = createRig(provider, { browserObstacle: overSsh });
  const error = await failure(rig.signIn().credential);
  assert.ok(error.transient);
  assert.doesNotMatch(rig.lines.join(""), /going on/);
});

Deno.test("who signs in over SSH by a printed URL is told how the browser gets there", async () => {
  await using provider = await startProvider();
  const rig = createRig(provider, { browserObstacle: overSsh, loginTimeout: 100 });
  const error = await failure(rig.signIn().credential);
  assert.equal(error.reason, "login_timeout");
  assert.match(error.what, /because this is an SSH session/);
  assert.match(error.fix, /^run authful-mcp-proxy login in a terminal of this machine/);
});

Deno.test("PKCE goes with the device flow", async () => {
  const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
  await using provider = await startProvider({
    deviceFlow: true,
    clients: [{
      ...publicClient,
      grant_types: [...publicClient.grant_types as string[], deviceGrant],
    }],
  });
  provider.intercept(({ endpoint, parameters }) => {
    const isAsked = endpoint === "device_authorization";
    // As a Keycloak 26 whose client has "Require PKCE" on.
    if (!isAsked || parameters.get("code_challenge_method") === "S256") return undefined;
    return {
      status: 400,
      body: {
        error: "invalid_request",
        error_description: "Missing parameter: code_challenge_method",
      },
    };
  });
  const rig = createRig(provider, { flow: "device" });
  const { credential } = rig.signIn();
  const page = () => /, or open (\S+)/.exec(rig.lines.join(""))?.[1];
  await until(() => page() !== undefined, "the page to sign in at");
  await createPerson().visit(page()!);
  assert.equal((await credential).claims?.sub, "ada");
  const parametersOf = (wanted: string) =>
    provider.requests.filter(({ endpoint }) => endpoint === wanted).at(-1)!.parameters;
  const verifier = parametersOf("token").get("code_verifier")!;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const challenge = btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-").replaceAll("/", "_").replace("=", "");
  assert.equal(parametersOf("device_authorization").get("code_challenge"), challenge);
});

for (
  const [field, url] of [
    ["verification_uri", "https://accounts.google.com@evil.example/device"],
    ["verification_uri", "http://auth.example/device"],
    ["verification_uri", "javascript:alert(1)"],
    ["verification_uri_complete", "https://auth.example@evil.example/?code=WDJB-MJHT"],
    ["verification_uri_complete", "https://auth.example/$(touch owned)"],
    ["verification_url", "https://accounts.google.com@evil.example/device"],
  ]
) {
  Deno.test(`nobody is sent to ${url}, named as ${field}`, async () => {
    await using provider = await startProvider({ deviceFlow: true });
    const { verification_uri: _, ...rest } = good;
    const body = field === "verification_url"
      ? { ...rest, [field]: url }
      : { ...good, [field]: url };
    answerDevice(provider, { status: 200, body });
    const rig = createRig(provider, { browserObstacle: overSsh });
    const error = await failure(rig.signIn().credential);
    assert.equal(error.reason, "unsafe_endpoint");
    assert.doesNotMatch(rig.lines.join(""), /enter the code|printed URL/);
  });
}

Deno.test("a page whose name looks like another one is shown as it is opened", async () => {
  await using provider = await startProvider({ deviceFlow: true });
  const complete = "https://auth.example/\u202eecived";
  answerDevice(provider, {
    status: 200,
    body: {
      ...good,
      // The first letter is Cyrillic.
      verification_uri: "https://\u0430uth.example/device",
      verification_uri_complete: complete,
    },
  });
  const rig = createRig(provider, { flow: "device", loginTimeout: 50 });
  await failure(rig.signIn().credential);
  const said = rig.lines.join("");
  assert.match(said, /open https:\/\/xn--uth-[a-z\d]+\.example\/device in a browser/);
  assert.match(said, /or open https:\/\/auth\.example\/%E2%80%AEecived/);
});

Deno.test("a page of a single-page application, with its fragment, is shown", async () => {
  await using provider = await startProvider({ deviceFlow: true });
  const complete = "https://auth.example/#/device?code=WDJB-MJHT";
  answerDevice(provider, { status: 200, body: { ...good, verification_uri_complete: complete } });
  const rig = createRig(provider, { flow: "device", loginTimeout: 50 });
  await failure(rig.signIn().credential);
  assert.ok(rig.lines.join("").includes(`or open ${complete}`));
});

Deno.test("the names of the drafts of RFC 8628, as Google has them, are read", async () => {
  await using provider = await startProvider({ deviceFlow: true });
  const { verification_uri: _, ...rest } = good;
  answerDevice(provider, {
    status: 200,
    body: { ...rest, verification_url: "https://www.google.com/device", interval: "soon" },
  });
  const rig = createRig(provider, { flow: "device", loginTimeout: 50 });
  assert.equal((await failure(rig.signIn().credential)).reason, "login_timeout");
  assert.match(rig.lines.join(""), /open https:\/\/www\.google\.com\/device in a browser/);
});

Deno.test("a provider is asked once a second at most, and within a minute", async () => {
  await using provider = await startProvider({ deviceFlow: true });
  const intervals = [[0.001, 1_000], [0, 5_000], [-3, 5_000], [3e6, 60_000], ["2", 2_000]];
  for (const [interval, expected] of intervals) {
    answerDevice(provider, { status: 200, body: { ...good, interval } });
    assert.equal((await deviceOf(provider)).interval, expected, `interval ${interval}`);
  }
  answerDevice(provider, { status: 200, body: good });
  assert.equal((await deviceOf(provider)).interval, 5_000);
});

async function deviceOf({ issuer, clientId }: TestProvider) {
  const { signal } = new AbortController();
  const connection = await connectProvider(
    {
      issuerUrl: new URL(issuer),
      clientId,
      scopes: ["openid"],
      redirectUrls: [],
      loginTimeout: 30_000,
      log: createLog({ level: "error", write: () => {} }),
    },
    { signal, maxAge: 0 },
  );
  return await authorizeDevice(connection, signal);
}

Deno.test("a code of any length is shown in part, without the device code", async () => {
  await using provider = await startProvider({ deviceFlow: true });
  const body = {
    ...good,
    user_code: `${good.device_code} ${"x".repeat(100_000)}`,
    expires_in: 1,
  };
  provider.intercept(({ endpoint }) =>
    endpoint === "device_authorization"
      ? { status: 200, body }
      : endpoint === "token"
      ? { status: 400, body: { error: "expired_token" } }
      : undefined
  );
  const rig = createRig(provider, { flow: "device" });
  const run = rig.signIn();
  await failure(run.credential);
  assert.match(run.invitations[0].userCode!, /^\[redacted\] x{50,90}/);
  assert.ok(run.invitations[0].userCode!.length <= 200);
  const told = rig.lines.find((line) => line.includes("enter the code")) ?? "";
  assert.match(told, /the code \[redacted\] x{50}/);
  assert.ok(told.length < 500, `${told.length} characters`);
});
