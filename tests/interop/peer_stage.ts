/**
 * Where peers are measured: a provider at which people, services and clients that register
 * themselves are known, and desks at which somebody signs in as soon as a page opens.
 *
 * @module
 */
import { join } from "node:path";
import { createBrowserStub } from "../support/browser_stub.ts";
import { freePort } from "../support/free_port.ts";
import { createHome } from "../support/home.ts";
import { createPerson } from "../support/person.ts";
import type { ProgramSettings } from "../support/program_command.ts";
import {
  confidentialClient,
  publicClient,
  startProvider,
  type TestProvider,
} from "../support/provider.ts";
import type { PeerCommand, PeerOptions } from "./counterpart.ts";
import { reasonOf } from "./probe_outcome.ts";

/** What {@linkcode startPeerStage} is told. */
export interface PeerStageOptions {
  /** The audience of tokens for which no resource was named. */
  audience: string;
  /** The lifetime of access tokens, in seconds; an hour unless told otherwise. */
  accessTokenTtl?: number;
}

/** A {@linkcode startPeerStage | stage}. */
export interface PeerStage extends AsyncDisposable {
  readonly provider: TestProvider;
  /** Gets an access token for a resource without a peer. */
  getToken(resource: string): Promise<string>;
  /** A desk that nobody has used: a home of its own, nobody signed in at the browser. */
  openDesk(): Promise<PeerDesk>;
}

/** What {@linkcode PeerDesk.options} cannot know. */
export type PeerTarget = Pick<PeerOptions, "directory" | "url" | "era" | "token">;

/** A home, and a browser at which somebody signs in as soon as a page opens. */
export interface PeerDesk extends AsyncDisposable {
  /** How many pages were opened. */
  tabs(): number;
  /** Reads what a peer logs: a code that it shows is entered, as at another device. */
  read(log: string): void;
  /** Why sign-ins failed that did: the person's view. */
  readonly troubles: readonly string[];
  /** What a peer is told here. */
  options(target: PeerTarget): PeerOptions;
  /** The command in this home and with this browser. */
  settings(command: PeerCommand): ProgramSettings;
}

// Nothing of a peer leaves the machine, such as a look for a newer version.
const nowhere = "http://127.0.0.1:9";

/** Starts a stage; its backends are started by whoever measures. */
export async function startPeerStage(options: PeerStageOptions): Promise<PeerStage> {
  await using stack = new AsyncDisposableStack();
  const secret = "the-secret-of-a-service";
  const service = {
    ...confidentialClient("client_secret_basic", secret),
    client_id: "interop-service",
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
  };
  const device = {
    ...publicClient,
    client_id: "interop-device",
    grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
    response_types: [],
    redirect_uris: [],
  };
  const provider = stack.use(
    await startProvider({
      ...options,
      registration: true,
      deviceFlow: true,
      clientCredentials: true,
      clients: [publicClient, service, device],
    }),
  );
  const tokenEndpoint = `${provider.issuer}/token`;
  const owned = stack.move();
  return {
    provider,
    async getToken(resource) {
      const response = await fetch(tokenEndpoint, {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`${service.client_id}:${secret}`)}` },
        body: new URLSearchParams({ grant_type: "client_credentials", resource }),
      });
      const { access_token } = await response.json();
      if (typeof access_token !== "string") throw new Error(`no token: ${response.status}`);
      return access_token;
    },
    async openDesk() {
      await using desk = new AsyncDisposableStack();
      const home = desk.use(await createHome());
      const browser = desk.use(await createBrowserStub());
      const browserCommand = join(browser.directory, "open");
      await makeDefaultBrowser(home.path, browserCommand);
      const troubles: string[] = [];
      const redirectUrl = new URL(`http://localhost:${freePort()}/auth/callback`);
      const person = createPerson();
      const visit = async (url: URL) => {
        try {
          await untilListening(url);
          const { status } = await person.visit(url);
          if (status !== 200) troubles.push(`a page of status ${status}`);
        } catch (error) {
          troubles.push(reasonOf(error));
        }
      };
      let isOpen = true;
      desk.defer(() => void (isOpen = false));
      const attend = async () => {
        while (isOpen) {
          const url = await browser.opened(attention).catch(() => undefined);
          if (url) await visit(url);
        }
      };
      const entered = new Set<string>();
      attend();
      const ownedDesk = desk.move();
      return {
        tabs: () => browser.count(),
        read(log) {
          const code = userCode.exec(log)?.[0];
          if (code === undefined || entered.has(code) || !log.includes("/device")) return;
          entered.add(code);
          visit(new URL(`${provider.issuer}/device?user_code=${code}`));
        },
        troubles,
        options: (target) => ({
          ...target,
          provider: {
            issuer: provider.issuer,
            tokenEndpoint,
            clientId: provider.clientId,
            redirectUrl,
          },
          deviceClientId: device.client_id,
          service: { id: service.client_id, secret },
        }),
        settings: ({ command, args, env }) => ({
          home: home.path,
          path: [browser.directory],
          ...command ? { command } : {},
          args,
          env: {
            DISPLAY: ":0",
            BROWSER: browserCommand,
            HTTPS_PROXY: nowhere,
            HTTP_PROXY: nowhere,
            NO_PROXY: "127.0.0.1,localhost",
            ...env,
          },
        }),
        [Symbol.asyncDispose]: () => ownedDesk.disposeAsync(),
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

// How long somebody still looks for a page when nobody needs them any more.
const attention = 1000;
// As oidc-provider makes them; process ids and hashes that logs have look otherwise.
const userCode = /\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b/;
const opening = 5000;

/** A person is never so quick that the page to come back to is not there yet. */
async function untilListening(url: URL): Promise<void> {
  const redirectUri = URL.parse(url.searchParams.get("redirect_uri") ?? "");
  if (!redirectUri) return;
  const end = performance.now() + opening;
  while (performance.now() < end) {
    try {
      (await Deno.connect({ hostname: redirectUri.hostname, port: Number(redirectUri.port) }))
        .close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * Makes a command the browser of a home. Some peers do not look for `xdg-open` on PATH: Python takes
 * `BROWSER`, and the `xdg-open` that mcp-remote brings asks the desktop for its default.
 */
async function makeDefaultBrowser(home: string, command: string): Promise<void> {
  const applications = join(home, ".local", "share", "applications");
  const config = join(home, ".config");
  await Deno.mkdir(applications, { recursive: true });
  await Deno.mkdir(config, { recursive: true });
  await Deno.writeTextFile(
    join(applications, "interop-browser.desktop"),
    `[Desktop Entry]\nType=Application\nName=Browser\nExec=${command} %u\n`,
  );
  const schemes = ["http", "https"].map((scheme) =>
    `x-scheme-handler/${scheme}=interop-browser.desktop`
  );
  await Deno.writeTextFile(
    join(config, "mimeapps.list"),
    `[Default Applications]\n${schemes.join("\n")}\n`,
  );
}
