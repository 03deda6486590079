/**
 * Writes one frozen store with the code of this working copy, as a process of its own since it sets
 * the clock and `fetch`. Arguments: the directory to write to, and the encryption.
 *
 * The store is that of a person with an account for every state that a store can be in. It is taken
 * from under running programs, as a machine that loses power leaves it: one is signing in, another
 * one waits for the answer to a refresh.
 *
 * @module
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { backendMemory, createAccess } from "../../src/app/access.ts";
import type { AnswerKey, EraVerdict } from "../../src/bridge/start/backend_memory.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import type { CredentialEncryption } from "../../src/credentials/encryption/encryptions.ts";
import { asProxyError, type ProxyError } from "../../src/base/errors.ts";
import { createLog } from "../../src/base/log.ts";
import { backend, createExampleProvider, issuer, type TokenAnswer } from "./example_provider.ts";

/** What one account of a frozen store must open to. */
export interface FrozenAccount {
  /** The environment that names it to the program. */
  env: Record<string, string>;
  /** What the provider gave, when the account is signed in. */
  credential?: FrozenCredential;
  /** When it was last used, in milliseconds since the epoch. */
  lastUsedAt?: number;
  /** The sign-in that was under way. */
  pending?: {
    authorizationUrl: string;
    /** RFC 7636: what the stored verifier must hash to. */
    codeChallenge: string;
    state: string;
    nonce: string;
    startedAt: number;
    expiresAt: number;
  };
  /** What is not tried again for a while. */
  cooldown?: {
    of: "sign-in" | "refresh";
    /** Until when, in milliseconds since the epoch. */
    until: number;
    /** What an error during it says. */
    says: string[];
  };
  /** The client that was registered for it (RFC 7591). */
  registeredClient?: string;
  /** Whether the last refresh brought another refresh token; absent when there was none. */
  rotates?: boolean;
  /** What a backend last said to it, all of it when the store was written. */
  remembered?: {
    /** The backend's URL. */
    backend: string;
    answers: { key: AnswerKey; result: string }[];
    verdict: EraVerdict;
  };
  /** Whether its refresh token was being used when the program was killed. */
  interrupted?: boolean;
}

/** A credential as the provider gave it; times in milliseconds since the epoch. */
export interface FrozenCredential {
  issuer: string;
  clientId: string;
  accessToken: string;
  tokenType: "Bearer" | "DPoP";
  obtainedAt: number;
  expiresAt?: number;
  refreshToken?: string;
  idToken?: string;
  claims?: Record<string, unknown>;
  scope?: string;
  /** The public half of the key that the tokens are bound to (RFC 9449). */
  dpopKey?: JsonWebKey;
}

/** What a frozen store must open to. */
export interface FrozenStore {
  /** How it is encrypted. */
  encryption: CredentialEncryption;
  /** When it was written, as the program saw it, in milliseconds since the epoch. */
  writtenAt: number;
  /** With `keychain`: what lies there. */
  keychain?: { service: string; account: string; password: string };
  /** Its accounts by name. */
  accounts: Record<string, FrozenAccount>;
}

const writtenAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
/** The lifetime in seconds of what is to be good for as long as this program; the longest it accepts is 68 years. */
const decades = 60 * 365 * 86_400;
const loginTimeout = 300;
const redirectUrl = "http://127.0.0.1:0/auth/callback";

/** What a backend said to one of the accounts. */
const remembered: NonNullable<FrozenAccount["remembered"]> = {
  backend,
  answers: [
    {
      key: { era: "legacy", method: "initialize" },
      result: '{"protocolVersion":"2025-11-25","serverInfo":{"name":"frozen-backend"}}',
    },
    {
      key: { era: "modern", method: "server/discover" },
      result: '{"serverInfo":{"name":"frözen"}}',
    },
    {
      key: { era: "legacy", method: "tools/list" },
      result: '{"tools":[{"name":"frozen-tool-1"}],"nextCursor":"frozen cursor"}',
    },
    {
      key: { era: "legacy", method: "tools/list", cursor: "frozen cursor" },
      result: '{"tools":[{"name":"frozen-tool-2"}]}',
    },
  ],
  verdict: { era: "both", versions: ["2025-11-25", "2026-07-28"] },
};

