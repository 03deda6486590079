/**
 * One sign-in for many backends: the real program between a real provider with token exchange and
 * ID-JAG, the authorization server of a backend, and three backends that each want a token of theirs.
 *
 * @module
 */
import assert from "node:assert/strict";
import { tokenExchange } from "../support/assertion_grants.ts";
import {
  audiences,
  type ExchangeCompany,
  startExchangeCompany,
} from "../support/exchange_company.ts";
import { type Message, type Program, runProgram } from "../support/program.ts";

/** Sends `initialize`, whatever is answered. */
function begin(program: Program): Promise<Message> {
  return program.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
}

async function call(program: Program, key: string): Promise<Message> {
  return await program.request("tools/call", { name: "count", arguments: { key } });
}

/** Calls again and again, with success each time, until tokens have ended and were renewed. */
async function callUntil(program: Program, areRenewed: () => boolean): Promise<void> {
  for (let at = 0; !areRenewed(); at++) {
    assert.ok((await call(program, `call ${at}`)).result);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Signs in when the program opens the browser. */
async function signIn({ person, browser }: ExchangeCompany): Promise<void> {
  const page = await person.visit(await browser.opened());
  assert.equal(page.status, 200, page.html.slice(-1500));
}

const extension = "io.modelcontextprotocol/enterprise-managed-authorization";

/** The settings of all three backends. */
function all(company: ExchangeCompany) {
  return [company.settings(0), company.settings(1), company.thirdSettings()];
}

Deno.test("one sign-in, three backends, each with a token of its own", async () => {
  await using company = await startExchangeCompany();
  const { provider, server, third, gateways } = company;
  for (const [at, settings] of all(company).entries()) {
    await using program = await company.start(settings);
    const begun = begin(program);
    if (at === 0) await signIn(company);
    assert.ok((await begun).result, JSON.stringify(await begun));
    await program.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    assert.ok((await call(program, `backend ${at}`)).result);
    await program.endInput();
    await program.exit;
  }
  assert.equal(company.browser.count(), 1);
  assert.equal(provider.count("token", "authorization_code"), 1);
  assert.equal(provider.count("token", tokenExchange), 3);
  assert.equal(server.count("token"), 1);
  assert.deepEqual([...new Set(third.subjects)], ["ada"]);
  // The extension is declared to the one backend that it is about (MCP Enterprise-Managed Authorization).
  assert.deepEqual(third.extensions, [[extension]]);
  assert.deepEqual([...new Set(gateways[1].requests.map(({ subject }) => subject))], ["ada"]);

  // Another start needs nobody: all of it is stored.
  for (const settings of all(company)) {
    await using program = await company.start(settings);
    assert.ok((await begin(program)).result);
  }
  assert.equal(provider.count("token"), 4);
});

Deno.test("the exchange says what RFC 8693 wants it to, and nothing of the sign-in", async () => {
  await using company = await startExchangeCompany();
  const { provider } = company;
  await using program = await company.start(
    company.settings(0, { env: { OIDC_EXCHANGE_SCOPES: "tools.read tools.call" } }),
  );
  const begun = begin(program);
  await signIn(company);
  assert.ok((await begun).result);
  const { parameters } = await provider.requested(({ grantType }) => grantType === tokenExchange);
  const { subject_token, ...said } = Object.fromEntries(parameters);
  assert.ok(subject_token.length > 100);
  assert.deepEqual(said, {
    grant_type: tokenExchange,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: audiences[0],
    scope: "tools.read tools.call",
  });
  assert.ok(!program.stderr().includes(subject_token));
});

Deno.test("a token that ends is renewed by another exchange, and the sign-in by its refresh token", async () => {
  await using company = await startExchangeCompany({ provider: { accessTokenTtl: 8 } });
  const { provider, policy } = company;
  policy.lifetime = 4;
  await using program = await company.start(company.settings(0));
  const begun = begin(program);
  await signIn(company);
  assert.ok((await begun).result);
  await program.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  // As long as a client asks, nothing of that is ever in its way.
  await callUntil(
    program,
    () =>
      provider.count("token", tokenExchange) >= 3 && provider.count("token", "refresh_token") >= 1,
  );
  assert.equal(company.browser.count(), 1);
});

/** What an exchange is refused for, and what is said of it. */
const refusals: Readonly<
  Record<string, {
    prepare(company: ExchangeCompany): void;
    settings?(company: ExchangeCompany): ReturnType<ExchangeCompany["settings"]>;
    says: RegExp;
    reason: string;
    /** How many requests the servers get. */
    exchanges?: number;
    redeemed?: number;
  }>
> = {
  "an audience that the client may not have": {
    prepare: ({ policy }) => void policy.audiences.delete(audiences[0]),
    says:
      /answered the token exchange with invalid_target.*ask the administrator of http:\S+ to let the client authful-test have a token for https:\/\/tools.test\/mcp, or correct OIDC_EXCHANGE_AUDIENCE/,
    reason: "invalid_target",
  },
  "a person who may not": {
    prepare: ({ policy }) => void policy.denied.add("ada"),
    says: /access_denied.*ask the administrator of http:\S+ to allow your account a token for/,
    reason: "access_denied",
  },
  "an ID-JAG that the provider's policy refuses": {
    prepare: ({ policy }) => void policy.denied.add("ada"),
    settings: (company) => company.thirdSettings(),
    says: /access_denied.*allow your account an ID-JAG for http/,
    reason: "access_denied",
    redeemed: 0,
  },
  "an ID-JAG of another subject": {
    prepare: ({ policy }) => void (policy.forged = { sub: "eve" }),
    settings: (company) => company.thirdSettings(),
    says: /gave an ID-JAG whose sub is "eve", not "ada": it is shown to nobody/,
    reason: "id_jag_mismatch",
    redeemed: 0,
  },
  "an ID-JAG of another provider": {
    prepare: ({ policy }) => void (policy.forged = { iss: "https://elsewhere.test" }),
    settings: (company) => company.thirdSettings(),
    says: /gave an ID-JAG whose iss is "https:\/\/elsewhere.test", not "http/,
    reason: "id_jag_mismatch",
    redeemed: 0,
  },
  "an ID-JAG for another server": {
    prepare: ({ policy }) => void (policy.forged = { aud: "https://elsewhere.test" }),
    settings: (company) => company.thirdSettings(),
    says: /gave an ID-JAG whose aud is "https:\/\/elsewhere.test", not "http/,
    reason: "id_jag_mismatch",
    redeemed: 0,
  },
  "an ID-JAG for another backend": {
    prepare: ({ policy }) => void (policy.forged = { resource: "https://elsewhere.test/mcp" }),
    settings: (company) => company.thirdSettings(),
    says: /whose resource is "https:\/\/elsewhere.test\/mcp"/,
    reason: "id_jag_mismatch",
    redeemed: 0,
  },
  "an ID-JAG for another client": {
    prepare: ({ policy }) => void (policy.forged = { client_id: "somebody" }),
    settings: (company) => company.thirdSettings(),
    says:
      /client_id is "somebody".*set the client id that this program has at .*MCP_BACKEND_CLIENT_ID/,
    reason: "id_jag_mismatch",
    redeemed: 0,
  },
  "an ID-JAG that the backend's server does not trust": {
    prepare: ({ resources }) => void (resources.length = 0),
    settings: (company) => company.thirdSettings(),
    says:
      /answered the ID-JAG with invalid_grant.*ask the administrator of http:\S+ to trust the ID-JAGs/,
    reason: "invalid_grant",
    redeemed: 1,
  },
  "a wrong secret at the backend's server": {
    prepare: () => {},
    settings: (company) =>
      company.thirdSettings({ env: { MCP_BACKEND_CLIENT_SECRET: "of another client" } }),
    says: /answered the ID-JAG with invalid_client.*MCP_BACKEND_CLIENT_SECRET/,
    reason: "invalid_client",
    redeemed: 1,
  },
};

for (const [name, refusal] of Object.entries(refusals)) {
  Deno.test(`refused: ${name}`, async () => {
    await using company = await startExchangeCompany();
    refusal.prepare(company);
    const settings = refusal.settings?.(company) ?? company.settings(0);
    await using program = await company.start(settings);
    const begun = begin(program);
    await signIn(company);
    const { error } = await begun;
    assert.match(error?.message ?? "", refusal.says);
    assert.equal(error?.data?.reason, refusal.reason);
    // What was refused for good is not asked for by the next request.
    const next = await begin(program);
    assert.equal(next.error?.data?.reason, "refusal_paused");
    assert.match(next.error.message, refusal.says);
    assert.equal(company.provider.count("token", tokenExchange), refusal.exchanges ?? 1);
    assert.equal(company.server.count("token"), refusal.redeemed ?? 0);
    assert.equal(company.browser.count(), 1);
  });
}

Deno.test("a client that is answered while a person signs in gets the token of its backend after", async () => {
  await using company = await startExchangeCompany();
  await using program = await company.start(
    company.settings(0, {
      env: { MCP_PROXY_INSTANT_START: "auto", MCP_PROXY_START_GRACE: "0" },
    }),
  );
  // Answered at once, in the backend's place.
  assert.ok((await begin(program)).result);
  await program.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  await signIn(company);
  const { parameters } = await company.provider.requested(({ grantType }) =>
    grantType === tokenExchange
  );
  assert.equal(parameters.get("audience"), audiences[0]);
  await company.gateways[0].requested(({ subject }) => subject === "ada");
});

Deno.test("a backend that names another authorization server later gets no token sent there", async () => {
  await using company = await startExchangeCompany();
  const { third, provider, server, policy } = company;
  const evil: string[] = [];
  await using attacker = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      evil.push(new URL(request.url).pathname);
      return new Response(null, { status: 404 });
    },
  );
  const issuer = `http://127.0.0.1:${attacker.addr.port}`;
  policy.audiences.set(issuer, {});
  // A client that authenticates by nothing secret may go by what the backend says.
  const settings = company.thirdSettings({
    env: { MCP_BACKEND_ISSUER_URL: "", MCP_BACKEND_CLIENT_SECRET: "" },
  });
  {
    await using program = await company.start(settings);
    const begun = begin(program);
    await signIn(company);
    // The server wants the secret, which is another matter: it was asked.
    assert.ok((await begun).error);
    assert.equal(server.count("token"), 1);
  }
  third.name(issuer);
  const exchanges = provider.count("token", tokenExchange);
  await using program = await company.start({
    ...settings,
    env: { ...settings.env, OIDC_EXCHANGE_SCOPES: "another" },
  });
  const { error } = await begin(program);
  assert.match(
    error?.message ?? "",
    /names another authorization server than before: http:.*nothing is sent to it/,
  );
  assert.equal(error?.data?.reason, "backend_issuer_changed");
  assert.equal(provider.count("token", tokenExchange), exchanges);
  assert.deepEqual(evil, []);
});

