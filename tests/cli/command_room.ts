import { join } from "node:path";
import { type identityOf, signInIdentityOf } from "../../src/app/access.ts";
import type { Credential } from "../../src/base/credential.ts";
import { commands } from "../../src/cli/commands/registry.ts";
import type { CommandContext, CommandRun } from "../../src/cli/commands/command.ts";
import { silentLog } from "../../src/cli/doctor/silent_log.ts";
import { createCredentialSource } from "../../src/credentials/credential_source.ts";
import { lingerLease, writeHandover } from "../../src/credentials/handover.ts";
import { identityDigest } from "../../src/credentials/identity.ts";
import { isLease } from "../../src/credentials/leases/leases.ts";
import { openStore } from "../../src/credentials/store/open_store.ts";
import { listStoredIdentities } from "../../src/credentials/stored_credentials.ts";
import type { FlagTexts } from "../../src/settings/options.ts";
import {
  type ResolvedSettings,
  resolveSettings,
  type SettingInputs,
} from "../../src/settings/resolve_settings.ts";
import type { SystemConfig } from "../../src/settings/system_config.ts";
import { asking } from "../credentials/room.ts";
import { scriptedFlows } from "../credentials/scripted_flows.ts";
import { type RecordedTerminal, recordedTerminal } from "../support/recorded_terminal.ts";

/** How a command is started in a {@linkcode CommandRoom}. */
export interface CommandStart {
  /** Its own flags, by name without the dashes. */
  flags?: Record<string, string>;
  /** Its own argument. */
  argument?: string;
  /** What was given for the backend. */
  given?: string;
  /** Environment variables besides those of the room; an empty text unsets one. */
  variables?: Record<string, string>;
  /** Where it talks; a terminal in memory at which nobody sits, unless told otherwise. */
  terminal?: RecordedTerminal;
  /** Finds the server that is meant. */
  findServer?: SettingInputs["findServer"];
  /** The administrator's configuration file. */
  system?: SystemConfig;
}

/** How a command ended. */
export interface CommandEnd {
  code: number;
  /** What it wrote to stdout. */
  out: string;
  /** What it wrote to stderr, by lines. */
  err: string[];
  /** With what it asked for its settings. */
  asked: Parameters<CommandContext["resolve"]>[];
}

/**
 * A cache directory, and a provider on loopback that gives tokens to clients without a person and
 * takes tokens back: what commands need that are run in this process.
 */
