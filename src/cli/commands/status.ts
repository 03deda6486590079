import { excerpt } from "../../base/excerpt.ts";
import { redact } from "../../base/redactor.ts";
import { accountName } from "../../base/account.ts";
import { exchangedFor } from "../../credentials/identity.ts";
import { derivedFor, groupDerived } from "../credentials/derived_tokens.ts";
import {
  findStoredIdentity,
  listLingeringSignIns,
  listStoredIdentities,
  type StoredIdentity,
} from "../../credentials/stored_credentials.ts";
import { adviceText, oneLine } from "../../base/errors.ts";
import { cacheDirectory } from "../../app/cache_directory.ts";
import type { CommandContext } from "./command.ts";
import { signInIdentityOf } from "../../app/access.ts";
import { requirePermissions } from "../../platform/missing_permission.ts";
import { formatDuration } from "../terminal/duration.ts";
import type { LingeringSignIn } from "../../credentials/lingering_sign_ins.ts";
import { createTerminalLog } from "../terminal/terminal_log.ts";
import { formatTable } from "../terminal/table.ts";
import type { Paint } from "../terminal/paint.ts";
import { formatJson } from "../terminal/format_json.ts";

const columns = [
  "account",
  "issuer",
  "client id",
  "profile",
  "scopes",
  "access token",
  "renews",
  "last used",
  "encryption",
] as const;

/** `status`: every stored identity, never a token. */
export async function status(
  { flags, resolve, terminal }: CommandContext,
): Promise<number> {
  const { settings } = await resolve({}, { unnamed: "the only one" });
  const { out, err } = terminal;
  const log = createTerminalLog({ sink: err, level: settings.debug ? "debug" : "warn" });
  const cacheDir = cacheDirectory(settings.cacheDir);
  requirePermissions({ urls: [], cacheDir });
  const stored = await listStoredIdentities({ cacheDir, log });
  const lingering = await listLingeringSignIns({ cacheDir, log });
  const now = Date.now();
  const families = groupDerived(stored);
  const wanted = settings.oidcIssuerUrl && settings.oidcClientId
    ? signInIdentityOf(settings)
    : undefined;
  const named = wanted && findStoredIdentity(stored, wanted);
  const signedIn = named !== undefined && (named.renewable || lives(named, now));
  if (flags.json) {
    const whole = {
      cacheDir,
      ...wanted && { signedIn },
      identities: families.map(({ signIn, derived }) => ({
        ...report(signIn, now),
        ...derived.length > 0 && { derived: derived.map((each) => reportDerived(each, now)) },
      })),
      ...lingering.length > 0 && { signInsInBackground: lingering.map(reportLingering) },
    };
    out.line(redact(formatJson(whole)));
  } else if (stored.length === 0) {
    err.line(`Nobody is signed in: nothing is stored in ${cacheDir}`);
  } else {
    const rows = families.flatMap(({ signIn, derived }) => [
      row(signIn, { now, paint: out.paint }),
      ...derived.map((each) => derivedRow(each, { now, paint: out.paint })),
    ]);
    out.line(formatTable(columns, rows, { width: out.width, heading: out.paint.dim }));
    err.line(`\nKept in ${stored[0].file}`);
  }
  if (!flags.json) { for (const each of lingering) err.line(lingeringLine(each, now)); }
  if (!wanted || signedIn) return 0;
  const { failure } = err.paint;
  err.line(
    `${failure} ${
      adviceText({
        what:
          `Not signed in at ${wanted.issuer} with client id ${wanted.clientId}, profile ${wanted.profile}`,
        fix: "run authful-mcp-proxy login",
      })
    }`,
  );
  return 1;
}

/** What a token was exchanged for, and how long it lasts. What is undefined is not in the JSON. */
function reportDerived(stored: StoredIdentity, now: number) {
  const { identity, scope, expiresAt, lastUsedAt } = stored;
  const { audience, resource, scopes, client, issuer, backend } = identity
    ? exchangedFor(identity)
    : {} as Record<string, undefined>;
  const time = (at: number | undefined) => at === undefined ? null : new Date(at).toISOString();
  return {
    audience,
    resource,
    backend,
    clientId: client,
    issuer,
    scopes: (scope ?? scopes)?.split(" ") ?? null,
    expiresAt: time(expiresAt),
    valid: lives(stored, now),
    lastUsedAt: time(lastUsedAt),
  };
}

/** A line under that of the sign-in, in which only what differs from it is said. */
function derivedRow(
  stored: StoredIdentity,
  { now, paint }: { now: number; paint: Paint },
): Record<typeof columns[number], string> {
  const { identity, scope } = stored;
  return {
    ...row(stored, { now, paint }),
    account: `  for ${excerpt(identity ? derivedFor(identity) : "")}`,
    issuer: "",
    "client id": oneLine(identity ? exchangedFor(identity).client ?? "" : ""),
    profile: "",
    scopes: excerpt(scope ?? "", { max: 1_000 }),
  };
}

function reportLingering({ identity, pid, expiresAt }: LingeringSignIn) {
  const { issuer, clientId, profile } = identity;
  return { issuer, clientId, profile, pid, endsAt: new Date(expiresAt).toISOString() };
}

function lingeringLine({ identity, pid, expiresAt }: LingeringSignIn, now: number): string {
  const left = formatDuration(expiresAt - now);
  return `Process ${pid} waits in the background for somebody to sign in at ${
    oneLine(identity.issuer)
  }, profile ${identity.profile}, for ${left} at most`;
}

function report(stored: StoredIdentity, now: number) {
  const { identity, claims, scope, expiresAt, renewable, lastUsedAt, encryption, file } = stored;
  const { profile, scopes, resource, audience } = identity ?? {};
  const time = (at: number | undefined) => at === undefined ? null : new Date(at).toISOString();
  return {
    issuer: identity?.issuer ?? null,
    clientId: identity?.clientId ?? null,
    account: accountName(claims) ?? null,
    subject: typeof claims?.sub === "string" ? claims.sub : null,
    profile: profile ?? null,
    scopes: scope?.split(" ") ?? scopes ?? null,
    resource,
    audience,
    expiresAt: time(expiresAt),
    valid: identity !== undefined && lives(stored, now),
    renewable,
    lastUsedAt: time(lastUsedAt),
    encryption,
    file,
  };
}

function row(
  stored: StoredIdentity,
  { now, paint }: { now: number; paint: Paint },
): Record<typeof columns[number], string> {
  const { identity, claims, scope, expiresAt, renewable, lastUsedAt, encryption } = stored;
  const left = expiresAt === undefined
    ? "no end known"
    : lives(stored, now)
    ? `${formatDuration(expiresAt - now)} left`
    : paint.yellow("expired");
  return {
    account: excerpt(identity ? accountName(claims) ?? "unknown" : "cannot be decrypted"),
    issuer: oneLine(identity?.issuer ?? ""),
    "client id": oneLine(identity?.clientId ?? ""),
    profile: oneLine(identity?.profile ?? ""),
    scopes: excerpt(scope ?? identity?.scopes.join(" ") ?? "", { max: 1_000 }),
    "access token": identity ? left : "",
    renews: renewable ? "yes" : paint.yellow("no"),
    "last used": lastUsedAt === undefined ? "" : `${formatDuration(now - lastUsedAt)} ago`,
    encryption,
  };
}

function lives({ expiresAt }: StoredIdentity, now: number): boolean {
  return expiresAt === undefined || expiresAt > now;
}
