/**
 * Where the program runs in the harness: a provider of tests/support with what a backend verifies
 * tokens by, a home, a browser stub and a person who signs in.
 *
 * @module
 */
import { createBrowserStub } from "../support/browser_stub.ts";
import { freePort } from "../support/free_port.ts";
import { createHome } from "../support/home.ts";
import { createPerson, type Person } from "../support/person.ts";
import type { ProgramSettings } from "../support/program_command.ts";
import { confidentialClient, publicClient, startProvider } from "../support/provider.ts";

/** A {@linkcode openDesk | desk}. */
export interface Desk extends AsyncDisposable {
  /** The issuer, and where its keys are. */
  readonly provider: { readonly issuer: string; readonly jwksUri: string };
  /** What the program is started with. */
  settings(url: URL): ProgramSettings;
  /** Goes through the next sign-in that the program opens. */
  signIn(): Promise<void>;
  /** Waits for the next sign-in that the program opens; the person goes through it when called. */
  openSignIn(): Promise<() => Promise<void>>;
  /** Gets an access token without the program. */
  getToken(): Promise<string>;
  /** How often the program has opened the browser. */
  tabs(): number;
}

/** Opens a desk, where the provider gives tokens with this audience. */
export async function openDesk({ audience }: { audience: string }): Promise<Desk> {
  await using stack = new AsyncDisposableStack();
  const service = {
    ...confidentialClient("client_secret_post", "a secret of the harness"),
    client_id: "interop-direct",
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
  };
  const provider = stack.use(
    await startProvider({
      audience,
      clientCredentials: true,
      clients: [publicClient, service],
    }),
  );
  const home = stack.use(await createHome());
  const browser = stack.use(await createBrowserStub());
  const person = createPerson();
  const redirectUrl = `http://127.0.0.1:${freePort()}/auth/callback`;
  const openSignIn = async () => {
    const url = await browser.opened();
    return async () => {
      const { status } = await visitPatiently(person, url);
      if (status !== 200) throw new Error(`the sign-in ended with a page of status ${status}`);
    };
  };
  const owned = stack.move();
  return {
    provider,
    settings: (url) => ({
      home: home.path,
      path: [browser.directory],
      args: [url.href],
      env: {
        DISPLAY: ":0",
        OIDC_ISSUER_URL: provider.issuer,
        OIDC_CLIENT_ID: provider.clientId,
        OIDC_REDIRECT_URL: redirectUrl,
        // As people have it: what a client does in the middle of a sign-in is measured, too.
        MCP_PROXY_NO_LINGER: "",
      },
    }),
    signIn: async () => await (await openSignIn())(),
    openSignIn,
    async getToken() {
      const response = await fetch(`${provider.issuer}/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "client_credentials",
          client_id: service.client_id,
          client_secret: service.client_secret,
          resource: audience,
        }),
      });
      const { access_token } = await response.json();
      if (typeof access_token !== "string") throw new Error(`no token: ${response.status}`);
      return access_token;
    },
    tabs: () => browser.count(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** For as long as a process that ends is followed by another, a person reloads the page. */
const reloading = { patience: 10_000, pause: 250 };

/** Visits a page; when nobody listens at its address, again, as somebody does who reloads it. */
async function visitPatiently(
  person: Pick<Person, "visit">,
  url: URL,
): Promise<{ status: number }> {
  const end = performance.now() + reloading.patience;
  while (true) {
    try {
      return await person.visit(url);
    } catch (error) {
      // What `fetch` throws when there is no connection.
      if (!(error instanceof TypeError) || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, reloading.pause));
    }
  }
}
