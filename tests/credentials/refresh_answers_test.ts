/**
 * What each answer to a refresh means for the refresh token: between the credential source and a
 * token endpoint that rotates refresh tokens and notes each second use, or that does not rotate,
 * and whose clock, by which it dates its answers and ID tokens, may be another than ours.
 *
 * @module
 */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { createOidcClient } from "../../src/oidc/oidc_client.ts";
import { RefreshError } from "../../src/base/refresh_error.ts";
import { flowError } from "./scripted_flows.ts";
import { asking, reasonOf, Room } from "./room.ts";

/** What happens at the token endpoint before the answer is lost or bent. */
type Answer = (next: string, idToken: string) => { spends: boolean; response: Response };

let given = 0;
const tokens = (
  { next, idToken }: { next: string; idToken: string },
  change: Record<string, unknown> = {},
) => ({
  access_token: `given-${++given}`,
  token_type: "Bearer",
  expires_in: 300,
  refresh_token: next,
  id_token: idToken,
  ...change,
});
const yes = (change: Record<string, unknown>): Answer => (next, idToken) => ({
  spends: true,
  response: Response.json(tokens({ next, idToken }, change)),
});
const no = (status: number, body: unknown): Answer => () => ({
  spends: false,
  response: Response.json(body, { status }),
});
const html = (status: number, spends: boolean): Answer => () => ({
  spends,
  response: new Response("<html>", { status, headers: { "content-type": "text/html" } }),
});

/** How far the provider's clock is ahead of ours, in minutes. */
const clocks = [-60, -5, 0, 5, 60];

/** Signs the ID tokens of all providers here. */
const signing = await generateKeyPair("ES256", { extractable: true });
const keys = [{ ...await exportJWK(signing.publicKey), alg: "ES256", kid: "own" }];

/** Each first answer, and whether the attempt after it needs a person: where it rotates, where not. */
const cases: Record<string, { answer: Answer; person: [rotating: boolean, fixed: boolean] }> = {
  "all that there should be": { answer: yes({}), person: [false, false] },
  "an ID token that is none": {
    answer: yes({ id_token: "a.b.c" }),
    person: [false, false],
  },
  "a type that nobody knows": {
    answer: yes({ token_type: "mac" }),
    person: [false, false],
  },
  "a lifetime in words": {
    answer: yes({ expires_in: "soon" }),
    person: [false, false],
  },
  "a page instead of tokens": { answer: html(200, true), person: [true, false] },
  "more than is read": {
    answer: yes({ more: "x".repeat(1_100_000) }),
    person: [true, false],
  },
  "a yes that breaks off": {
    answer: () => ({
      spends: true,
      response: new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('{"access_')),
          pull: (controller) => controller.error(new Error("cut by the test")),
        }),
        { headers: { "content-type": "application/json" } },
      ),
    }),
    person: [true, false],
  },
  "HTTP 503 before it was read": { answer: no(503, {}), person: [false, false] },
  "a redirect": {
    answer: () => ({
      spends: false,
      response: new Response(null, { status: 302, headers: { location: "/elsewhere" } }),
    }),
    person: [false, false],
  },
  "HTTP 429": { answer: no(429, {}), person: [false, false] },
  "a firewall's 403, once": { answer: html(403, false), person: [false, false] },
  "a wrong secret": { answer: no(401, { error: "invalid_client" }), person: [false, false] },
  "a wrong secret in Keycloak's words": {
    answer: no(401, {
      error: "unauthorized_client",
      error_description: "Invalid client or Invalid client credentials",
    }),
    person: [false, false],
  },
};
for (
  const [status, error, error_description] of [
    [400, "invalid_grant", "Token is not active"],
    [403, "unauthorized_client", "refresh_token is invalid"],
    [400, "invalid_request", "refresh token not found"],
    [400, "interaction_required", "consent is needed"],
    [401, "invalid_token", "The refresh token has expired"],
  ] as const
) {
  cases[`${status} ${error}: ${error_description}`] = {
    answer: no(status, { error, error_description }),
    person: [true, true],
  };
}

