import { ProxyError } from "../base/errors.ts";
import type { FlagTexts, OptionName } from "./options.ts";
import { options } from "./options.ts";
import type { SettingOption } from "./setting_option.ts";
import type { Settings } from "./settings.ts";
import type { UrlPattern } from "./url_pattern.ts";

/** What an administrator allows: guard rails for people who mean well, as docs/security.md has it. */
export interface Policy {
  /** The settings that nothing beats; `null` keeps one at its default. */
  locked: Readonly<Partial<Record<OptionName, string | null>>>;
  /** The only backends, when there are any patterns. */
  allowedBackends: readonly UrlPattern[] | undefined;
  /** The only providers, when there are any patterns. */
  allowedIssuers: readonly UrlPattern[] | undefined;
}

/** A value that somebody gave to a setting. */
export interface GivenValue {
  /** Where it stands, for the message: `OIDC_ISSUER_URL`, `--transport`. */
  where: string;
  /** Its text. */
  text: string;
  /** Its value. */
  value: unknown;
}

/** A setting that is locked, and what was given for it besides. */
export interface LockedSetting {
  /** The setting. */
  name: OptionName;
  /** The value that holds. */
  locked: unknown;
  /** Its text; `undefined` when it is the default. */
  lockedText: string | undefined;
  /** What was given. */
  given: GivenValue;
  /** The policy file. */
  path: string;
}

/**
 * Makes sure that nobody counts on another value than the locked one.
 *
 * @throws {ProxyError} `locked_setting` that names the policy file
 */
export function refuseOtherValue(
  { name, locked, lockedText, given, path }: LockedSetting,
): void {
  if (JSON.stringify(given.value) === JSON.stringify(locked)) return;
  const row: SettingOption<unknown> = options[name];
  const isShown = !row.secret && !row.repeatable;
  const value = (text: string) => isShown ? ` ${JSON.stringify(text)}` : "";
  const to = lockedText === undefined
    ? " to its default"
    : isShown
    ? ` to${value(lockedText)}`
    : "";
  throw new ProxyError({
    category: "Configuration error",
    what: `${given.where} is set${
      isShown ? ` to${value(given.text)}` : ""
    }, and the policy in ${path} locks ${name}${to}`,
    fix: `remove ${given.where}, or ask whoever administers this machine`,
    reason: "locked_setting",
  });
}

/**
 * Makes sure that backend and provider are among those that are allowed. Where providers are limited,
 * one must be named: which one a backend names is known only after it was asked.
 *
 * @throws {ProxyError} `backend_not_allowed` or `issuer_not_allowed` that names the policy file
 */
export function refuseOtherHosts(
  settings: Pick<
    Settings,
    "backendUrl" | "oidcIssuerUrl" | "backendClientId" | "backendIssuerUrl"
  >,
  { policy, path, texts }: { policy: Policy; path: string; texts: FlagTexts },
): void {
  const { backendUrl, oidcIssuerUrl } = settings;
  const { allowedBackends, allowedIssuers } = policy;
  if (backendUrl && allowedBackends && !allowedBackends.some((each) => each.matches(backendUrl))) {
    throw notAllowed({
      what: `the backend ${backendUrl.href}`,
      patterns: allowedBackends,
      path,
      reason: "backend_not_allowed",
    });
  }
  if (!allowedIssuers) return;
  // The backend's own authorization server is shown assertions of the provider.
  const needed = [
    ...backendUrl || oidcIssuerUrl ? ["oidcIssuerUrl"] as const : [],
    ...settings.backendClientId !== undefined || settings.backendIssuerUrl
      ? ["backendIssuerUrl"] as const
      : [],
  ];
  for (const name of needed) {
    const issuer = settings[name];
    if (!issuer) {
      const { flag, env } = options[name];
      throw new ProxyError({
        category: "Configuration error",
        what: `no ${name} is named, and the policy in ${path} leaves it to no backend to name one`,
        fix: `set ${env} or pass ${flag}, to one of: ${listed(allowedIssuers)}`,
        reason: "issuer_not_allowed",
      });
    }
    if (allowedIssuers.some((each) => each.matches(issuer))) continue;
    throw notAllowed({
      what: `the provider ${texts[name] ?? issuer.href}`,
      patterns: allowedIssuers,
      path,
      reason: "issuer_not_allowed",
    });
  }
}

function notAllowed(
  { what, patterns, path, reason }: {
    what: string;
    patterns: readonly UrlPattern[];
    path: string;
    reason: string;
  },
): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `${what} is none that the policy in ${path} allows (${listed(patterns)})`,
    fix: "use one of those, or ask whoever administers this machine",
    reason,
  });
}

function listed(patterns: readonly UrlPattern[]): string {
  return patterns.length === 0 ? "none at all" : patterns.map(({ text }) => text).join(", ");
}
