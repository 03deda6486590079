import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { ProxyError } from "../../../src/base/errors.ts";
import { withoutClientId } from "../../../src/oidc/client_options.ts";
import type { DiscoveringClientOptions } from "../../../src/oidc/registration/discovery_options.ts";
import { findConfiguration } from "../../../src/oidc/registration/find_configuration.ts";
import type { RegisteredClient } from "../../../src/oidc/registration/register_client.ts";
import { registrationsIn } from "../../../src/oidc/registration/registrations.ts";
import type { Answer } from "../network.ts";
import { failure } from "../rig.ts";
import { backendUrl, createSurroundings, issuer } from "./discovering.ts";

const { signal } = new AbortController();
const how = { signal, maxAge: 60_000 };
const now = Date.UTC(2026, 10, 26);
const clientMetadataUrl = new URL("https://me.test/client.json");
const device = { device_authorization_endpoint: `${issuer}/device` };

/** A company whose provider answers each registration like this, and what it was asked. */
function company(
  { answers = [], metadata, scopes }: {
    answers?: (Answer | (() => Answer))[];
    metadata?: Record<string, unknown>;
    /** The scopes that the backend names. */
    scopes?: string[];
  } = {},
) {
  const asked: Record<string, unknown>[] = [];
  const tokens: (string | null)[] = [];
  const surroundings = createSurroundings({
    metadata,
    resource: { ...scopes && { scopes_supported: scopes } },
    answer({ url, method, body, headers }) {
      if (method !== "POST" || url.pathname !== "/register") return undefined;
      asked.push(JSON.parse(body));
      tokens.push(headers.get("authorization"));
      const answer = answers[asked.length - 1];
      if (answer) return typeof answer === "function" ? answer() : answer;
      return Response.json({ client_id: `new-${asked.length}` }, { status: 201 });
    },
  });
  return {
    ...surroundings,
    asked,
    tokens,
    find: (changes: Partial<DiscoveringClientOptions> = {}, clientId?: string) =>
      findConfiguration(surroundings.options({ now: () => now, ...changes }), {
        ...how,
        ...clientId !== undefined && { clientId },
      }),
    registrations: registrationsIn(surroundings.notes, {
      issuer,
      redirectUrls: surroundings.options().redirectUrls,
    }),
  };
}

/** A configuration without its functions. */
function plain<T extends object>(found: T) {
  return Object.fromEntries(
    Object.entries(found).filter(([, value]) => typeof value !== "function"),
  );
}

const named = {
  issuerUrl: `${issuer}/`,
  scopes: [],
  oauthMetadataFirst: true,
  resource: backendUrl.href,
};

Deno.test("a client id that is set signs in, and cannot be forgotten", async () => {
  const { find, asked } = company();
  const found = await find({ clientId: "mine" });
  assert.deepEqual(plain(found), { ...named, clientId: "mine" });
  assert.equal(found.registerFor, undefined);
  await found.forget({ gone: true });
  const atSet = await find({ clientId: "mine", clientSecret: "s", issuerUrl: new URL(issuer) });
  assert.deepEqual(plain(atSet), {
    issuerUrl: `${issuer}/`,
    scopes: ["openid", "profile", "email"],
    oauthMetadataFirst: false,
    clientId: "mine",
  });
  assert.deepEqual(asked, []);
});

Deno.test("a client secret is for no provider that only the backend names", async () => {
  const { find } = company();
  const changes = { clientId: "mine", clientSecret: "s" };
  for (const clientId of [undefined, "mine"]) {
    const error = await failure(find(changes, clientId));
    assert.equal(error.reason, "issuer_missing");
    assert.match(error.fix, /gave you the client secret/);
  }
});

Deno.test("who needs no registration is a public client", async () => {
  const { find, asked } = company({ metadata: { client_id_metadata_document_supported: true } });
  const publicly = { ...named, clientSecret: undefined, clientAuthentication: "none" };
  for (
    const [changes, clientId] of [
      [{ flow: "workload" }, withoutClientId],
      [{ clientMetadataUrl }, clientMetadataUrl.href],
    ] as const
  ) {
    const found = await find(changes);
    assert.deepEqual(plain(found), { ...publicly, clientId });
    assert.equal(found.registerFor, undefined);
    await found.forget({ gone: true });
  }
  assert.deepEqual(asked, []);
});

