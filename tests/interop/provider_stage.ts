/**
 * A provider that others wrote, a backend that trusts it, and people at their desks: what a flow
 * runs in.
 *
 * @module
 */
import { join } from "node:path";
import { type BrowserStub, createBrowserStub } from "../support/browser_stub.ts";
import { startEverything } from "../support/everything.ts";
import { freePort } from "../support/free_port.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { createHome, type Home } from "../support/home.ts";
import type { Page } from "../support/person.ts";
import { type Outcome, type Program, runProgram, startProgram } from "../support/program.ts";
import type { ProgramSettings } from "../support/program_command.ts";
import type {
  Provider,
  ProviderBrowser,
  ProviderBrowserOptions,
  ProviderClient,
  ProviderPerson,
  RunningProvider,
} from "./counterpart.ts";
import { type Exchange, startRecordingProxy } from "./recording_proxy.ts";

/** What {@linkcode startProviderStage} is told. */
export interface ProviderStageOptions {
  /** Where the provider was installed. */
  directory: string;
  /** Ends the start. */
  signal: AbortSignal;
}

/** A provider at work and what belongs to it. */
export interface ProviderStage extends AsyncDisposable {
  readonly provider: RunningProvider;
  readonly gateway: Gateway;
  /** The server behind the gateway. */
  readonly backend: URL;
  readonly redirectUrl: string;
  /** Everything that was said to the provider and by it, people's pages included. */
  readonly exchanges: readonly Exchange[];
  /** The requests to the token endpoint with this grant since a place in the list. */
  tokenRequests(grantType: string, from?: number): Exchange[];
  /** A desk of a person whom nobody else uses. */
  desk(client: ProviderClient, options?: ProviderBrowserOptions): Promise<Desk>;
}

/** A person with a home, a browser and a client of the provider's. */
export interface Desk extends AsyncDisposable {
  readonly home: Home;
  readonly opener: BrowserStub;
  readonly person: ProviderPerson;
  readonly browser: ProviderBrowser;
  /** What the program is told here, over which yours win. */
  settings(more?: Partial<ProgramSettings>): ProgramSettings;
  /** Starts the bridge. */
  start(more?: Partial<ProgramSettings>): Promise<Program>;
  /** Runs a command to its end; the backend's URL is added. */
  run(command: string, more?: Partial<ProgramSettings>): Promise<Outcome>;
  /** Waits for the program to open the browser and goes through with the sign-in. */
  signIn(): Promise<Page>;
  /** Runs `login` and goes through with it. */
  login(more?: Partial<ProgramSettings>): Promise<Outcome>;
}

/** Starts a {@linkcode ProviderStage}. */
export async function startProviderStage(
  definition: Provider,
  { directory, signal }: ProviderStageOptions,
): Promise<ProviderStage> {
  await using stack = new AsyncDisposableStack();
  const data = await Deno.makeTempDir({ prefix: "authful-provider-" });
  stack.defer(() => Deno.remove(data, { recursive: true }));
  const port = freePort();
  const proxy = stack.use(await startRecordingProxy({ upstream: port }));
  const redirectUrl = `http://127.0.0.1:${freePort()}/auth/callback`;
  const provider = stack.use(
    await definition.start({
      directory,
      data,
      port,
      origin: proxy.origin,
      redirectUrl,
      audience: "https://backend.test/mcp",
      accessTokenLifetime: 6,
      signal,
    }),
  );
  const everything = stack.use(await startEverything());
  const gateway = stack.use(await startGateway({ provider, backend: everything.url }));

  const desk: ProviderStage["desk"] = async (client, options) => {
    await using desk = new AsyncDisposableStack();
    const home = desk.use(await createHome());
    const opener = desk.use(await createBrowserStub());
    const person = await provider.createPerson();
    const browser = provider.createBrowser(person, options);
    const keyFile = join(home.path, "client-key.pem");
    if (client.key) await Deno.writeTextFile(keyFile, client.key, { mode: 0o600 });
    const settings = (more: Partial<ProgramSettings> = {}): ProgramSettings => ({
      home: home.path,
      path: [opener.directory],
      args: [gateway.url.href],
      ...more,
      env: {
        DISPLAY: ":0",
        OIDC_ISSUER_URL: provider.issuer,
        OIDC_CLIENT_ID: client.id,
        OIDC_REDIRECT_URL: redirectUrl,
        ...client.secret ? { OIDC_CLIENT_SECRET: client.secret } : {},
        ...client.key ? { OIDC_CLIENT_KEY_FILE: keyFile, OIDC_CLIENT_AUTH: "private_key_jwt" } : {},
        ...provider.settings,
        ...client.settings,
        ...more.env,
      },
    });
    const run: Desk["run"] = (command, more = {}) =>
      runProgram(settings({ ...more, args: [command, gateway.url.href, ...more.args ?? []] }));
    const signIn = async () => await browser.signIn(await opener.opened());
    const owned = desk.move();
    return {
      home,
      opener,
      person,
      browser,
      settings,
      start: (more) => startProgram({ ...settings(more), patience: 60_000 }),
      run,
      signIn,
      login: async (more) => (await Promise.all([run("login", more), signIn()]))[0],
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  };

  const owned = stack.move();
  return {
    provider,
    gateway,
    backend: everything.url,
    redirectUrl,
    exchanges: proxy.exchanges,
    tokenRequests: (grantType, from = 0) =>
      proxy.exchanges.slice(from).filter(({ method, parameters }) =>
        method === "POST" && parameters.get("grant_type") === grantType
      ),
    desk,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
