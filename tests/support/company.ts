/**
 * Everything a company has on its side of `authful-mcp-proxy`, started together: the provider, the
 * gateway with server-everything behind it, and a person at a desk with a home and a browser.
 *
 * @module
 */
import { type BrowserStub, createBrowserStub, type OpenerBehaviour } from "./browser_stub.ts";
import { type EverythingServer, startEverything } from "./everything.ts";
import { freePort } from "./free_port.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { createHome, type Home } from "./home.ts";
import { createPerson, type Page, type Person } from "./person.ts";
import { type Program, type ProgramOptions, startProgram } from "./program.ts";
import type { ProgramSettings } from "./program_command.ts";
import { type ProviderOptions, startProvider, type TestProvider } from "./provider.ts";

/** What {@linkcode startCompany} is told. */
export interface CompanyOptions {
  /** For the provider. */
  provider?: ProviderOptions;
  /** What is behind the gateway, when it is not a server-everything of the company's own. */
  backend?: URL;
  /** How the opener behaves. */
  opener?: OpenerBehaviour;
}

/** A company at work. */
export interface Company extends AsyncDisposable {
  readonly provider: TestProvider;
  readonly gateway: Gateway;
  /** The server behind the gateway; kill it, start it. Throws when the company has another backend. */
  readonly everything: EverythingServer;
  readonly home: Home;
  readonly browser: BrowserStub;
  readonly person: Person;
  /** The arguments and environment that the program needs here, over which yours win. */
  settings(more?: Partial<ProgramSettings>): ProgramSettings;
  /** Starts the program with {@linkcode Company.settings}. */
  start(more?: Partial<ProgramOptions>): Promise<Program>;
  /** Waits for the program to open the browser, and lets the person go through with the sign-in. */
  signIn(): Promise<Page>;
}

/** Starts a {@linkcode Company}. */
export async function startCompany(options: CompanyOptions = {}): Promise<Company> {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await startProvider(options.provider));
  const own = options.backend ? undefined : stack.use(await startEverything());
  const backend = options.backend ?? own?.url;
  if (!backend) throw new Error("a company needs a backend");
  const gateway = stack.use(await startGateway({ provider, backend }));
  const home = stack.use(await createHome());
  const browser = stack.use(await createBrowserStub(options.opener));
  const person = createPerson();
  const redirectUrl = `http://127.0.0.1:${freePort()}/auth/callback`;

  const settings = (more: Partial<ProgramSettings> = {}): ProgramSettings => ({
    home: home.path,
    path: [browser.directory],
    args: [gateway.url.href],
    ...more,
    env: {
      // Without one, a container counts as a place where nobody sees a browser.
      DISPLAY: ":0",
      OIDC_ISSUER_URL: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_REDIRECT_URL: redirectUrl,
      ...more.env,
    },
  });

  const owned = stack.move();
  return {
    provider,
    gateway,
    get everything() {
      if (!own) throw new Error("this company has another backend");
      return own;
    },
    home,
    browser,
    person,
    settings,
    start: (more = {}) => startProgram({ ...more, ...settings(more) }),
    signIn: async () => await person.visit(await browser.opened()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