Deno.test("a metadata document counts only where the provider takes such", async () => {
  const { find, asked } = company();
  assert.equal((await find({ clientMetadataUrl })).clientId, "new-1");
  assert.equal(asked.length, 1);
});

Deno.test("who is no client registers, which is kept and told", async () => {
  const { find, asked, told, registrations, network } = company({
    answers: [
      Response.json({ client_id: "new", client_secret: "given" }, { status: 201 }),
    ],
  });
  const found = await find({ clientSecret: "of another client" });
  assert.deepEqual(plain(found), {
    ...named,
    clientId: "new",
    clientSecret: "given",
    clientAuthentication: "client_secret_basic",
  });
  assert.equal(told.at(-1), "registered as a client at https://auth.test");
  assert.deepEqual(asked, [{
    client_name: "authful-mcp-proxy",
    application_type: "native",
    redirect_uris: ["http://127.0.0.1:7777/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_basic",
  }]);
  assert.deepEqual(await registrations.current(), {
    clientId: "new",
    clientSecret: "given",
    method: "client_secret_basic",
  });
  assert.equal((await find()).clientId, "new");
  assert.equal(asked.length, 1, "the registration is used again");
  await found.forget({ gone: false });
  assert.equal(await registrations.current(), undefined);
  assert.equal((await registrations.byId("new"))?.clientId, "new");
  await found.forget({ gone: true });
  assert.equal(await registrations.byId("new"), undefined);
  const register = network.sent.find(({ url }) => url.pathname === "/register");
  assert.equal(register?.method, "POST");
});

Deno.test("a registration is used again as long as it is good for what is set", async () => {
  const rows: [Partial<RegisteredClient>, Partial<DiscoveringClientOptions>, boolean][] = [
    [{}, {}, true],
    [{ expiresAt: now + 60_000 }, {}, true],
    [{ expiresAt: now + 59_999 }, {}, false],
    [{}, { clientAuthentication: "auto" }, true],
    [{}, { clientAuthentication: "none" }, true],
    [{}, { clientAuthentication: "client_secret_post" }, false],
    [{ asked: "client_secret_post" }, { clientAuthentication: "client_secret_post" }, true],
    [{ asked: "client_secret_post" }, { clientAuthentication: "none" }, false],
    [{ flows: ["code"] }, {}, true],
    [{ flows: ["code"] }, { flow: "browser" }, true],
    [{ flows: ["code"] }, { flow: "device" }, false],
    [{ flows: ["device"] }, { flow: "device" }, true],
    [{ flows: ["device"] }, {}, false],
    [{}, { flow: "device" }, true],
    [{ flows: ["code"] }, { clientAuthentication: "client_secret_post" }, false],
  ];
  for (const [client, changes, isGood] of rows) {
    const { find, registrations, asked } = company();
    await registrations.keep({ clientId: "old", method: "none", ...client });
    assert.equal(
      (await find(changes)).clientId,
      isGood ? "old" : "new-1",
      JSON.stringify([client, changes]),
    );
    assert.equal(asked.length, isGood ? 0 : 1);
  }
});

Deno.test("a client registers for the device flow where the provider has one, first when it is set", async () => {
  const code = "authorization_code";
  const ofDevice = "urn:ietf:params:oauth:grant-type:device_code";
  const rows: [Record<string, unknown>, Partial<DiscoveringClientOptions>, string[]][] = [
    [{}, { flow: "device" }, [code]],
    [device, {}, [code, ofDevice]],
    [device, { flow: "device" }, [ofDevice, code]],
  ];
  for (const [metadata, changes, grants] of rows) {
    const { find, asked } = company({ metadata });
    await find(changes);
    assert.deepEqual(asked[0]!.grant_types, [...grants, "refresh_token"]);
  }
});

Deno.test("a device flow that only the other document names is registered for, too", async () => {
  const asked: Record<string, unknown>[] = [];
  const { options } = createSurroundings({
    answer({ url, body }) {
      if (url.pathname === "/register") {
        asked.push(JSON.parse(body));
        return Response.json({ client_id: "new" }, { status: 201 });
      }
      return url.href === `${issuer}/.well-known/openid-configuration`
        ? { issuer, token_endpoint: `${issuer}/token`, ...device }
        : undefined;
    },
  });
  await findConfiguration(options(), how);
  assert.equal((asked[0]!.grant_types as string[]).length, 3);
});

Deno.test("a registration is kept before anybody signs in as it", async () => {
  const { find, notes } = company();
  const events: string[] = [];
  const slow = {
    ...notes,
    async write(name: string, value: unknown) {
      if (!name.startsWith("client")) return;
      await setImmediate();
      events.push(name.split(" ")[0]!);
      await notes.write(name, value);
    },
  };
  await find({ notes: slow });
  assert.deepEqual(events, ["client", "client-id"]);
});

Deno.test("a provider that takes one flow a client is told of", async () => {
  const refused = Response.json({ error: "invalid_client_metadata" }, { status: 400 });
  const { find, told } = company({ metadata: device, answers: [refused] });
  await find();
  assert.equal(
    told.at(-1),
    "registered as a client at https://auth.test, which takes no more than one flow: code",
  );
});

Deno.test("a client registers with the authentication and the initial access token that are set", async () => {
  const { find, asked, tokens } = company({
    answers: [Response.json({ client_id: "new", client_secret: "s" }, { status: 201 })],
  });
  const found = await find({
    issuerUrl: new URL(issuer),
    clientAuthentication: "client_secret_post",
    readRegistrationToken: () => Promise.resolve("initial"),
  });
  assert.equal(asked[0]!.token_endpoint_auth_method, "client_secret_post");
  assert.equal(found.clientAuthentication, "client_secret_post");
  assert.deepEqual(tokens, ["Bearer initial"]);
  const token = { readRegistrationToken: () => Promise.resolve("initial") };
  const error = await failure(company().find(token));
  assert.equal(error.reason, "issuer_missing");
  assert.match(error.fix, /gave you the initial access token/);
});

Deno.test("a registration endpoint that must not be used is told", async () => {
  const { find } = company({ metadata: { registration_endpoint: "http://insecure.test/" } });
  assert.equal((await failure(find())).reason, "unsafe_endpoint");
});

Deno.test("the client that a credential was given to is looked up and never registered", async () => {
  const { find, registrations, asked } = company();
  const set = await find({ clientId: "mine" }, "mine");
  assert.deepEqual(plain(set), { ...named, clientId: "mine" });
  await set.forget({ gone: true });
  const documented = await find({ clientMetadataUrl }, clientMetadataUrl.href);
  assert.deepEqual(plain(documented), {
    ...named,
    clientId: clientMetadataUrl.href,
    clientSecret: undefined,
    clientAuthentication: "none",
  });
  // Whatever a provider has called a client.
  await registrations.keep({
    clientId: clientMetadataUrl.href,
    clientSecret: "s",
    method: "client_secret_post",
  });
  const still = await find({ clientMetadataUrl }, clientMetadataUrl.href);
  assert.deepEqual(plain(still), plain(documented));
  const unknown = await find({ clientId: "mine" }, "other");
  assert.deepEqual(plain(unknown), {
    ...named,
    clientId: "other",
    clientSecret: undefined,
    clientAuthentication: "none",
  });
  assert.equal(unknown.registerFor, undefined);
  await registrations.keep({
    clientId: "old",
    clientSecret: "s",
    method: "client_secret_post",
    scopes: ["a"],
  });
  await registrations.keep({ clientId: "newer", method: "none" });
  const old = await find({ clientSecret: "of another client" }, "old");
  assert.deepEqual(plain(old), {
    ...named,
    clientId: "old",
    clientSecret: "s",
    clientAuthentication: "client_secret_post",
  });
  await old.forget({ gone: true });
  assert.equal(await registrations.byId("old"), undefined);
  assert.deepEqual(asked, []);
});

const refusal = new ProxyError({
  category: "Configuration error",
  what: "the sign-in was refused",
  fix: "look",
  reason: "invalid_scope",
  httpStatus: 400,
});

Deno.test("a client that was refused scopes registers once more, naming them", async () => {
  const { find, asked, registrations } = company({ scopes: ["a", "b"] });
  const found = await find();
  const again = await found.registerFor!([], { refusal, signal });
  assert.deepEqual(plain(again), {
    ...named,
    scopes: ["a", "b"],
    clientId: "new-2",
    clientSecret: undefined,
    clientAuthentication: "none",
  });
  assert.equal(again.registerFor, undefined);
  assert.deepEqual(asked.map(({ scope }) => scope), [undefined, "a b"]);
  assert.deepEqual((await registrations.current())?.scopes, ["a", "b"]);
});

Deno.test("a client that named its scopes registers for those of a step-up, too", async () => {
  const { find, asked, registrations } = company({ scopes: ["a", "b"] });
  for (const scopes of [["b", "a"], ["a"]]) {
    await registrations.keep({ clientId: "old", method: "none", scopes });
    const { registerFor } = await find();
    await registerFor!(["b", "c"], { refusal, signal });
  }
  assert.deepEqual(asked.map(({ scope }) => scope), ["a b c", "a b c"]);
});

Deno.test("where that brings nothing, the refusal stays what it is", async () => {
  const { find, asked, registrations } = company({ scopes: ["a", "b"] });
  const unnamed = await find();
  // It lacks nothing but what the step-up wants.
  assert.equal(await failure(unnamed.registerFor!(["c"], { refusal, signal })), refusal);
  await registrations.keep({ clientId: "old", method: "none", scopes: ["c", "b", "a"] });
  const { registerFor } = await find();
  assert.equal(await failure(registerFor!([], { refusal, signal })), refusal);
  assert.equal(await failure(registerFor!(["c"], { refusal, signal })), refusal);
  assert.equal(asked.length, 1);
});

const closed = (error_description: string) =>
  Response.json({ error: "insufficient_scope", error_description }, { status: 403 });

Deno.test("a client that cannot register for scopes says what was refused, and why", async () => {
  const byHand = "register a client with these scopes by hand and set OIDC_CLIENT_ID";
  const orSet = ", or set OIDC_SCOPES to what clients may have that register themselves";
  const token = ", or set OIDC_REGISTRATION_TOKEN_FILE to a file with a new initial access token " +
    "and sign in again";
  const rows: [Answer, readonly string[], string, string][] = [
    [
      Response.json({ error: "invalid_scope", error_description: "no" }, { status: 400 }),
      [],
      "without naming scopes",
      byHand + orSet,
    ],
    [closed("not for you"), ["a", "z"], "for a z", byHand + token + orSet],
    [closed("not for you"), ["z"], "for z", byHand + token + orSet],
    [
      closed("Not permitted to use specified clientScope"),
      [],
      "without naming scopes",
      byHand + orSet,
    ],
    [closed("no Client Scope"), [], "without naming scopes", byHand + orSet],
  ];
  for (const [answer, scopes, registered, fix] of rows) {
    const { find, registrations } = company({ scopes: ["a", "b"], answers: [answer] });
    await registrations.keep({ clientId: "old", method: "none", scopes });
    const { registerFor } = await find();
    const error = await failure(registerFor!([], { refusal, signal }));
    const start =
      `the sign-in was refused; the client registered itself ${registered}, and cannot ` +
      "register for these: ";
    assert.ok(error.what.startsWith(start), error.what);
    assert.ok(error.what.length > start.length);
    assert.deepEqual([error.category, error.fix, error.reason, error.httpStatus], [
      "Configuration error",
      fix,
      "invalid_scope",
      400,
    ]);
  }
});

Deno.test("what passes, what is no refusal and the end of the wait are told as they are", async () => {
  const down = company({ scopes: ["a"], answers: [Response.json({}, { status: 503 })] });
  await down.registrations.keep({ clientId: "old", method: "none" });
  const registerFor = async () => (await down.find()).registerFor!;
  const error = await failure((await registerFor())([], { refusal, signal }));
  assert.deepEqual([error.reason, error.transient], ["provider_down", true]);
  const broken = company({ scopes: ["a"] });
  await broken.registrations.keep({ clientId: "old", method: "none" });
  const reading = await broken.find({
    issuerUrl: new URL(issuer),
    readRegistrationToken: () => Promise.reject(new Error("no such file")),
  });
  await assert.rejects(reading.registerFor!([], { refusal, signal }), /^Error: no such file$/);
  const stop = new AbortController();
  const stopped = company({
    scopes: ["a"],
    answers: [() => (stop.abort(new Error("enough")), closed("no"))],
  });
  await stopped.registrations.keep({ clientId: "old", method: "none" });
  const found = await stopped.find();
  await assert.rejects(
    found.registerFor!([], { refusal, signal: stop.signal }),
    /^Error: enough$/,
  );
});
