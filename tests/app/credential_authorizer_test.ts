import assert from "node:assert/strict";
import type { OutgoingRequest } from "../../src/bridge/authorizer.ts";
import { createAuthorizer } from "../../src/app/credential_authorizer.ts";
import { flowError } from "../credentials/scripted_flows.ts";
import { asking, Room } from "../credentials/room.ts";

/** Says why a token is refused, in as few words as possible. */
const explained = () => flowError({ reason: "refused" });

function authorizerOf(room: Room) {
  const { log, now } = room;
  const source = room.source();
  return createAuthorizer(source, {
    stepUp: {
      wantedBy: () => Promise.resolve(undefined),
      signIn: () => Promise.resolve("nothing is wanted"),
    },
    hasProviderChanged: () => Promise.resolve(false),
    explain: () => Promise.resolve(explained()),
    log,
    now,
  });
}

function giveNoRefreshToken(room: Room): void {
  room.flows.onSignIn = async (context) => {
    const credential = room.flows.grant({ refreshToken: undefined });
    await context.onCredential(credential);
    return credential;
  };
}

function request(): OutgoingRequest {
  return {
    method: "POST",
    url: new URL("https://mcp.example/mcp"),
    purpose: "client",
    signal: new AbortController().signal,
  };
}

/** A call that a backend answers with 401 whatever the token; the reason it ends with. */
async function refusedCall(authorizer: ReturnType<typeof authorizerOf>): Promise<string> {
  const asked = request();
  for (let attempt = 1;; attempt++) {
    const fields = await authorizer.authorize(asked);
    const headers = new Headers({ "www-authenticate": "Bearer" });
    try {
      await authorizer.refused({ request: asked, fields, status: 401, headers, attempt });
    } catch (error) {
      return (error as { reason: string }).reason;
    }
  }
}

Deno.test("a backend that takes no token has nobody sign in again and again", async () => {
  await using room = new Room();
  giveNoRefreshToken(room);
  const authorizer = authorizerOf(room);
  for (let call = 0; call < 5; call++) {
    // What it answers without looking at the token says nothing about the token.
    const initialize = request();
    await authorizer.authorize(initialize);
    authorizer.answered!(initialize, new Headers());
    assert.equal(await refusedCall(authorizer), "refused");
    room.time += 120_000;
  }
  assert.equal(room.flows.signIns, 2, "once because it was wanted, once because it was refused");
  room.time += 600_000;
  assert.equal(await refusedCall(authorizer), "refused");
  assert.equal(room.flows.signIns, 3, "much later it may be another matter");
});

Deno.test("a token of the future is not taken for a fresh one: the clock was set back", async () => {
  await using room = new Room();
  giveNoRefreshToken(room);
  await room.source().renewed("none", { interactive: true, signal: new AbortController().signal });
  await room.closeAll();
  room.time -= 86_400_000;
  const authorizer = authorizerOf(room);
  const asked = request();
  const fields = await authorizer.authorize(asked);
  const headers = new Headers();
  await authorizer.refused({ request: asked, fields, status: 401, headers, attempt: 1 });
  assert.equal(room.flows.signIns, 2);
});

Deno.test("a renewed token that has run out on its way is renewed once more, and nobody is blamed", async () => {
  // `expires_in` of a token whose `exp` was cut to whole seconds says up to a second too much.
  for (const onItsWay of [4_000, 2_100]) await renewWhileRefused(onItsWay);
});

async function renewWhileRefused(onItsWay: number): Promise<void> {
  await using room = new Room();
  room.flows.lifetime = 3_000;
  const authorizer = authorizerOf(room);
  const asked = request();
  const headers = new Headers({ "www-authenticate": "Bearer" });
  for (let attempt = 1; attempt <= 3; attempt++) {
    const fields = await authorizer.authorize(asked);
    room.time += onItsWay;
    await authorizer.refused({ request: asked, fields, status: 401, headers, attempt });
  }
  assert(room.flows.refreshes >= 3);
  const fields = await authorizer.authorize(asked);
  room.time += onItsWay;
  await assert.rejects(
    authorizer.refused({ request: asked, fields, status: 401, headers, attempt: 4 }),
    "not without end",
  );
}

Deno.test("a backend that refuses every token costs one refresh, not one for each call", async () => {
  await using room = new Room();
  const authorizer = authorizerOf(room);
  const accepted = request();
  await authorizer.authorize(accepted);
  authorizer.answered!(accepted, new Headers());
  for (let call = 0; call < 21; call++) {
    assert.equal(await refusedCall(authorizer), "refused");
    room.time += 5_000;
  }
  assert.equal(room.flows.refreshes, 1);
  room.time += 600_000;
  assert.equal(await refusedCall(authorizer), "refused");
  assert.equal(room.flows.refreshes, 2, "much later it may be another matter");
});

Deno.test("a token that another request has renewed meanwhile is no reason to give up", async () => {
  await using room = new Room();
  const authorizer = authorizerOf(room);
  const asked = [request(), request()];
  const fields = await Promise.all(asked.map((one) => authorizer.authorize(one)));
  authorizer.answered!(asked[0], new Headers());
  room.time += 5_000;
  for (const [index, one] of asked.entries()) {
    const refusal = { fields: fields[index], status: 401, headers: new Headers() } as const;
    await authorizer.refused({ ...refusal, request: one, attempt: 1 });
    await authorizer.authorize(one);
    authorizer.answered!(one, new Headers());
  }
  assert.equal(room.flows.refreshes, 1);
});

