import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import type { ProviderClient, ProviderClients } from "../counterpart.ts";
import type { ProviderStage } from "../provider_stage.ts";
import type { Flow } from "./flow.ts";
import { refuseIssuedTokens } from "./session.ts";

/** A situation, and what `doctor` says of it. */
interface Case {
  name: string;
  client(clients: ProviderClients): ProviderClient;
  settings?(issuer: string): Record<string, string>;
  /** How the person signs in before. */
  login?: "browser" | "no person";
  /** What happens after that. */
  then?(stage: ProviderStage): void;
  /** The lines, and below each what to do. Every line that begins with ✗ is among them. */
  finds: readonly RegExp[];
  code: 0 | 1;
}

const signedIn = /✓ signed in as ada\d+@company\.test, the token lasts .+ and renews itself/;
const accepted = /✓ accepts the token: .+, protocol \d{4}-\d\d-\d\d\n +✓ offers \d+ tools/;

const cases: readonly Case[] = [
  {
    name: "everything as it should be",
    client: ({ renewing }) => renewing!,
    login: "browser",
    finds: [
      /✓ issuer URL: .+ \(OIDC_ISSUER_URL\)/,
      /✓ client ID: mcp-renewing \(OIDC_CLIENT_ID\)/,
      /✓ the provider, .+, can be reached/,
      /✓ the backend, .+, can be reached/,
      /✓ metadata found, issuer .+\/realms\/company/,
      /✓ supports PKCE with S256/,
      /✓ gave a refresh token at the last sign-in/,
      /✓ known to the provider, with http/,
      /✓ also offers: device flow, PAR, DPoP, revocation, registration/,
      /✓ .+ is free/,
      /✓ .+ is yours alone; 1 stored/,
      /✓ refuses it with 401 and Bearer/,
      signedIn,
      accepted,
    ],
    code: 0,
  },
  {
    name: "an offline session",
    client: ({ offline }) => offline!,
    settings: () => ({ OIDC_SCOPES: "openid offline_access" }),
    login: "browser",
    finds: [
      /✓ scopes: openid offline_access/,
      /✓ gave a refresh token at the last sign-in/,
      signedIn,
      accepted,
    ],
    code: 0,
  },
  {
    name: "nobody signed in",
    client: ({ public: client }) => client,
    finds: [/\? not signed in: .+\n +Fix: run authful-mcp-proxy login/],
    code: 0,
  },
  {
    name: "a realm that is none",
    client: ({ public: client }) => client,
    settings: (issuer) => ({ OIDC_ISSUER_URL: `${issuer}x` }),
    finds: [
      /✗ .+companyx\/\.well-known\/openid-configuration answered 404\n +Fix: check OIDC_ISSUER/,
    ],
    code: 1,
  },
  {
    name: "an issuer with a slash too many",
    client: ({ public: client }) => client,
    settings: (issuer) => ({ OIDC_ISSUER_URL: `${issuer}/` }),
    finds: [
      /✗ .+ names the issuer ".+company" instead of ".+company\/"\n +Fix: set OIDC_ISSUER_URL/,
    ],
    code: 1,
  },
  {
    name: "a provider that is not there",
    client: ({ public: client }) => client,
    settings: () => ({ OIDC_ISSUER_URL: `http://127.0.0.1:${freePort()}/realms/company` }),
    finds: [/✗ the provider, .+, cannot be reached: .+\n +Fix: check OIDC_ISSUER_URL, the network/],
    code: 1,
  },
  {
    name: "a scope that the realm does not have",
    client: ({ public: client }) => client,
    settings: () => ({ OIDC_SCOPES: "openid nonsense" }),
    finds: [
      /! does not list the scope nonsense.+\n +Fix: check OIDC_SCOPES/,
      /✗ known to the provider, .+invalid_scope: Invalid scopes: openid nonsense.+\n +Fix: leave the scope out/,
    ],
    code: 1,
  },
  {
    name: "a redirect URL that is not registered",
    client: ({ public: client }) => client,
    settings: () => ({ OIDC_REDIRECT_URL: `http://127.0.0.1:${freePort()}/elsewhere` }),
    finds: [/✗ .+ refuses .+elsewhere.+\n +Fix: register exactly this redirect URL/],
    code: 1,
  },
  {
    name: "a client that nobody registered",
    client: () => ({ id: "nobody-knows-this" }),
    finds: [/✗ not known to the provider .+\n +Fix: check OIDC_CLIENT_ID/],
    code: 1,
  },
  {
    name: "the device flow",
    client: ({ device }) => device!,
    settings: () => ({ OIDC_FLOW: "device" }),
    finds: [/✓ flow: device \(OIDC_FLOW\)/, /(✓ not needed by the flow device[^✓]+){2}/],
    code: 0,
  },
  {
    name: "client credentials",
    client: ({ service }) => service!,
    settings: () => ({ OIDC_FLOW: "client-credentials" }),
    login: "no person",
    finds: [/✓ client secret: set, not shown/, /✓ signed in, the token lasts/, accepted],
    code: 0,
  },
  {
    name: "client credentials with a wrong secret",
    client: ({ service }) => ({ ...service!, secret: "wrong-as-a-secret-can-be" }),
    settings: () => ({ OIDC_FLOW: "client-credentials" }),
    finds: [
      /✗ .+unauthorized_client: Invalid client or Invalid client credentials\n +Fix: check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET/,
    ],
    code: 1,
  },
  {
    name: "tokens without the audience of the backend",
    client: ({ otherAudience }) => otherAudience!,
    login: "browser",
    finds: [signedIn, /✗ .+ refused the token .+ aud account.+\n +Fix: add an audience mapper/],
    code: 1,
  },
  {
    name: "tokens bound to a key, which the backend does not take",
    client: ({ bound }) => bound!,
    login: "browser",
    finds: [
      /✓ dpop: true/,
      signedIn,
      /✗ .+ refused the token .+DPoP.+\n +Fix: leave OIDC_DPOP out/,
    ],
    code: 1,
  },
  {
    name: "tokens that have been refused and are renewed",
    client: ({ renewing }) => renewing!,
    login: "browser",
    then: refuseIssuedTokens,
    finds: [signedIn, accepted],
    code: 0,
  },
];

/** What `doctor` says of everything that can be right or wrong with a Keycloak. */
export const doctorLines: Flow = {
  name: "doctor, every line",
  // The words are Keycloak's, and the clients those of its realm.
  isOffered: ({ clients, secureIssuer }) =>
    secureIssuer !== undefined && clients.otherAudience !== undefined,
  async run(stage) {
    const { clients, issuer } = stage.provider;
    for (const { name, client, settings, login, then, finds, code } of cases) {
      await using desk = await stage.desk(client(clients));
      const env = settings?.(issuer);
      if (login) {
        const outcome =
          await (login === "browser" ? desk.login({ env }) : desk.run("login", { env }));
        assert.equal(outcome.code, 0, `${name}: ${outcome.stderr}`);
      }
      then?.(stage);
      const doctor = await desk.run("doctor", { env });
      const said = `${name}:\n${doctor.stdout}`;
      for (const line of finds) assert.match(doctor.stdout, line, said);
      // The last one is the verdict.
      const failures = doctor.stdout.split("\n").filter((line) => /^ +✗/.test(line));
      const expected = finds.filter(({ source }) => source.startsWith("✗"));
      assert.equal(failures.length, expected.length, said);
      assert.equal(doctor.code, code, said);
      assert.ok(!doctor.stdout.includes("wrong-as-a-secret-can-be"), said);
    }
  },
};
