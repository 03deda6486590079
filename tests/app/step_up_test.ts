/**
 * Sign-ins that a backend asks for because it wants more than a good token has, and their limits.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { OutgoingRequest } from "../../src/bridge/authorizer.ts";
import { createAuthorizer } from "../../src/app/credential_authorizer.ts";
import { createStepUp } from "../../src/app/step_up.ts";
import type { Credential } from "../../src/base/credential.ts";
import { asProxyError, type ProxyError } from "../../src/base/errors.ts";
import type { ResourceMetadata } from "../../src/oidc/discovery/resource_metadata.ts";
import type { StepUpRequest } from "../../src/oidc/step_up_request.ts";
import { flowError } from "../credentials/scripted_flows.ts";
import { Room } from "../credentials/room.ts";

/** What a backend answers to a token, by its scope; `undefined` when it accepts it. */
type Backend = (credential: Credential) => { status?: 401 | 403; challenge: string } | undefined;

/** A provider that grants what it is asked for, and an authorizer in front of it. */
function createRig(room: Room, { metadata, denied = [], grant }: {
  metadata?: Partial<ResourceMetadata>;
  /** Scopes that the provider never grants. */
  denied?: readonly string[];
  /** More of what it gives. */
  grant?: (asked: StepUpRequest) => Partial<Credential>;
} = {}) {
  const asked: StepUpRequest[] = [];
  let current: StepUpRequest = { scopes: [] };
  const given = new Map<string, Credential>();
  const credentialFor = () => {
    const scopes = new Set([
      "openid",
      ...current.scopes.filter((scope) => !denied.includes(scope)),
    ]);
    const credential = room.flows.grant({ scope: [...scopes].join(" "), ...grant?.(current) });
    given.set(credential.accessToken, credential);
    return credential;
  };
  room.flows.onSignIn = async (context) => {
    asked.push(current);
    const credential = credentialFor();
    await context.onCredential(credential);
    return credential;
  };
  room.flows.onRefresh = () => Promise.resolve(credentialFor());
  const { log, now } = room;
  const source = room.source();
  const notes: (string | undefined)[] = [];
  const errors: ProxyError[] = [];
  const stepUp = createStepUp({
    source,
    setStepUp: (stepUp) => Promise.resolve(void (current = stepUp)),
    readMetadata: () => Promise.resolve(metadata && { issuers: [], ...metadata }),
    log,
    now,
  });
  const authorizer = createAuthorizer(source, {
    stepUp,
    hasProviderChanged: () => Promise.resolve(false),
    explain: (_refusal, { note }) => {
      notes.push(note);
      return Promise.resolve(flowError({ reason: "refused" }));
    },
    log,
    now,
  });

  /** One message that a backend answers; how it ends: `accepted`, or the reason of the error. */
  async function call(
    backend: Backend,
    { purpose = "client", signal = new AbortController().signal }: Partial<OutgoingRequest> = {},
  ): Promise<string> {
    const url = new URL("https://mcp.example/mcp");
    const request: OutgoingRequest = { method: "POST", url, purpose, signal };
    try {
      for (let attempt = 1; attempt <= 6; attempt++) {
        const fields = await authorizer.authorize(request);
        const answer = backend(given.get(fields.authorization.replace("Bearer ", ""))!);
        if (!answer) {
          authorizer.answered!(request, new Headers());
          return "accepted";
        }
        const { status = 403, challenge } = answer;
        const headers = new Headers({ "www-authenticate": challenge });
        await authorizer.refused({ request, fields, status, headers, attempt });
      }
      return "no end";
    } catch (error) {
      errors.push(asProxyError(error));
      return errors.at(-1)!.reason;
    }
  }
  return {
    asked,
    notes,
    errors,
    call,
    fail: (error?: ProxyError) => {
      const succeed = room.flows.onSignIn;
      room.flows.onSignIn = () => {
        asked.push(current);
        room.flows.onSignIn = succeed;
        return Promise.reject(error);
      };
    },
  };
}

const wants = (scope: string, status: 401 | 403 = 403): Backend => ({ scope: held = "" }) =>
  held.split(" ").includes(scope)
    ? undefined
    : { status, challenge: `Bearer error="insufficient_scope", scope="${scope}"` };

const accepts: Backend = () => undefined;