Deno.test("a secret is not sent to an authorization server that the backend alone names", async () => {
  await using company = await startExchangeCompany();
  await using program = await company.start(
    company.thirdSettings({ env: { MCP_BACKEND_ISSUER_URL: "" } }),
  );
  const begun = begin(program);
  await signIn(company);
  const { error } = await begun;
  assert.match(
    error?.message ?? "",
    /a client secret is sent to nobody that only the backend names/,
  );
  assert.equal(company.server.count("token"), 0);
});

Deno.test("ten processes at each of three backends: one tab, three exchanges", async () => {
  await using company = await startExchangeCompany();
  const { provider, server } = company;
  const programs = await Promise.all(
    Array.from({ length: 10 }, () => all(company)).flat().map((each) => company.start(each)),
  );
  try {
    const begun = programs.map(begin);
    await signIn(company);
    for (const answer of await Promise.all(begun)) assert.ok(answer.result, JSON.stringify(answer));
  } finally {
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
  }
  assert.equal(company.browser.count(), 1);
  assert.equal(provider.count("token", "authorization_code"), 1);
  assert.equal(provider.count("token", tokenExchange), 3);
  assert.equal(server.count("token"), 1);
});

Deno.test("logout ends the sign-in and all that was derived from it", async () => {
  await using company = await startExchangeCompany({ provider: { revocation: true } });
  for (const [at, settings] of all(company).entries()) {
    await using program = await company.start(settings);
    const begun = begin(program);
    if (at === 0) await signIn(company);
    assert.ok((await begun).result);
    await program.endInput();
    await program.exit;
  }
  const command = async (name: string, ...more: string[]) => {
    const settings = company.settings(1);
    return await runProgram({ ...settings, args: [name, ...settings.args!, ...more] });
  };
  const { identities } = JSON.parse((await command("status", "--json")).stdout);
  assert.equal(identities.length, 1);
  assert.equal(identities[0].account, "ada@company.test");
  const derived = identities[0].derived as { audience?: string; backend?: string }[];
  assert.deepEqual(
    derived.map(({ audience, backend }) => audience ?? backend).sort(),
    [...audiences, company.third.url.href].sort(),
  );
  const table = await command("status");
  assert.match(table.stdout, /for https:\/\/tools.test\/mcp/);

  const out = await command("logout");
  assert.equal(out.code, 0);
  assert.match(out.stderr, /Removed the credential of ada/);
  assert.match(out.stderr, /https:\/\/tools.test\/mcp/);
  assert.deepEqual(JSON.parse((await command("status", "--json")).stdout).identities, []);
  assert.ok(company.provider.count("revocation") >= 1);
});