for (const rotates of [true, false]) {
  for (const [name, { answer, person }] of Object.entries(cases)) {
    const needsPerson = person[rotates ? 0 : 1];
    const title = `${name} from a provider that ${rotates ? "rotates" : "does not rotate"}: ` +
      (needsPerson ? "one sign-in" : "the next refresh needs no person");
    Deno.test(title, async () => {
      const attempts = clocks.map((minutes) => refreshTwice(answer, { rotates, minutes }));
      for (const { minutes, thefts, signIns, used, isNew } of await Promise.all(attempts)) {
        const clock = `with a clock that is ${minutes} min ahead`;
        assert.ok(isNew, clock);
        assert.deepEqual(thefts, [], clock);
        assert.equal(signIns, needsPerson ? 2 : 1, clock);
        if (rotates && needsPerson) assert.equal(used.length, 1, clock);
      }
    });
  }
}

/** Two refreshes an hour from each other, of which the first gets this answer. */
async function refreshTwice(
  answer: Answer,
  { rotates, minutes }: { rotates: boolean; minutes: number },
) {
  let current = "refresh-1";
  let issued = 1;
  let first = false;
  const used: string[] = [];
  const thefts: string[] = [];
  await using room = new Room();
  const providerNow = () => room.time + minutes * 60_000;
  const idToken = async (issuer: string) => {
    const at = Math.floor(providerNow() / 1000);
    return await new SignJWT({ iss: issuer, aud: "client", sub: "ada", iat: at, exp: at + 300 })
      .setProtectedHeader({ alg: "ES256", kid: "own" }).sign(signing.privateKey);
  };
  const respond = async (request: Request): Promise<Response> => {
    const { pathname, origin } = new URL(request.url);
    if (pathname === "/jwks") return Response.json({ keys });
    if (pathname !== "/token") {
      return Response.json({
        issuer: origin,
        authorization_endpoint: `${origin}/auth`,
        token_endpoint: `${origin}/token`,
        jwks_uri: `${origin}/jwks`,
        id_token_signing_alg_values_supported: ["ES256"],
      });
    }
    const sent = new URLSearchParams(await request.text()).get("refresh_token")!;
    if (sent !== current) thefts.push(sent);
    used.push(sent);
    const next = rotates ? `refresh-${++issued}` : sent;
    const signed = await idToken(origin);
    // Three attempts follow each other at once when it is only a matter of time.
    const bent = first ? answer(next, signed) : undefined;
    first = false;
    if (!bent || bent.spends) current = next;
    return bent?.response ?? Response.json(tokens({ next, idToken: signed }));
  };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const response = await respond(request);
      response.headers.set("date", new Date(providerNow()).toUTCString());
      return response;
    },
  );
  const client = createOidcClient({
    issuerUrl: new URL(`http://127.0.0.1:${server.addr.port}`),
    clientId: "client",
    scopes: [],
    redirectUrls: [],
    loginTimeout: 1_000,
    log: room.log,
    now: room.now,
  });
  room.flows.onRefresh = (credential, signal) => client.refresh(credential, signal);
  room.flows.onSignIn = () =>
    Promise.resolve(room.flows.grant({ refreshToken: current = "refresh-1" }));
  const source = room.source();
  const { accessToken } = await source.current(asking());
  // Whether it rotates is known of a refresh before.
  const known = await source.renewed(accessToken, asking());
  assert.match(known.accessToken, /^given-/, "the answer of a provider with this clock is good");
  first = true;
  used.length = 0;

  room.time += 3_600_000;
  await reasonOf(source.current(asking()));
  room.time += 60_000;
  const { accessToken: at } = await source.current(asking());
  return {
    minutes,
    thefts,
    used,
    signIns: room.flows.signIns,
    isNew: at !== known.accessToken,
  };
}

Deno.test("a no without words leads to a sign-in, and costs no refresh token when that fails", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.time += 3_600_000;
  room.flows.onRefresh = () =>
    Promise.reject(
      new RefreshError(flowError({ reason: "invalid_response" }), { fate: "unclear" }),
    );
  room.flows.onSignIn = () => Promise.reject(flowError({ reason: "access_denied" }));
  assert.equal(await reasonOf(source.current(asking())), "access_denied");
  using other = await room.otherProcess();
  assert.equal((await other.credentials.read())?.credential.refreshToken, "refresh-1");
});

Deno.test("by hand, whatever a refresh ends in, there is a sign-in", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.time += 3_600_000;
  room.flows.onRefresh = () => Promise.reject(new Error("a defect"));
  const { signal } = new AbortController();
  assert.equal((await source.signIn({ force: false, signal })).accessToken, "access-2");
  assert.equal(room.flows.signIns, 2);
});