Deno.test("a new scope each time costs one sign-in a request, and three in ten minutes", async () => {
  await using room = new Room();
  const rig = createRig(room);
  assert.equal(await rig.call(accepts), "accepted");
  let named = 0;
  const insatiable: Backend = () => ({
    challenge: `Bearer error="insufficient_scope", scope="more-${named++}"`,
  });
  const before = room.flows.signIns;
  assert.equal(await rig.call(insatiable), "refused");
  assert.equal(room.flows.signIns - before, 1, "one for one request");
  for (let call = 0; call < 5; call++) assert.equal(await rig.call(insatiable), "refused");
  assert.equal(room.flows.signIns - before, 3, "three for the process");
  assert.match(rig.notes.at(-1)!, /were begun in ten minutes, the next may be in 10 min/);
  room.time += 599_999;
  assert.equal(await rig.call(insatiable), "refused");
  assert.match(rig.notes.at(-1)!, /^.*3 sign-ins for more .* the next may be in 1 min/);
  room.time += 1;
  assert.equal(await rig.call(insatiable), "refused");
  assert.equal(room.flows.signIns - before, 4, "later there may be another one");
});

Deno.test("a scope whose sign-in failed is not asked for again, by no sign-in", async () => {
  await using room = new Room();
  const rig = createRig(room);
  assert.equal(await rig.call(accepts), "accepted");
  rig.fail(flowError({
    category: "Configuration error",
    reason: "invalid_scope",
    what: "https://auth.example answered the authorization request with invalid_scope",
  }));
  assert.equal(await rig.call(wants("evil")), "invalid_scope");
  assert.deepEqual(rig.asked.at(-1)!.scopes, ["openid", "evil"]);
  assert.equal(await rig.call(wants("evil")), "refused");
  assert.match(rig.notes.at(-1)!, /not tried again, because the last one failed: .*invalid_scope/);
  // The pause after a sign-in that failed is over.
  room.time += 60_000;
  assert.equal(await rig.call(wants("tools")), "accepted");
  assert.deepEqual(rig.asked.at(-1)!.scopes, ["openid", "tools"]);
});

Deno.test("the error of a sign-in for more says what the backend wants and what happened", async () => {
  await using room = new Room();
  const rig = createRig(room);
  assert.equal(await rig.call(accepts), "accepted");
  rig.fail(flowError({ reason: "access_denied", what: "you said no", fix: "check OIDC_SCOPES" }));
  assert.equal(await rig.call(wants("evil")), "access_denied");
  assert.equal(
    rig.errors.at(-1)!.message,
    "Authentication error: https://mcp.example wants the scope evil for this request, and " +
      "signing in for it failed: you said no. Fix: ask the provider's administrator to allow " +
      "this client and you that scope, then restart the client.",
  );
});

Deno.test("a provider that is down for a moment does not spoil a scope for good", async () => {
  await using room = new Room();
  const rig = createRig(room);
  assert.equal(await rig.call(accepts), "accepted");
  rig.fail(
    flowError({ category: "Network error", reason: "provider_unreachable", transient: true }),
  );
  assert.equal(await rig.call(wants("tools")), "provider_unreachable");
  assert.equal(await rig.call(wants("tools")), "accepted");
});

Deno.test("a scope that the provider does not grant is not asked for again", async () => {
  await using room = new Room();
  const rig = createRig(room, { denied: ["never"] });
  assert.equal(await rig.call(accepts), "accepted");
  assert.equal(await rig.call(wants("never")), "refused");
  assert.equal(room.flows.signIns, 2);
  assert.equal(await rig.call(wants("never")), "refused");
  assert.match(rig.notes.at(-1)!, /because the provider did not grant it/);
  assert.equal(await rig.call(wants("tools")), "accepted");
  assert.deepEqual(rig.asked.at(-1)!.scopes, ["openid", "tools"]);
});

Deno.test("what was granted once is asked for by the sign-ins for more that follow", async () => {
  await using room = new Room();
  const rig = createRig(room);
  assert.equal(await rig.call(wants("a")), "accepted");
  assert.equal(await rig.call(wants("b")), "accepted");
  assert.deepEqual(rig.asked.at(-1)!.scopes, ["openid", "a", "b"]);
});

Deno.test("two requests that lack scopes at the same time share one tab where it does for both", async () => {
  await using room = new Room();
  const rig = createRig(room);
  assert.equal(await rig.call(accepts), "accepted");
  const outcomes = await Promise.all([
    rig.call(wants("tools")),
    rig.call(wants("tools")),
    rig.call(wants("tools")),
  ]);
  assert.deepEqual(outcomes, ["accepted", "accepted", "accepted"]);
  assert.equal(room.flows.signIns, 2);
});

Deno.test("a request that is cancelled leaves the sign-in to the person", async () => {
  await using room = new Room();
  const rig = createRig(room);
  assert.equal(await rig.call(accepts), "accepted");
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const succeed = room.flows.onSignIn!;
  room.flows.onSignIn = async (context) => {
    begun.resolve();
    await goOn.promise;
    return await succeed(context);
  };
  const abort = new AbortController();
  const cancelled = rig.call(wants("tools"), { signal: abort.signal });
  await begun.promise;
  abort.abort(flowError({ reason: "cancelled" }));
  assert.equal(await cancelled, "cancelled");
  const next = rig.call(wants("tools"));
  goOn.resolve();
  assert.equal(await next, "accepted");
  assert.equal(room.flows.signIns, 2);
});

