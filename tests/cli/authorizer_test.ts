import assert from "node:assert/strict";
import type { OutgoingRequest } from "../../src/bridge/authorizer.ts";
import { createAuthorizer } from "../../src/cli/authorizer.ts";
import { flowError } from "../credentials/scripted_flows.ts";
import { Room } from "../credentials/room.ts";

/** Says why a token is refused, in as few words as possible. */
const explained = () => flowError({ reason: "refused" });

function authorizerOf(room: Room) {
  const { log, now } = room;
  const source = room.source();
  return createAuthorizer(source, {
    askFor: () => Promise.resolve(),
    doubt: () => Promise.resolve(false),
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