export class CommandRoom implements AsyncDisposable {
  readonly home = Deno.makeTempDirSync();
  readonly cacheDir = join(this.home, "cache");
  /** The form fields of each request to the provider's endpoints, with the endpoint. */
  readonly requests: Record<string, string>[] = [];
  /** What the provider answers besides what is usual, by endpoint. */
  readonly answers: Record<
    string,
    ((request: Request) => Response | Promise<Response>) | undefined
  > = {};
  readonly #server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    return this.#answer(request);
  });
  readonly issuer = `http://127.0.0.1:${this.#server.addr.port}`;
  /** Where the backend is, which answers 401 to everything. */
  readonly backend = `${this.issuer}/mcp`;

  /** The settings with these variables. */
  async resolve(
    variables: Record<string, string> = {},
    { flags = {}, findServer, system }: Pick<CommandStart, "findServer" | "system"> & {
      flags?: FlagTexts;
    } = {},
  ): Promise<ResolvedSettings> {
    const all: Record<string, string> = {
      MCP_BACKEND_URL: this.backend,
      OIDC_ISSUER_URL: this.issuer,
      OIDC_CLIENT_ID: "client",
      MCP_PROXY_CACHE_DIR: this.cacheDir,
      HOME: this.home,
      ...variables,
    };
    return await resolveSettings({
      flags,
      getEnv: (name) => all[name],
      readTextFile: (path) => Deno.readTextFile(path),
      findServer,
      readSystemConfig: () => Promise.resolve(system),
    });
  }

  /** Runs a command to its end. */
  async run(command: CommandRun, start: CommandStart = {}): Promise<CommandEnd> {
    const { flags = {}, argument, given, variables, findServer, system } = start;
    const terminal = start.terminal ?? recordedTerminal();
    const asked: CommandEnd["asked"] = [];
    const code = await command({
      flags,
      argument,
      given,
      terminal,
      commands,
      resolve: (...how) => {
        asked.push(how);
        return this.resolve(variables, { flags: how[0], findServer, system });
      },
    });
    return { code, out: terminal.out.text(), err: terminal.err.lines(), asked };
  }

  /** Stores a credential as a sign-in with these settings would have. */
  async signIn(
    fields: Partial<Credential> = {},
    { variables, of = signInIdentityOf, ago = 0 }: {
      variables?: Record<string, string>;
      /** How long ago that was, in milliseconds. */
      ago?: number;
      /** Whose it is; of the sign-in, unless told otherwise. */
      of?: typeof identityOf;
    } = {},
  ): Promise<void> {
    const { settings } = await this.resolve(variables);
    const now = () => Date.now() - ago;
    const flows = scriptedFlows(now);
    flows.onSignIn = async ({ onCredential }) => {
      const credential = flows.grant({
        issuer: this.issuer,
        clientId: settings.oidcClientId ?? "registered",
        ...fields,
      });
      await onCredential(credential);
      return credential;
    };
    const source = createCredentialSource({
      cacheDir: this.cacheDir,
      identity: of(settings),
      flows,
      encryption: settings.credentialEncryption,
      log: silentLog,
      now,
    });
    try {
      await source.current(asking());
    } finally {
      await source.close();
    }
  }

  /** Goes on with a sign-in in the background, as this process, until it is disposed of. */
  async linger(
    expiresAt: number,
    variables?: Record<string, string>,
  ): Promise<AsyncDisposable> {
    const { settings } = await this.resolve(variables);
    const identity = signInIdentityOf(settings);
    const digest = await identityDigest(identity);
    const { cacheDir } = this;
    const store = await openStore({ cacheDir, encryption: "file", log: silentLog });
    await writeHandover(
      { ...store, digest },
      { identity, signIn: "sign-in", force: false, expiresAt },
      Date.now(),
    );
    const lease = await store.leases.attempt(lingerLease(digest), "sign-in");
    return {
      async [Symbol.asyncDispose]() {
        if (isLease(lease)) await lease[Symbol.asyncDispose]();
        store[Symbol.dispose]();
      },
    };
  }

  /** Whose credentials are stored, by client id. */
  async stored(): Promise<string[]> {
    const stored = await listStoredIdentities({ cacheDir: this.cacheDir, log: silentLog });
    return stored.map(({ identity }) => identity?.clientId ?? "unreadable").sort();
  }

  async #answer(request: Request): Promise<Response> {
    const { issuer } = this;
    const endpoint = new URL(request.url).pathname;
    if (endpoint === "/.well-known/openid-configuration") {
      return this.answers.metadata?.(request) ?? Response.json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        revocation_endpoint: `${issuer}/revoke`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
      });
    }
    if (request.method === "POST" && endpoint !== "/mcp") {
      const fields = Object.fromEntries(new URLSearchParams(await request.text()));
      const authorization = request.headers.get("authorization");
      this.requests.push({ endpoint, ...authorization && { authorization }, ...fields });
    }
    const answer = this.answers[endpoint];
    if (answer) return await answer(request);
    if (endpoint === "/token") {
      return Response.json({ access_token: "given", token_type: "Bearer", expires_in: 3_600 });
    }
    if (endpoint === "/revoke") return new Response();
    return new Response(null, { status: endpoint === "/mcp" ? 401 : 404 });
  }

  /** From now on nobody answers. */
  async shutdown(): Promise<void> {
    await this.#server.shutdown();
  }

  async [Symbol.asyncDispose]() {
    await this.shutdown();
    await Deno.remove(this.home, { recursive: true });
  }
}