Deno.test("nobody is asked for what the bridge does by itself", async () => {
  await using room = new Room();
  const rig = createRig(room);
  assert.equal(await rig.call(accepts), "accepted");
  assert.equal(await rig.call(wants("tools"), { purpose: "background" }), "refused");
  assert.equal(room.flows.signIns, 1);
});

Deno.test("insufficient scope that names none asks for those of the metadata", async () => {
  // The MCP SDK for Python 1 and 2.
  await using room = new Room();
  const rig = createRig(room, { metadata: { scopes: ["openid", "mcp:read"] } });
  const challenge = 'Bearer error="insufficient_scope", ' +
    'error_description="Required scope: mcp:read", ' +
    'resource_metadata="https://mcp.example/.well-known/oauth-protected-resource/mcp"';
  const backend: Backend = ({ scope = "" }) =>
    scope.includes("mcp:read") ? undefined : { challenge };
  assert.equal(await rig.call(backend), "accepted");
  assert.deepEqual(rig.asked.at(-1)!.scopes, ["openid", "mcp:read"]);
});

Deno.test("403 that names a scope and no error asks for it", async () => {
  // The MCP SDK for Go.
  await using room = new Room();
  const rig = createRig(room);
  const backend: Backend = ({ scope = "" }) =>
    scope.includes("mcp:read") ? undefined : { challenge: 'Bearer scope="mcp:read"' };
  assert.equal(await rig.call(backend), "accepted");
});

Deno.test("401 that names a scope: a refresh is tried first, then it is asked for", async () => {
  // FastMCP 4.
  await using room = new Room();
  const rig = createRig(room);
  const backend: Backend = ({ scope = "" }) =>
    scope.includes("mcp:read")
      ? undefined
      : { status: 401, challenge: 'Bearer error="invalid_token", scope="mcp:read"' };
  assert.equal(await rig.call(backend), "accepted");
  assert.equal(room.flows.refreshes, 1);
  assert.equal(room.flows.signIns, 2);
});

Deno.test("401 that names only scopes that the token has costs no sign-in", async () => {
  await using room = new Room();
  const rig = createRig(room);
  const backend: Backend = () => ({
    status: 401,
    challenge: 'Bearer error="invalid_token", scope="openid"',
  });
  assert.equal(await rig.call(backend), "refused");
  assert.equal(room.flows.signIns, 1);
});

/** RFC 9470 section 3, as a resource server that wants a second factor answers. */
const wantsAcr = (acr: string): Backend => ({ claims }) =>
  claims?.acr === acr ? undefined : {
    status: 401,
    challenge: 'Bearer error="insufficient_user_authentication", ' +
      'error_description="A different authentication level is required", ' +
      `acr_values="${acr}", max_age="300"`,
  };

Deno.test("another way of authenticating is asked for, and its age once", async () => {
  await using room = new Room();
  const rig = createRig(room, {
    grant: ({ acrValues }) => ({ claims: { acr: acrValues ?? "1" } }),
  });
  assert.equal(await rig.call(wantsAcr("2")), "accepted");
  assert.equal(room.flows.refreshes, 0);
  assert.deepEqual(rig.asked.at(-1), { scopes: ["openid"], acrValues: "2", maxAge: 300 });
  assert.equal(await rig.call(wants("tools")), "accepted");
  assert.deepEqual(rig.asked.at(-1), { scopes: ["openid", "tools"], acrValues: "2" });
});

Deno.test("a way of authenticating that the provider does not have is asked for once", async () => {
  await using room = new Room();
  const rig = createRig(room, { grant: () => ({ claims: { acr: "1" } }) });
  for (let call = 0; call < 4; call++) assert.equal(await rig.call(wantsAcr("2")), "refused");
  assert.equal(room.flows.signIns, 2);
  assert.match(rig.notes.at(-1)!, /not tried again, because it did not help/);
  assert.equal(await rig.call(wants("tools")), "accepted");
  assert.equal(rig.asked.at(-1)!.acrValues, undefined);
});

Deno.test("what a backend names is bounded", async () => {
  await using room = new Room();
  const rig = createRig(room);
  assert.equal(await rig.call(accepts), "accepted");
  const many = Array.from({ length: 51 }, (_, at) => `s${at}`).join(" ");
  assert.equal(await rig.call(wants(many)), "refused");
  assert.equal(await rig.call(wants("x".repeat(65_536))), "refused");
  assert.equal(room.flows.signIns, 1);
});