Deno.test("whoever signs in as somebody else has no token of the former account left", async () => {
  await using company = await startExchangeCompany();
  const { gateways } = company;
  for (const at of [0, 1] as const) {
    await using program = await company.start(company.settings(at));
    const begun = begin(program);
    if (at === 0) await signIn(company);
    assert.ok((await begun).result);
    await program.endInput();
    await program.exit;
  }
  const { createPerson } = await import("../support/person.ts");
  const settings = company.settings(0);
  const login = runProgram({ ...settings, args: ["login", ...settings.args!, "--force"] });
  await createPerson({ login: "bob" }).visit(await company.browser.opened());
  assert.equal((await login).code, 0, (await login).stderr);
  await using program = await company.start(company.settings(1));
  assert.ok((await begin(program)).result);
  assert.equal(gateways[1].requests.at(-1)?.subject, "bob");
});

Deno.test("a disabled account is heard of at the next exchange", async () => {
  await using company = await startExchangeCompany();
  const { provider, policy } = company;
  {
    await using program = await company.start(company.settings(0));
    const begun = begin(program);
    await signIn(company);
    assert.ok((await begun).result);
    await program.endInput();
    await program.exit;
  }
  policy.disabled.add("ada");
  provider.revokeRefreshTokens();
  await using program = await company.start(company.settings(1));
  const { error } = await begin(program);
  assert.match(error?.message ?? "", /answered the token exchange with invalid_request/);
  assert.match(error?.message ?? "", /sign in again/);
});