Deno.test("a token that another process got before the refusal is not the answer to it", async () => {
  await using room = new Room();
  const authorizer = authorizerOf(room);
  const asked = request();
  const first = await authorizer.authorize(asked);
  authorizer.answered!(asked, new Headers());
  const { accessToken } = await room.source().current(asking());
  room.time += 1_000;
  await room.source().renewed(accessToken, asking());
  assert.equal(room.flows.refreshes, 1);
  room.time += 1_000;
  // The provider has revoked every token until now.
  const refusal = { request: asked, status: 401, headers: new Headers() } as const;
  await authorizer.refused({ ...refusal, fields: first, attempt: 1 });
  const second = await authorizer.authorize(asked);
  assert.notEqual(second.authorization, first.authorization);
  assert.equal(room.flows.refreshes, 1, "the other process's token comes first");
  await authorizer.refused({ ...refusal, fields: second, attempt: 2 });
  const third = await authorizer.authorize(asked);
  assert.equal(room.flows.refreshes, 2);
  await assert.rejects(authorizer.refused({ ...refusal, fields: third, attempt: 3 }));
});

Deno.test("nobody is asked to sign in for a 401 that is about a lost session", async () => {
  await using room = new Room();
  giveNoRefreshToken(room);
  const authorizer = authorizerOf(room);
  const asked = request();
  const fields = await authorizer.authorize(asked);
  authorizer.answered!(asked, new Headers());
  room.time += 600_000;
  const refusal = { request: asked, fields, status: 401, headers: new Headers() } as const;
  const outcome = await authorizer.refused({
    ...refusal,
    attempt: 1,
    isSessionLost: () => Promise.resolve(true),
  });
  assert.equal(outcome, "answer");
  assert.equal(room.flows.signIns, 1);
  await authorizer.refused({ ...refusal, attempt: 1, isSessionLost: () => Promise.resolve(false) });
  assert.equal(room.flows.signIns, 2);
});

Deno.test("a session is asked about before a 403 is blamed on the token", async () => {
  await using room = new Room();
  const authorizer = authorizerOf(room);
  const asked = request();
  const headers = new Headers({ "www-authenticate": 'Bearer error="invalid_token"' });
  const refusal = {
    request: asked,
    fields: await authorizer.authorize(asked),
    status: 403,
    headers,
    attempt: 1,
  } as const;
  const isSessionLost = () => Promise.resolve(true);
  assert.equal(await authorizer.refused({ ...refusal, isSessionLost }), "answer");
  await assert.rejects(authorizer.refused(refusal), { reason: "refused" });
});

Deno.test("a session is asked about when the renewed token is refused, too", async () => {
  await using room = new Room();
  const authorizer = authorizerOf(room);
  const asked = request();
  let questions = 0;
  for (const attempt of [1, 2]) {
    const fields = await authorizer.authorize(asked);
    const outcome = await authorizer.refused({
      request: asked,
      fields,
      status: 401,
      headers: new Headers(),
      attempt,
      isSessionLost() {
        questions++;
        return Promise.resolve(true);
      },
    });
    assert.equal(outcome, attempt === 1 ? undefined : "answer");
  }
  assert.deepEqual([questions, room.flows.refreshes], [1, 1]);
});

Deno.test("what the backend refuses in the background costs a refresh now and then", async () => {
  await using room = new Room();
  const authorizer = authorizerOf(room);
  const background = { ...request(), method: "GET", purpose: "background" } as const;
  const accepted = request();
  for (let n = 0; n < 10; n++) {
    await authorizer.authorize(accepted);
    authorizer.answered!(accepted, new Headers());
    const fields = await authorizer.authorize(background);
    const refusal = { fields, status: 401, headers: new Headers(), attempt: 1 } as const;
    await authorizer.refused({ ...refusal, request: background }).then(() => {}, () => {});
    room.time += 60_000;
  }
  assert.equal(room.flows.refreshes, 1);
});

Deno.test("what the backend refuses in the background costs nobody a sign-in", async () => {
  await using room = new Room();
  giveNoRefreshToken(room);
  const authorizer = authorizerOf(room);
  const asked = request();
  const given = await authorizer.authorize(asked);
  authorizer.answered!(asked, new Headers());
  const background = { ...request(), method: "GET", purpose: "background" } as const;
  const fields = await authorizer.authorize(background);
  await assert.rejects(
    authorizer.refused({
      request: background,
      fields,
      status: 401,
      headers: new Headers(),
      attempt: 1,
    }),
    { reason: explained().reason },
  );
  assert.deepEqual(await authorizer.authorize(request()), given);
  assert.equal(room.flows.signIns, 1);
});

for (
  const [name, lifetime, renewals] of [
    ["whose end is unknown", undefined, "one renewal"],
    ["whose end is past", 60_000, "one renewal"],
    ["that has long to go", 3_600_000, "no renewal"],
  ] as const
) {
  Deno.test(`HTTP 403 without a challenge to a token ${name}: ${renewals}`, async () => {
    await using room = new Room();
    room.flows.onSignIn = async (context) => {
      const expiresAt = lifetime && room.time + lifetime;
      const credential = room.flows.grant({ expiresAt });
      await context.onCredential(credential);
      return credential;
    };
    const authorizer = authorizerOf(room);
    const asked = request();
    const fields = await authorizer.authorize(asked);
    authorizer.answered!(asked, new Headers());
    room.time += 120_000;
    const refusal = { request: asked, status: 403, headers: new Headers() } as const;
    let given = fields;
    let resent = 0;
    for (let call = 0; call < 5; call++) {
      let attempt = 1;
      while (await authorizer.forbidden!({ ...refusal, fields: given, attempt })) {
        resent++;
        attempt++;
        given = await authorizer.authorize(asked);
      }
      room.time += 70_000;
    }
    assert.equal(resent, renewals === "one renewal" ? 1 : 0);
    assert.equal(room.flows.signIns, 1);
  });
}
