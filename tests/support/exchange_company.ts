/**
 * A company with one provider and several backends, each with an audience of its own, and one with
 * an authorization server of its own, at a desk with a browser.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";
import {
  createPolicy,
  exchangeGrant,
  type ExchangePolicy,
  idJagGrant,
  jwtBearer,
  tokenExchange,
} from "./assertion_grants.ts";
import { type BrowserStub, createBrowserStub } from "./browser_stub.ts";
import { type CountingBackend, startCountingBackend } from "./counting_backend.ts";
import { freePort } from "./free_port.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { createHome, type Home } from "./home.ts";
import { listenOnLoopback, stopListening } from "./loopback_server.ts";
import { createPerson, type Person } from "./person.ts";
import { type Program, startProgram } from "./program.ts";
import type { ProgramSettings } from "./program_command.ts";
import {
  confidentialClient,
  type ProviderOptions,
  startProvider,
  type TestProvider,
} from "./provider.ts";

/** The audiences of the two backends that trust the provider itself. */
export const audiences = ["https://tools.test/mcp", "https://wiki.test/mcp"] as const;

/** The client at the backend's own authorization server. */
export const backendClient = { id: "authful-at-the-backend", secret: "the secret of that client" };

/** The company. */
export interface ExchangeCompany extends AsyncDisposable {
  provider: TestProvider;
  policy: ExchangePolicy;
  /** The backends that trust the provider, by {@linkcode audiences}. */
  gateways: readonly [Gateway, Gateway];
  /** The authorization server of the third one. */
  server: TestProvider;
  /** The backends that it gives tokens for. */
  resources: string[];
  /** The lifetime of what it gives. */
  serverLifetime: { seconds: number };
  /** The third backend, which advertises that server. */
  third: AdvertisingGateway;
  home: Home;
  browser: BrowserStub;
  person: Person;
  /** The settings for one of the first two backends. */
  settings(at: 0 | 1, more?: Partial<ProgramSettings>): ProgramSettings;
  /** The settings for the third. */
  thirdSettings(more?: Partial<ProgramSettings>): ProgramSettings;
  start(settings: ProgramSettings): Promise<Program>;
}

/** A backend that names its authorization server. */
export interface AdvertisingGateway extends AsyncDisposable {
  url: URL;
  /** The subjects of the tokens that it accepted. */
  subjects: string[];
  /** The extensions that clients declared with `initialize`, each time. */
  extensions: string[][];
  /** Names another authorization server from now on. */
  name(issuer: string): void;
}

/** Starts a company. */
export async function startExchangeCompany(
  options: { provider?: ProviderOptions } = {},
): Promise<ExchangeCompany> {
  await using stack = new AsyncDisposableStack();
  const policy = createPolicy(...audiences);
  const client = confidentialClient("client_secret_basic");
  const provider = stack.use(
    await startProvider({
      clients: [{ ...client, grant_types: ["authorization_code", "refresh_token", tokenExchange] }],
      grants: [exchangeGrant(policy)],
      ...options.provider,
    }),
  );
  const backend: CountingBackend = stack.use(await startCountingBackend());
  const gateway = async (audience: string) =>
    stack.use(
      await startGateway({
        provider: { issuer: provider.issuer, jwksUri: provider.jwksUri, audience },
        backend: backend.url,
      }),
    );
  const gateways = [await gateway(audiences[0]), await gateway(audiences[1])] as const;
  const resources: string[] = [];
  const serverLifetime = { seconds: 300 };
  const server = stack.use(
    await startProvider({
      clients: [{
        ...confidentialClient("client_secret_basic", backendClient.secret),
        client_id: backendClient.id,
        grant_types: [jwtBearer],
        response_types: [],
        redirect_uris: [],
      }],
      configuration: {
        discovery: {
          authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"],
        },
      },
      grants: [idJagGrant({ trusted: () => provider, resources, lifetime: serverLifetime })],
    }),
  );
  policy.audiences.set(server.issuer, { clientId: backendClient.id });
  const third = stack.use(await startAdvertisingGateway({ server, backend: backend.url }));
  resources.push(third.url.href);
  const home = stack.use(await createHome());
  const browser = stack.use(await createBrowserStub());
  const redirectUrl = `http://127.0.0.1:${freePort()}/auth/callback`;
  const base = (url: URL, more: Partial<ProgramSettings>, env: Record<string, string>) => ({
    home: home.path,
    path: [browser.directory],
    args: [url.href],
    ...more,
    env: {
      DISPLAY: ":0",
      // What the client is told meanwhile is another matter.
      MCP_PROXY_INSTANT_START: "off",
      OIDC_ISSUER_URL: provider.issuer,
      OIDC_CLIENT_ID: client.client_id,
      OIDC_CLIENT_SECRET: client.client_secret,
      OIDC_REDIRECT_URL: redirectUrl,
      ...env,
      ...more.env,
    },
  });
  const owned = stack.move();
  return {
    provider,
    policy,
    gateways,
    server,
    resources,
    serverLifetime,
    third,
    home,
    browser,
    person: createPerson(),
    settings: (at, more = {}) =>
      base(gateways[at].url, more, { OIDC_EXCHANGE_AUDIENCE: audiences[at] }),
    thirdSettings: (more = {}) =>
      base(third.url, more, {
        MCP_BACKEND_CLIENT_ID: backendClient.id,
        MCP_BACKEND_CLIENT_SECRET: backendClient.secret,
        MCP_BACKEND_ISSUER_URL: server.issuer,
      }),
    start: (settings) => startProgram({ ...settings, patience: 60_000 }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startAdvertisingGateway(
  { server, backend }: { server: TestProvider; backend: URL },
): Promise<AdvertisingGateway> {
  const keys = createRemoteJWKSet(new URL(server.jwksUri));
  const subjects: string[] = [];
  const extensions: string[][] = [];
  let issuer = server.issuer;
  let url = new URL("http://127.0.0.1");
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const place = new URL(`/.well-known/oauth-protected-resource${url.pathname}`, url);
    if (request.url === place.pathname) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ resource: url.href, authorization_servers: [issuer] }));
      return;
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const verified = await jwtVerify(token, keys, { issuer: server.issuer, audience: url.href })
      .catch(() => undefined);
    if (!verified) {
      response.writeHead(401, { "www-authenticate": `Bearer resource_metadata="${place.href}"` });
      response.end();
      return;
    }
    subjects.push(String(verified.payload.sub));
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? await new Blob(chunks as BlobPart[]).text() : "{}";
    const { method, params } = JSON.parse(body);
    if (method === "initialize") {
      extensions.push(Object.keys(params.capabilities?.extensions ?? {}));
    }
    const answer = await fetch(backend, {
      method: request.method,
      headers: Object.entries(request.headers)
        .flatMap(([name, value]) =>
          /^(host|connection|content-length|authorization|transfer-encoding)$/.test(name)
            ? []
            : [[name, String(value)] as [string, string]]
        ),
      ...chunks.length > 0 && { body },
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  };
  const listener = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const port = await listenOnLoopback(listener);
  url = new URL(`http://127.0.0.1:${port}/mcp`);
  return {
    url,
    subjects,
    extensions,
    name(other) {
      issuer = other;
    },
    [Symbol.asyncDispose]: () => stopListening(listener),
  };
}