Deno.test("doctor checks each step, and shows what both tokens say of themselves", async () => {
  await using company = await startExchangeCompany();
  const { provider, server, third } = company;
  const examine = async (settings: ReturnType<ExchangeCompany["settings"]>) => {
    const { stdout } = await runProgram({
      ...settings,
      args: ["doctor", ...settings.args!, "--json"],
    });
    const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] };
    return findings.filter(({ check }) => check === "exchange");
  };
  const idle = await examine(company.thirdSettings({ env: { MCP_BACKEND_CLIENT_ID: "" } }));
  assert.deepEqual(idle.map(({ verdict }) => verdict), ["warning"]);
  assert.match(idle[0].fix, /^set MCP_BACKEND_CLIENT_ID, or leave MCP_BACKEND_CLIENT_SECRET/);
  const before = await examine(company.thirdSettings());
  assert.equal(before.at(-1)?.verdict, "unknown");
  assert.match(before.at(-1)?.found ?? "", /not signed in/);
  assert.equal(company.browser.count(), 0);
  for (const [at, settings] of [company.settings(0), company.thirdSettings()].entries()) {
    await using program = await company.start(settings);
    const begun = begin(program);
    if (at === 0) await signIn(company);
    assert.ok((await begun).result);
  }
  const texts = async (settings: ReturnType<ExchangeCompany["settings"]>) =>
    (await examine(settings)).map(({ verdict, found }) => `${verdict}: ${found}`).join("\n");
  const plain = await texts(company.settings(0));
  assert.match(plain, /^ok: http:\S+ exchanges tokens \(RFC 8693\)$/m);
  assert.match(
    plain,
    /^ok: the token of the sign-in: iss http\S+, aud https:\/\/backend.test\/mcp, /m,
  );
  assert.match(
    plain,
    /^ok: the token of the backend: iss http\S+, aud https:\/\/tools.test\/mcp, /m,
  );
  const across = await texts(company.thirdSettings());
  assert.ok(
    across.includes(
      `the backend's authorization server is ${server.issuer}, for ${third.url.href}`,
    ),
    across,
  );
  assert.ok(
    across.includes(`the token of the backend: iss ${server.issuer}, aud ${third.url.href}`),
  );
  for (const token of [...provider.secrets.access_token, ...server.secrets.access_token]) {
    assert.ok(!`${plain}${across}`.includes(token));
  }
  const refused = await examine(
    company.settings(0, { env: { OIDC_EXCHANGE_AUDIENCE: "https://nobody.test" } }),
  );
  assert.equal(refused.at(-1)?.verdict, "failure");
  assert.match(
    refused.at(-1)?.fix ?? "",
    /ask the administrator of .* have a token for https:\/\/nobody/,
  );
});

