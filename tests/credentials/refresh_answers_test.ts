/**
 * What each answer to a refresh means for the refresh token: between the credential source and a
 * token endpoint that rotates refresh tokens and notes each second use, or that does not rotate.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createOidcClient } from "../../src/oidc/oidc_client.ts";
import { RefreshError } from "../../src/refresh_error.ts";
import { flowError } from "./scripted_flows.ts";
import { asking, reasonOf, Room } from "./room.ts";

/** What happens at the token endpoint before the answer is lost or bent. */
type Answer = (next: string) => { spends: boolean; response: Response };

let given = 0;
const tokens = (next: string, change: Record<string, unknown> = {}) => ({
  access_token: `given-${++given}`,
  token_type: "Bearer",
  expires_in: 300,
  refresh_token: next,
  ...change,
});
const yes = (body: (next: string) => unknown): Answer => (next) => ({
  spends: true,
  response: Response.json(body(next)),
});
const no = (status: number, body: unknown): Answer => () => ({
  spends: false,
  response: Response.json(body, { status }),
});
const html = (status: number, spends: boolean): Answer => () => ({
  spends,
  response: new Response("<html>", { status, headers: { "content-type": "text/html" } }),
});

/** Each first answer, and whether the attempt after it needs a person: where it rotates, where not. */
const cases: Record<string, { answer: Answer; person: [rotating: boolean, fixed: boolean] }> = {
  "an ID token that is none": {
    answer: yes((next) => tokens(next, { id_token: "a.b.c" })),
    person: [false, false],
  },
  "a type that nobody knows": {
    answer: yes((next) => tokens(next, { token_type: "mac" })),
    person: [false, false],
  },
  "a lifetime in words": {
    answer: yes((next) => tokens(next, { expires_in: "soon" })),
    person: [false, false],
  },
  "a page instead of tokens": { answer: html(200, true), person: [true, false] },
  "more than is read": {
    answer: yes((next) => tokens(next, { more: "x".repeat(1_100_000) })),
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
      let current = "refresh-1";
      let issued = 1;
      let first = true;
      const used: string[] = [];
      const thefts: string[] = [];
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        async (request) => {
          const { pathname, origin } = new URL(request.url);
          if (pathname !== "/token") {
            return Response.json({
              issuer: origin,
              authorization_endpoint: `${origin}/auth`,
              token_endpoint: `${origin}/token`,
            });
          }
          const sent = new URLSearchParams(await request.text()).get("refresh_token")!;
          if (sent !== current) thefts.push(sent);
          used.push(sent);
          const next = rotates ? `refresh-${++issued}` : sent;
          // Three attempts follow each other at once when it is only a matter of time.
          const bent = first ? answer(next) : undefined;
          first = false;
          if (!bent || bent.spends) current = next;
          return bent?.response ?? Response.json(tokens(next));
        },
      );
      const issuerUrl = new URL(`http://127.0.0.1:${server.addr.port}`);
      await using room = new Room();
      const client = createOidcClient({
        issuerUrl,
        clientId: "client",
        scopes: [],
        redirectUrls: [],
        loginTimeout: 1_000,
        log: room.log,
      });
      room.flows.onRefresh = (credential, signal) => client.refresh(credential, signal);
      room.flows.onSignIn = () =>
        Promise.resolve(room.flows.grant({ refreshToken: current = "refresh-1" }));
      const source = room.source();
      const { accessToken } = await source.current(asking());
      // Whether it rotates is known of a refresh before.
      const bend = first;
      first = false;
      const known = await source.renewed(accessToken, asking());
      first = bend;
      used.length = 0;

      room.time += 3_600_000;
      await reasonOf(source.current(asking()));
      room.time += 60_000;
      const { accessToken: at } = await source.current(asking());
      assert.notEqual(at, known.accessToken);
      assert.deepEqual(thefts, []);
      assert.equal(room.flows.signIns, needsPerson ? 2 : 1);
      if (rotates && needsPerson) assert.equal(used.length, 1);
    });
  }
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
