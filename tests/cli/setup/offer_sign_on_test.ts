import assert from "node:assert/strict";
import { offeredServer, offerSignOn } from "../../../src/cli/setup/offer_sign_on.ts";
import { registrationAdvice } from "../../../src/cli/setup/registration_advice.ts";
import type { FlagTexts } from "../../../src/settings/options.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import { answeringTerminal } from "../../support/answering_terminal.ts";
import { CommandRoom } from "../command_room.ts";
import { startExchangeCompany } from "../../support/exchange_company.ts";

async function settingsOf(env: Record<string, string>) {
  const { settings } = await resolveSettings({
    flags: {},
    getEnv: (name) => env[name],
    readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
  });
  return settings;
}

Deno.test("the company's sign-on is offered when backend and provider say that they have it", async () => {
  await using company = await startExchangeCompany();
  const { provider, third, server, gateways } = company;
  const env = { MCP_BACKEND_URL: third.url.href, OIDC_ISSUER_URL: provider.issuer };
  const offered = async (more: Record<string, string> = {}) =>
    await offeredServer(await settingsOf({ ...env, ...more }));
  assert.equal(await offered(), server.issuer);
  // Not to whoever has it, nor where the backend has no server, or its server is the provider itself.
  assert.equal(await offered({ MCP_BACKEND_CLIENT_ID: "there" }), undefined);
  assert.equal(await offered({ MCP_BACKEND_URL: gateways[0].url.href }), undefined);
  assert.equal(await offered({ OIDC_ISSUER_URL: server.issuer }), undefined);
  assert.equal(await offered({ OIDC_ISSUER_URL: "" }), undefined);
  assert.equal(provider.count("token") + server.count("token"), 0);
});

Deno.test("what an exchange takes is among what to register", async () => {
  const env = { OIDC_ISSUER_URL: "https://auth.company.test", OIDC_CLIENT_ID: "mcp" };
  const advice = async (more: Record<string, string>) =>
    registrationAdvice(await settingsOf({ ...env, ...more })).join("\n");
  assert.match(
    await advice({ OIDC_EXCHANGE_AUDIENCE: "wiki" }),
    /^grant: token exchange \(RFC 8693\) for wiki$/m,
  );
  assert.match(
    await advice({
      OIDC_EXCHANGE_GRANT: "on-behalf-of",
      OIDC_EXCHANGE_SCOPES: "api://wiki/.default",
    }),
    /^grant: on-behalf-of for api:\/\/wiki\/.default$/m,
  );
  assert.match(
    await advice({ MCP_BACKEND_CLIENT_ID: "there" }),
    /ID-JAGs, with the client id there/,
  );
  for (
    const [use, says] of [
      ["grant", /jwt-bearer \(RFC 7523\)/],
      ["client", /a federated credential/],
      ["subject", /token exchange \(RFC 8693\), trusting/],
    ] as const
  ) assert.match(await advice({ OIDC_FLOW: "workload", OIDC_WORKLOAD_AS: use }), says);
});

const idJag = "urn:ietf:params:oauth:token-type:id-jag";
const profile = "urn:ietf:params:oauth:grant-profile:id-jag";
const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";

/** A provider, and a backend with a server of its own, which say this of themselves. */
class Companies implements AsyncDisposable {
  readonly room = new CommandRoom();
  ofServer: object = { authorization_grant_profiles_supported: [profile] };
  readonly #server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const { issuer } = this;
    return Response.json({
      ...{
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
      },
      ...this.ofServer,
    });
  });
  readonly issuer: string = `http://127.0.0.1:${this.#server.addr.port}`;

  constructor() {
    this.ofProvider = { grant_types_supported: [exchange] };
    const { backend } = this.room;
    this.room.answers["/.well-known/oauth-protected-resource/mcp"] = () =>
      Response.json({ resource: backend, authorization_servers: [this.issuer] });
  }

  set ofProvider(more: object) {
    const { issuer } = this.room;
    this.room.answers.metadata = () =>
      Response.json({
        ...{ issuer, authorization_endpoint: `${issuer}/authorize`, jwks_uri: `${issuer}/jwks` },
        ...{ token_endpoint: `${issuer}/token`, response_types_supported: ["code"] },
        ...more,
      });
  }

  async offered(variables: Record<string, string> = {}) {
    return await offeredServer((await this.room.resolve(variables)).settings);
  }

  async offer(...typed: string[]) {
    using terminal = answeringTerminal(typed);
    const answers: FlagTexts = {};
    await offerSignOn((await this.room.resolve()).settings, { answers, err: terminal.err });
    return { answers, err: terminal.onErr.replaceAll(this.issuer, "SERVER") };
  }

  async [Symbol.asyncDispose]() {
    await this.#server.shutdown();
    await this.room[Symbol.asyncDispose]();
  }
}