Deno.test("each kind of token ends in turn, and nobody is asked again", async () => {
  // The ID token and the access token of the sign-in, that of the backend's server: all of them end.
  await using company = await startExchangeCompany({
    provider: { accessTokenTtl: 20, idTokenTtl: 12 },
  });
  const { provider, server, serverLifetime } = company;
  serverLifetime.seconds = 4;
  await using program = await company.start(company.thirdSettings());
  const begun = begin(program);
  await signIn(company);
  assert.ok((await begun).result);
  await program.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  // An ID token that ends within ten seconds is not presented any more: it is renewed at once.
  await callUntil(
    program,
    () => server.count("token") >= 3 && provider.count("token", "refresh_token") >= 1,
  );
  assert.equal(company.browser.count(), 1);
  const spent = provider.requests.filter(({ grantType }) => grantType === "refresh_token")
    .map(({ parameters }) => parameters.get("refresh_token"));
  assert.equal(new Set(spent).size, spent.length);
  // Each ID-JAG is presented once.
  const assertions = server.requests.map(({ parameters }) => parameters.get("assertion"))
    .filter((assertion) => assertion !== null);
  assert.equal(new Set(assertions).size, assertions.length);
});

Deno.test("without a refresh token, an ID token that has ended costs a sign-in, and nothing before", async () => {
  await using company = await startExchangeCompany({
    provider: { refreshTokens: "never", idTokenTtl: 12 },
  });
  const { serverLifetime, third, browser } = company;
  serverLifetime.seconds = 4;
  await using program = await company.start(company.thirdSettings());
  const begun = begin(program);
  await signIn(company);
  assert.ok((await begun).result);
  await program.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  assert.ok((await call(program, "first")).result);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  assert.equal(browser.count(), 1);
  const called = call(program, "second");
  await signIn(company);
  assert.ok((await called).result);
  assert.equal(browser.count(), 2);
  assert.deepEqual([...new Set(third.subjects)], ["ada"]);
});

Deno.test("a workload's JWT is exchanged, with nobody signed in", async () => {
  await using company = await startExchangeCompany();
  const { provider } = company;
  await using program = await company.start(
    company.settings(0, {
      env: {
        OIDC_FLOW: "workload",
        OIDC_WORKLOAD_AS: "subject",
        OIDC_ASSERTION_ENV: "AGENT_JWT",
        AGENT_JWT: "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZ2VudCJ9.c2ln",
      },
    }),
  );
  const { error } = await begin(program);
  // This provider takes tokens of its own alone; what it was asked is what counts.
  assert.match(
    error?.message ?? "",
    /subject_token_type must be access_token; the JWT in the variable/,
  );
  const { parameters } = await provider.requested(({ grantType }) => grantType === tokenExchange);
  const { subject_token_type, audience } = Object.fromEntries(parameters);
  assert.equal(subject_token_type, "urn:ietf:params:oauth:token-type:jwt");
  assert.equal(audience, audiences[0]);
  assert.equal(provider.count("authorization"), 0);
});

Deno.test("ten processes at each of three backends, when everything has ended: three exchanges, no refresh token twice", async () => {
  await using company = await startExchangeCompany({ provider: { accessTokenTtl: 5 } });
  const { provider, policy, server } = company;
  policy.lifetime = 2;
  {
    await using program = await company.start(company.settings(0));
    const begun = begin(program);
    await signIn(company);
    assert.ok((await begun).result);
    await program.endInput();
    await program.exit;
  }
  // Both tokens end by themselves; nothing tells when.
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  policy.lifetime = 300;
  const exchanges = provider.count("token", tokenExchange);
  const refreshed = provider.count("token", "refresh_token");
  const programs = await Promise.all(
    Array.from({ length: 10 }, () => all(company)).flat().map((each) => company.start(each)),
  );
  try {
    for (const answer of await Promise.all(programs.map(begin))) {
      assert.ok(answer.result, JSON.stringify(answer));
    }
  } finally {
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
  }
  assert.equal(company.browser.count(), 1);
  assert.equal(provider.count("token", tokenExchange) - exchanges, 3);
  assert.equal(server.count("token"), 1);
  // On a slow machine the new token of the sign-in may end before the last exchange begins.
  const spent = provider.requests.filter(({ grantType }) => grantType === "refresh_token")
    .map(({ parameters }) => parameters.get("refresh_token"));
  assert.ok(spent.length > refreshed);
  assert.equal(new Set(spent).size, spent.length, "a refresh token was used twice");
});

Deno.test("a secret of the backend's server that is on the command line is warned about", async () => {
  await using company = await startExchangeCompany();
  const settings = company.thirdSettings({ env: { MCP_BACKEND_CLIENT_SECRET: "" } });
  const secret = "shown to everybody";
  await using program = await company.start({
    ...settings,
    args: [...settings.args!, "--backend-client-secret", secret],
  });
  await program.logged(/secret of the backend's authorization server is on the command line/);
  assert.ok(!program.stderr().includes(secret));
});
