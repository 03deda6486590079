import { isLoopback } from "../base/is_loopback.ts";

/** When the client is answered before the person has signed in. */
export const instantStarts = ["auto", "always", "off"] as const;

/** One of {@linkcode instantStarts}. */
export type InstantStart = typeof instantStarts[number];

/** Which starts begin a sign-in before a request needs it. */
export const eagerLogins = ["first", "always", "never"] as const;

/** One of {@linkcode eagerLogins}. */
export type EagerLogin = typeof eagerLogins[number];

/** One field of an HTTP header. */
export interface HeaderField {
  /** Its name, in lower case. */
  name: string;
  /** Its value. */
  value: string;
}

/** A value that a setting cannot take; the message completes "<setting> …". */
export class SettingValueError extends Error {
  /** Tells this kind of error from others. */
  override readonly name: string = "SettingValueError";
  /** What to write instead, an imperative without a full stop, when that can be guessed. */
  readonly fix: string | undefined;

  /** What is wrong, as the message, and what to write instead. */
  constructor(message: string, { fix }: { fix?: string } = {}) {
    super(message);
    this.fix = fix;
  }
}

/** A text that is not even of the setting's kind (not a number, not a switch): wrong usage. */
export class SettingSyntaxError extends SettingValueError {
  /** Tells this kind of error from others. */
  override readonly name = "SettingSyntaxError";
}

/** The URL of a backend: http or https, nothing in it that would leak into logs. */
export function parseHttpUrl(text: string): URL {
  const url = parseUrl(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new SettingValueError(`must be an http or https URL, not ${quote(text)}`, {
      fix: meant(text),
    });
  }
  if (url.username || url.password) {
    throw new SettingValueError("must not contain a user name or password");
  }
  if (url.hash) throw new SettingValueError(`must not have a fragment (${quote(url.hash)})`);
  return url;
}

/** An issuer identifier (OpenID Connect Discovery section 3): no query, no fragment. */
export function parseIssuerUrl(text: string): URL {
  const url = parseHttpUrl(text);
  if (url.search) {
    throw new SettingValueError(`must not have a query (${quote(url.search)}), an issuer has none`);
  }
  const [, before] = /(.*)\/\.well-known\/(openid-configuration|oauth-authorization-server)$/
    .exec(url.href) ?? [];
  if (before !== undefined) {
    throw new SettingValueError(
      `must be what that metadata names as its issuer, such as ${quote(before)}`,
    );
  }
  return url;
}

/** Scopes with `openid` in front when it is missing, see {@linkcode parseScopeList}. */
export function parseScopes(text: string): readonly string[] {
  const scopes = parseScopeList(text);
  return scopes.includes("openid") ? scopes : ["openid", ...scopes];
}

/**
 * Space-separated scopes (RFC 6749 section 3.3), each once. Commas are allowed in a scope, and yet
 * what is written with them are nearly always several scopes.
 */
export function parseScopeList(text: string): readonly string[] {
  const scopes = [...new Set(text.split(/\s+/).filter((scope) => scope !== ""))];
  if (scopes.some(isList)) {
    const meant = scopes.flatMap((scope) => isList(scope) ? scope.split(separators) : [scope]);
    throw new SettingValueError(`must have spaces between the scopes, not ${quote(text)}`, {
      fix: `use ${quote(meant.filter((scope) => scope !== "").join(" "))}`,
    });
  }
  const bad = scopes.find((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope));
  if (bad !== undefined) {
    throw new SettingValueError(`has the scope ${quote(bad)}, which RFC 6749 does not allow`);
  }
  return scopes;
}

const separators = /[,;+|]|%20/;

/** Whether something else than spaces separates scopes: it is in no scope, except in a query (SMART on FHIR). */
function isList(scope: string): boolean {
  return /^[^?]*[,;]/.test(scope) || scope.split(separators).length > 1 &&
      scope.split(separators).includes("openid");
}

/** A short name that a person gives to a set of credentials. */
export function parseProfile(text: string): string {
  if (!/^[\p{L}\p{N}._@+-]{1,64}$/u.test(text)) {
    throw new SettingValueError(
      `must be 1 to 64 letters, digits, dots, dashes, underscores, @ or +, not ${quote(text)}`,
    );
  }
  return text;
}

/** A whole or decimal number of seconds above zero, up to a day. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds <= 0 || seconds > 86_400) {
    throw new SettingSyntaxError(`must be a number of seconds from 1 to 86400, not ${quote(text)}`);
  }
  return seconds;
}

/** A whole or decimal number of seconds from zero, which switches something off, up to a day. */
export function parseSecondsOrOff(text: string): number {
  return /^0+(\.0+)?$/.test(text) ? 0 : parseSeconds(text);
}

/** A number of bytes, at least 1024. */
export function parseBytes(text: string): number {
  const bytes = Number(text);
  if (!/^\d{1,10}$/.test(text) || bytes < 1024 || bytes > 1 << 30) {
    throw new SettingSyntaxError(
      `must be a number of bytes from 1024 to ${1 << 30}, not ${quote(text)}`,
    );
  }
  return bytes;
}

/** The lines of a text that say something; how options that may be repeated are given in one text. */
export function parseLines(text: string): readonly string[] {
  return text.split(/\r\n|[\r\n]/).map((line) => line.trim()).filter((line) => line !== "");
}

/** Header fields for the backend, one per line. Their values may be secret, so no message shows one. */
export function parseHeaders(text: string): readonly HeaderField[] {
  return parseLines(text).map((line) => {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new SettingValueError("must have the form Name: value");
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new SettingValueError(`has a value for ${name} that no header field can have`);
    }
    if (
      /^(authorization|dpop|host|connection|cookie|transfer-encoding|accept|content-.*|mcp-.*|last-event-id)$/i
        .test(name)
    ) {
      throw new SettingValueError(`must not set ${name}, which the proxy sets itself`);
    }
    return { name: name.toLowerCase(), value };
  });
}

/** The words that switch something on or off, in any case. */
export function parseSwitch(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (["1", "true", "yes", "on"].includes(word)) return true;
  if (["0", "false", "no", "off"].includes(word)) return false;
  throw new SettingSyntaxError(`must be 1, true, yes, on, 0, false, no or off, not ${quote(text)}`);
}

/** A parser of one of a few words. */
export function parseOneOf<T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((word) => word === text.trim().toLowerCase());
    if (word !== undefined) return word;
    throw new SettingSyntaxError(
      `must be ${words.slice(0, -1).join(", ")} or ${words.at(-1)}, not ${quote(text)}`,
    );
  };
}

/** A text as a URL. */
export function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url) throw new SettingValueError(`is not a URL: ${quote(text)}`, { fix: meant(text) });
  return url;
}

/** What to write for the URL that a text without a scheme likely stands for. */
function meant(text: string): string | undefined {
  const [, host = ""] = /^([\w.-]+|\[[\da-f:]+\])(?::\d+)?(?:[/?]|$)/i.exec(text) ?? [];
  if (!/[.:]/.test(host) && host !== "localhost") return undefined;
  return `use ${quote(`${isLoopback(host) ? "http" : "https"}://${text}`)} if you mean that`;
}

/** A text in quotes, shortened, for a message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