Deno.test("the sign-on is offered where both sides say what it takes, in either of their ways", async () => {
  await using companies = new Companies();
  const { issuer } = companies;
  const rows: [ofServer: object, ofProvider: object, isOffered: boolean][] = [
    [{ authorization_grant_profiles_supported: ["x", profile] }, {
      grant_types_supported: [exchange, "x"],
    }, true],
    [{ authorization_grant_profiles_supported: [profile] }, {
      identity_chaining_requested_token_types_supported: [idJag],
    }, true],
    [{ authorization_grant_profiles_supported: [profile] }, {}, false],
    [{ authorization_grant_profiles_supported: [profile] }, {
      grant_types_supported: ["authorization_code"],
      identity_chaining_requested_token_types_supported: ["x"],
    }, false],
    [{ authorization_grant_profiles_supported: [profile] }, {
      identity_chaining_requested_token_types_supported: `${idJag} x`,
    }, false],
    [
      { authorization_grant_profiles_supported: ["x"] },
      { grant_types_supported: [exchange] },
      false,
    ],
    [{}, { grant_types_supported: [exchange] }, false],
  ];
  for (const [ofServer, ofProvider, isOffered] of rows) {
    Object.assign(companies, { ofServer, ofProvider });
    assert.equal(
      await companies.offered(),
      isOffered ? issuer : undefined,
      JSON.stringify(ofProvider),
    );
  }
});

Deno.test("the sign-on is offered whoever we are at the backend's server, and to nobody who has it", async () => {
  await using companies = new Companies();
  const { issuer } = companies;
  const rows: [variables: Record<string, string>, offered: string | undefined][] = [
    [{}, issuer],
    [{ OIDC_CLIENT_ID: "" }, issuer],
    [{ MCP_BACKEND_CLIENT_SECRET_FILE: "/nowhere" }, issuer],
    [{ MCP_BACKEND_CLIENT_KEY_FILE: "/nowhere" }, issuer],
    [{ MCP_BACKEND_CLIENT_SECRET: "s3cret" }, issuer],
    [{ MCP_BACKEND_CLIENT_ID: "there" }, undefined],
    [{ OIDC_EXCHANGE_AUDIENCE: "wiki" }, undefined],
    [{ OIDC_ISSUER_URL: "" }, undefined],
    [{ MCP_BACKEND_URL: "" }, undefined],
    [{ MCP_BACKEND_URL: "http://127.0.0.1:1/mcp" }, undefined],
    [{ OIDC_ISSUER_URL: issuer }, undefined],
  ];
  for (const [variables, offered] of rows) {
    let found: string | undefined;
    try {
      found = await companies.offered(variables);
    } catch (error) {
      // The settings alone may say that these do not go together.
      assert.match(String(error), /Configuration error/);
      continue;
    }
    assert.equal(found, offered, JSON.stringify(variables));
  }
});

Deno.test("a provider that is the backend's own server offers no other one", async () => {
  await using companies = new Companies();
  const { issuer } = companies;
  companies.ofServer = { ...companies.ofServer, grant_types_supported: [exchange] };
  assert.equal(await companies.offered(), issuer);
  assert.equal(await companies.offered({ OIDC_ISSUER_URL: issuer }), undefined);
});

Deno.test("nobody is waited for longer than 20 s", async () => {
  await using companies = new Companies();
  const { timeout } = AbortSignal;
  const limits: number[] = [];
  AbortSignal.timeout = (limit) => {
    limits.push(limit);
    return AbortSignal.abort();
  };
  try {
    assert.equal(await companies.offered(), undefined);
  } finally {
    AbortSignal.timeout = timeout;
  }
  assert.equal(limits[0], 20_000);
});

const question = "Client id at SERVER: [none] ";

Deno.test("a person is told what is offered, and asked for the client there", async () => {
  await using companies = new Companies();
  const { issuer } = companies;
  const both = { backendClientId: "there", backendIssuerUrl: issuer };
  const rows: [typed: string[], answers: FlagTexts, said: string][] = [
    [[""], {}, question],
    [["none"], {}, question],
    [[], {}, `${question}\n`],
    [["there", ""], both, `${question}File with the client secret there: [none] `],
    [["there"], both, `${question}File with the client secret there: [none] \n`],
    [["there", "none"], both, `${question}File with the client secret there: [none] `],
    [
      ["there", "/a"],
      { ...both, backendClientSecretFile: "/a" },
      `${question}File with the client secret there: [none] `,
    ],
  ];
  for (const [typed, answers, said] of rows) {
    assert.deepEqual(await companies.offer(...typed), {
      answers,
      err:
        "✓ The backend has an authorization server of its own, SERVER, which takes the sign-in of " +
        "your provider (ID-JAG): no sign-in of its own is needed with a client id there\n" + said,
    });
  }
  companies.ofServer = {};
  assert.deepEqual(await companies.offer(), { answers: {}, err: "" });
});