let clock = writtenAt;

if (import.meta.main) {
  const [directory, encryption] = Deno.args;
  await writeStore(directory, encryption as CredentialEncryption);
  // Those that were under way must not end in an orderly way.
  Deno.exit(0);
}

async function writeStore(directory: string, encryption: CredentialEncryption): Promise<void> {
  Date.now = () => clock;
  const realFetch = globalThis.fetch;
  const provider = await createExampleProvider(() => clock);
  globalThis.fetch = provider.fetch;
  const cacheDir = await Deno.makeTempDir();
  const accounts: Record<string, FrozenAccount> = {};

  /** A program that was started for an account. */
  async function start(name: string, env: Record<string, string> = {}) {
    const own = {
      OIDC_ISSUER_URL: issuer,
      OIDC_CLIENT_ID: "frozen-client",
      MCP_PROXY_PROFILE: name,
      ...env,
    };
    const variables: Record<string, string> = {
      OIDC_FLOW: "browser",
      OIDC_REDIRECT_URL: redirectUrl,
      MCP_PROXY_NO_BROWSER: "true",
      MCP_PROXY_CACHE_DIR: cacheDir,
      MCP_PROXY_CREDENTIAL_ENCRYPTION: encryption,
      MCP_PROXY_LOGIN_TIMEOUT: String(loginTimeout),
      ...own,
    };
    const { settings } = await resolveSettings({
      flags: {},
      getEnv: (variable) => variables[variable],
      readTextFile: (path) => Deno.readTextFile(path),
    });
    const shown = Promise.withResolvers<URL>();
    const write = (line: string) => {
      const url = /http:\/\/\S+\/sign-in\/\S+/.exec(line)?.[0];
      if (url) open(url).then(shown.resolve, shown.reject);
    };
    const log = createLog({ level: "info", write });
    const { source } = createAccess(settings, log);
    const account: FrozenAccount = accounts[name] = { env: own };
    const memory = backendMemory(
      { ...settings, backendUrl: new URL(backend) },
      { source, headers: {}, log },
    );
    return { source, account, memory, url: shown.promise };
  }

  const cookies = new Map<string, string>();

  /** Opens what the program shows as the browser does; returns where it leads. */
  async function open(url: string): Promise<URL> {
    const { headers } = await realFetch(url, { redirect: "manual" });
    cookies.set(new URL(url).host, headers.get("set-cookie")!.split(";")[0]);
    return new URL(headers.get("location")!);
  }

  /** Comes back to the program as the browser does. */
  async function answer(url: URL, parameters: Record<string, string>): Promise<void> {
    const back = new URL(url.searchParams.get("redirect_uri")!);
    back.search = String(
      new URLSearchParams({ ...parameters, state: url.searchParams.get("state")! }),
    );
    const headers = { cookie: cookies.get(back.host)! };
    await (await realFetch(back, { headers })).body?.cancel();
  }

  function credentialOf(tokens: TokenAnswer, clientId: string): FrozenCredential {
    const { accessToken, expiresIn, refreshToken, tokenType = "Bearer" } = tokens;
    const { idToken, claims, scope, dpopKey } = provider.given(accessToken);
    return {
      issuer: `${issuer}/`,
      clientId,
      accessToken,
      tokenType,
      obtainedAt: clock,
      ...expiresIn !== undefined && { expiresAt: clock + expiresIn * 1000 },
      ...refreshToken !== undefined && { refreshToken },
      ...idToken !== undefined && { idToken, claims },
      ...scope !== undefined && { scope },
      ...dpopKey !== undefined && { dpopKey },
    };
  }

  const signal = new AbortController().signal;

  async function signIn(name: string, tokens: TokenAnswer, env?: Record<string, string>) {
    const program = await start(name, env);
    const signedIn = program.source.signIn({ force: false, signal });
    const url = await Promise.race([program.url, signedIn.then(() => undefined)]);
    if (!url) throw new Error(`${name} signed in without being asked`);
    provider.authorize(name, { parameters: url.searchParams, answer: tokens });
    await answer(url, { code: name });
    await signedIn;
    program.account.credential = credentialOf(tokens, url.searchParams.get("client_id")!);
    return program;
  }

  const tokensOf = (name: string, more: Partial<TokenAnswer> = {}): TokenAnswer => ({
    accessToken: `frozen-access-token-of-${name}`,
    refreshToken: `frozen-refresh-token-of-${name}`,
    expiresIn: decades,
    claims: { sub: `frozen-subject-of-${name}`, email: `${name}@frozen.test` },
    ...more,
  });

  {
    const { source, memory } = await signIn("signed-in", tokensOf("signed-in"));
    for (const { key, result } of remembered.answers) memory.note(key, encode(result));
    memory.noteVerdict(remembered.verdict);
    await memory.flush();
    await source.close();
    clock = writtenAt + 3_600_000;
    const { source: again, account } = await start("signed-in");
    const { accessToken } = await again.current({ interactive: false, signal });
    await again.close();
    clock = writtenAt;
    account.credential = credentialOf(tokensOf("signed-in"), "frozen-client");
    account.lastUsedAt = writtenAt + 3_600_000;
    account.remembered = remembered;
    if (accessToken !== account.credential.accessToken) throw new Error("not the stored token");
  }
  {
    // Everything that makes an identity its own.
    const { source } = await signIn("every-field", tokensOf("every-field"), {
      OIDC_SCOPES: "openid email tools:read",
      OIDC_RESOURCE: backend,
      OIDC_AUDIENCE: "frozen-audience",
      OIDC_AUTH_PARAMS: "prompt=consent\nlogin_hint=every-field@frozen.test",
      OIDC_TOKEN_PARAMS: "tenant=frozen",
    });
    await source.close();
  }
  {
    const { source, account } = await signIn("id-token", tokensOf("id-token"), {
      OIDC_TOKEN: "id",
    });
    await source.close();
    // What the backend is shown is the ID token, which lives for as long as it says itself, less
    // the second that its times may be rounded by.
    account.credential!.accessToken = account.credential!.idToken!;
    account.credential!.expiresAt = writtenAt + 3_599_000;
  }
  {
    const tokens = { accessToken: "frozen-access-token-without-end" };
    const { source } = await signIn("without-end", tokens, { OIDC_NO_OPENID: "true" });
    await source.close();
  }
  {
    const tokens = tokensOf("bound", { tokenType: "DPoP" });
    const { source } = await signIn("bound", tokens, { OIDC_DPOP: "true" });
    await source.close();
  }
  {
    const { source } = await signIn("expired", tokensOf("expired", { expiresIn: 600 }));
    await source.close();
  }
  for (const rotates of [true, false]) {
    const name = rotates ? "rotated" : "kept";
    const { source, account } = await signIn(
      name,
      tokensOf(name, { accessToken: `first-${name}` }),
    );
    const next = tokensOf(name, {
      ...rotates && { refreshToken: `frozen-second-refresh-token-of-${name}` },
    });
    provider.onRefresh = () => next;
    await source.renewed(`first-${name}`, { interactive: false, signal });
    await source.close();
    // A refresh answer without a scope means the one that was granted before (RFC 6749 section 5.1).
    const { scope } = account.credential!;
    account.credential = { ...credentialOf(next, "frozen-client"), ...scope && { scope } };
    account.rotates = rotates;
  }
  {
    const { source, account } = await signIn(
      "provider-down",
      tokensOf("provider-down", { expiresIn: 600 }),
    );
    provider.onRefresh = () =>
      Promise.resolve(
        new Response("maintenance", { status: 503, headers: { "retry-after": "1800" } }),
      );
    const { accessToken } = account.credential!;
    const error = await errorOf(source.renewed(accessToken, { interactive: false, signal }));
    await source.close();
    const until = writtenAt + 1_800_000;
    account.cooldown = { of: "refresh", until, says: [error.what, error.fix] };
  }
  {
    const { source, account, url } = await start("denied");
    const failed = errorOf(source.current({ interactive: true, signal }));
    const error_description = "frozen reason of the refusal";
    await answer(await url, { error: "access_denied", error_description });
    const error = await failed;
    await source.close();
    const says = [error.what, error.fix, error_description];
    account.cooldown = { of: "sign-in", until: writtenAt + 30_000, says };
  }
  {
    const { source, account } = await signIn("registered", tokensOf("registered"), {
      OIDC_ISSUER_URL: "",
      OIDC_CLIENT_ID: "",
      MCP_BACKEND_URL: backend,
      // A client is registered for its redirect URLs.
      OIDC_REDIRECT_URL: redirectUrl,
    });
    await source.close();
    const [registered, ...more] = provider.registered;
    if (more.length > 0) throw new Error("more than one client was registered");
    account.registeredClient = registered;
  }
  {
    const { source, account } = await signIn("interrupted", tokensOf("interrupted"));
    const asked = Promise.withResolvers<void>();
    provider.onRefresh = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const { accessToken } = account.credential!;
    source.renewed(accessToken, { interactive: false, signal }).catch(() => {});
    await asked.promise;
    account.interrupted = true;
  }
  {
    const { source, account, url } = await start("signing-in");
    // Never answered: what is stored for others meanwhile is what is wanted.
    Promise.resolve(source.current({ interactive: true, signal })).catch(() => {});
    const { href, searchParams } = await url;
    account.pending = {
      authorizationUrl: href,
      codeChallenge: searchParams.get("code_challenge")!,
      state: searchParams.get("state")!,
      nonce: searchParams.get("nonce")!,
      startedAt: writtenAt,
      expiresAt: writtenAt + loginTimeout * 1000,
    };
  }

  await Deno.mkdir(directory, { recursive: true });
  copyDatabase(join(cacheDir, "cache.db"), join(directory, "cache.db"));
  if (encryption === "file") {
    await Deno.copyFile(join(cacheDir, "cache.key"), join(directory, "cache.key"));
  }
  for await (const { name } of Deno.readDir(cacheDir)) {
    if (name.startsWith("account-")) {
      await Deno.copyFile(join(cacheDir, name), join(directory, name));
    }
  }
  await Deno.remove(cacheDir, { recursive: true });
  const frozen: FrozenStore = {
    encryption,
    writtenAt,
    ...encryption === "keychain" && { keychain: await keychainEntry() },
    accounts,
  };
  await Deno.writeTextFile(
    join(directory, "expected.json"),
    `${JSON.stringify(frozen, null, 2)}\n`,
  );
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function errorOf(result: unknown): Promise<ProxyError> {
  const error = await Promise.resolve(result).then(() => undefined, (error) => error);
  if (error === undefined) throw new Error("what must fail did not");
  return asProxyError(error);
}

/** One file with nothing in it that was deleted, as small as it can be. */
function copyDatabase(from: string, to: string): void {
  const database = new DatabaseSync(from);
  database.exec(`VACUUM INTO '${to.replaceAll("'", "''")}'`);
  database.close();
  const copy = new DatabaseSync(to);
  // Deno KV would remove the sign-in that was under way a few minutes from now.
  copy.prepare("UPDATE kv SET expiration_ms = ? WHERE expiration_ms > 0")
    .run(writtenAt + decades * 1000);
  copy.exec("PRAGMA journal_mode = WAL");
  copy.close();
}

/** Names of its own, as the password manager of the system shows them: they are part of the format. */
async function keychainEntry(): Promise<NonNullable<FrozenStore["keychain"]>> {
  const [service, account] = ["authful-mcp-proxy", "credential data key"];
  const { AsyncEntry } = await import("@napi-rs/keyring");
  const entry = new AsyncEntry(service, account, { linux: { store: "secret-service" } });
  const password = await entry.getPassword();
  if (!password) throw new Error("the data key is not in the keychain under the names it had");
  return { service, account, password };
}
