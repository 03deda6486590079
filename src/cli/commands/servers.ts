import { accountName } from "../../base/account.ts";
import {
  findStoredIdentity,
  listStoredIdentities,
  type StoredIdentity,
} from "../../credentials/stored_credentials.ts";
import { asProxyError, oneLine } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import { redact } from "../../base/redactor.ts";
import { readTextFile } from "../../base/read_file.ts";
import { cacheDirectory } from "../../app/cache_directory.ts";
import type { CommandContext } from "./command.ts";
import { signInIdentityOf } from "../../app/access.ts";
import { silentLog } from "../doctor/silent_log.ts";
import { requirePermissions } from "../../platform/missing_permission.ts";
import { type SearchableMachine, thisMachine } from "../../platform/paths.ts";
import type { KnownServer } from "../servers/known_server.ts";
import { resolveServer, type ServerFiles } from "../servers/resolve_server.ts";
import { knownServers } from "../servers/known_servers.ts";
import { formatDuration } from "../terminal/duration.ts";
import { formatTable } from "../terminal/table.ts";
import type { Paint } from "../terminal/paint.ts";
import { formatJson } from "../terminal/format_json.ts";

const columns = ["name", "backend", "clients", "account", "state", "settings in"] as const;

/** A server, and who is signed in there. */
interface ListedServer extends KnownServer {
  /** The credential that its settings lead to. */
  stored?: StoredIdentity;
  /** Why its settings cannot be used. */
  error?: string;
}

/** `servers`: everything that was set up, for which client, and who is signed in. */
export async function servers(
  { flags, resolve, terminal }: CommandContext,
  machine: SearchableMachine = thisMachine(),
): Promise<number> {
  const { out, err } = terminal;
  const { settings, config, system } = await resolve({ backendUrl: "" }, { unnamed: "none" });
  requirePermissions({ urls: [], cacheDir: cacheDirectory(settings.cacheDir) });
  const known = await knownServers({ config, system }, {
    machine,
    readTextFile: (path) => readTextFile(path, { pipes: false }),
  });
  const stores = new Map<string, Promise<StoredIdentity[]>>();
  const storedIn = (cacheDir: string) => {
    const stored = stores.get(cacheDir) ?? listStoredIdentities({ cacheDir, log: silentLog });
    stores.set(cacheDir, stored);
    return stored;
  };
  const listed = await Promise.all(
    known.map((server) =>
      withCredential(server, {
        config: config?.path,
        system,
        machine,
        storedIn,
      })
    ),
  );
  const now = Date.now();
  if (flags.json) {
    out.line(redact(formatJson({ servers: listed.map((each) => report(each, now)) })));
  } else if (listed.length === 0) {
    err.line("No server is set up: authful-mcp-proxy setup does it");
  } else {
    const rows = listed.map((each) => row(each, { now, paint: out.paint }));
    out.line(formatTable(columns, rows, { width: out.width, heading: out.paint.dim }));
  }
  return 0;
}

/** Finds the stored credential that a bridge with these settings would use. */
async function withCredential(
  server: KnownServer,
  { storedIn, machine, ...files }: ServerFiles & {
    machine: SearchableMachine;
    storedIn(cacheDir: string): Promise<StoredIdentity[]>;
  },
): Promise<ListedServer> {
  try {
    const { settings } = await resolveServer(server, { ...files, getEnv: machine.env });
    const stored = await storedIn(cacheDirectory(settings.cacheDir, machine));
    return { ...server, stored: findStoredIdentity(stored, signInIdentityOf(settings)) };
  } catch (error) {
    return { ...server, error: asProxyError(error).what };
  }
}

function report(
  { name, texts, clients, origin, path, stored, error, hiddenBy }: ListedServer,
  now: number,
) {
  return {
    name,
    backendUrl: texts.backendUrl ?? null,
    settings: { in: origin, file: path },
    clients: clients.map(({ id, path }) => ({ client: id, file: path })),
    account: accountName(stored?.claims) ?? null,
    signedIn: stored !== undefined && isUsable(stored, now),
    renewable: stored?.renewable ?? null,
    expiresAt: stored?.expiresAt === undefined ? null : new Date(stored.expiresAt).toISOString(),
    ...hiddenBy !== undefined && { hiddenBy },
    ...error !== undefined && { error },
  };
}

function row(
  { name, texts, clients, path, stored, error, hiddenBy }: ListedServer,
  { now, paint }: { now: number; paint: Paint },
): Record<typeof columns[number], string> {
  return {
    name: oneLine(name),
    backend: oneLine(texts.backendUrl ?? "not named"),
    clients: clients.map(({ title }) => title).join(", ") || "none",
    account: stored ? excerpt(accountName(stored.claims) ?? "unknown") : "",
    state: hiddenBy !== undefined
      ? paint.dim("hidden by your own server of this name")
      : error === undefined
      ? state(stored, { now, paint })
      : paint.red(excerpt(error)),
    "settings in": path,
  };
}

function state(
  stored: StoredIdentity | undefined,
  { now, paint }: { now: number; paint: Paint },
): string {
  if (!stored) return paint.yellow("not signed in");
  if (stored.renewable) return paint.green("signed in, renews by itself");
  if (!isUsable(stored, now)) return paint.yellow("the token has run out");
  const { expiresAt } = stored;
  return paint.green(
    expiresAt === undefined ? "signed in" : `signed in for ${formatDuration(expiresAt - now)}`,
  );
}

function isUsable({ renewable, expiresAt }: StoredIdentity, now: number): boolean {
  return renewable || expiresAt === undefined || expiresAt > now;
}
