import { redact } from "../../base/redactor.ts";
import { formatJson } from "../terminal/format_json.ts";
import { accountName } from "../../base/account.ts";
import type { Credential } from "../../base/credential.ts";
import { baseIdentity, type Identity, isUnattended } from "../../credentials/identity.ts";
import { derivedFor } from "../credentials/derived_tokens.ts";
import { excerpt } from "../../base/excerpt.ts";
import { cacheDirectory } from "../../app/cache_directory.ts";
import type { CommandContext } from "./command.ts";
import { createSource, identityOf } from "../../app/access.ts";
import { requirePermissions } from "../../platform/missing_permission.ts";
import type { ResolvedSettings } from "../../settings/resolve_settings.ts";
import { listenForStopSignals } from "../../platform/stop_signals.ts";
import { formatDuration } from "../terminal/duration.ts";
import { formatFacts } from "../terminal/facts.ts";
import { type Spinner, startSpinner } from "../terminal/spinner.ts";
import { createTerminalLog } from "../terminal/terminal_log.ts";
import type { Sink } from "../terminal/terminal.ts";

/** `login`: signs in now and says what came of it. */
export async function login(
  { flags, resolve, terminal }: CommandContext,
): Promise<number> {
  const resolved = await resolve();
  const startedAt = Date.now();
  const credential = await signInByHand(resolved, {
    force: flags.force !== undefined,
    sink: terminal.err,
  });
  if (flags.json !== undefined) {
    const identity = identityOf(resolved.settings);
    const { expiresAt, obtainedAt, claims, refreshToken, scope } = credential;
    terminal.out.line(redact(formatJson({
      signedIn: true,
      isNew: obtainedAt >= startedAt,
      account: accountName(claims) ?? null,
      issuer: resolved.texts.oidcIssuerUrl ?? identity.issuer,
      clientId: identity.clientId,
      profile: identity.profile,
      scopes: (scope ?? identity.scopes.join(" ")).split(" ").filter((one) => one !== ""),
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
      renewable: refreshToken !== undefined || isUnattended(identity),
    })));
  }
  return 0;
}

/** What {@linkcode signInByHand} needs besides the settings. */
export interface SignInByHandOptions {
  /** Whether to sign in although a valid credential is stored. */
  force: boolean;
  /** Where it is told. */
  sink: Sink;
}

/** Signs in with a spinner and the time left, and tells who is signed in now. */
export async function signInByHand(
  { settings, texts }: Pick<ResolvedSettings, "settings" | "texts">,
  { force, sink }: SignInByHandOptions,
): Promise<Credential> {
  const identity = identityOf(settings);
  const { issuer, clientId, scopes, profile } = identity;
  const startedAt = Date.now();
  const left = () => formatDuration(startedAt + settings.loginTimeout * 1000 - Date.now());
  let spinner: Spinner | undefined;
  let asked = false;
  const stopSpinner = () => {
    asked = true;
    spinner?.[Symbol.dispose]();
    spinner = undefined;
  };
  const line = (text: string) => {
    if (settings.silent && !/https?:\/\//.test(text)) return;
    // Told below, with everything else about it.
    if (text.startsWith("signed in")) return;
    // Whoever is asked to paste something must not have their line written over.
    if (/\bpaste\b/.test(text)) stopSpinner();
    if (asked) return sink.line(text);
    // Nothing turns before there is something to wait for: a valid credential is told at once.
    spinner ??= startSpinner(
      sink,
      () => `Waiting for you to sign in at ${new URL(issuer).host}, ${left()} left`,
    );
    spinner.line(text);
  };
  const log = createTerminalLog({ sink, line, level: settings.debug ? "debug" : "info" });
  requirePermissions({
    urls: [settings.oidcIssuerUrl ?? settings.backendUrl],
    cacheDir: cacheDirectory(settings.cacheDir),
  });
  using stop = listenForStopSignals();
  const source = createSource(settings, log, { mustStore: true });
  let credential: Credential;
  try {
    credential = await source.signIn({ force, signal: stop.signal });
  } finally {
    spinner?.[Symbol.dispose]();
    await source.close();
  }
  if (!settings.silent) {
    const verb = credential.obtainedAt >= startedAt ? "Signed in" : "Already signed in";
    const account = accountName(credential.claims);
    sink.line(
      `${sink.paint.ok} ${verb}${account ? ` as ${sink.paint.bold(excerpt(account))}` : ""}`,
    );
    sink.line(
      formatFacts([
        [
          settings.oidcIssuerUrl ? "provider" : "backend",
          texts.oidcIssuerUrl ?? texts.backendUrl ?? issuer,
        ],
        ["client id", clientId],
        ["name", named(credential.claims, account)],
        ["profile", profile],
        ...baseIdentity(identity) ? [["token for", derivedFor(identity)] as const] : [],
        ["scopes", credential.scope ?? scopes.join(" ")],
        ["access token", lifetime(credential)],
        ["renewal", renewal(credential, identity)],
      ], sink.paint).trimEnd(),
    );
  }
  return credential;
}

function renewal({ refreshToken }: Credential, identity: Identity): string {
  if (baseIdentity(identity)) return "by itself, by another exchange";
  if (isUnattended(identity)) return "by itself, as the client signs in without a person";
  if (refreshToken !== undefined) return "by itself";
  return `none: the provider gave no refresh token${
    identity.scopes.includes("offline_access")
      ? ", though offline_access was asked for"
      : "; if it knows offline_access, add that to OIDC_SCOPES"
  }`;
}

function named(claims: Record<string, unknown> | undefined, account?: string) {
  const { name } = claims ?? {};
  return typeof name === "string" && name !== account ? name : undefined;
}

function lifetime({ expiresAt }: Credential): string {
  if (expiresAt === undefined) return "the provider does not say how long it lasts";
  const until = new Date(expiresAt).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  return `until ${until} (${formatDuration(expiresAt - Date.now())} left)`;
}
