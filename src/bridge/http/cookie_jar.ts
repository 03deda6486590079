import { rememberSecret } from "../../redactor.ts";

/** The cookies of one origin, in memory. */
export interface CookieJar {
  /** Takes the cookies that an answer to a request for this path sets. */
  take(headers: Headers, requestPath: string): void;
  /** The value of the `Cookie` field for a path; `undefined` when there is none to send. */
  cookiesFor(path: string): string | undefined;
}

interface Cookie {
  name: string;
  value: string;
  path: string;
  /** In milliseconds since the epoch. */
  expires: number;
}

/** More cookies than this are not kept; the oldest go first. */
const mostCookies = 50;
/** So long is the `Cookie` field at most, in bytes: with the token beside it, servers take 8 KiB. */
const longestField = 4_096;

/**
 * Keeps cookies as RFC 6265 section 5 says, one per name and path, but for one origin only, whatever their `Domain`: load
 * balancers use them to find the copy of the backend that has the session.
 */
export function createCookieJar(now: () => number = Date.now): CookieJar {
  const cookies = new Map<string, Cookie>();

  /** A balancer that names its cookie anew each time would fill the field until nobody takes it. */
  function dropOldest() {
    let length = 0;
    for (const { name, value } of cookies.values()) length += name.length + value.length + 3;
    for (const [key, { name, value }] of cookies) {
      if (cookies.size <= mostCookies && length <= longestField) return;
      cookies.delete(key);
      length -= name.length + value.length + 3;
    }
  }

  return {
    take(headers, requestPath) {
      for (const line of headers.getSetCookie()) {
        const [pair, ...attributes] = line.split(";");
        const [name, value] = halves(pair);
        if (value === undefined || /[^\x20-\x7e]/.test(name + value)) continue;
        if (pair.length > longestField - 1) continue;
        const cookie: Cookie = { name, value, path: defaultPath(requestPath), expires: Infinity };
        let maxAge: number | undefined;
        for (const attribute of attributes) {
          const [key, text = ""] = halves(attribute);
          if (/^path$/i.test(key) && text.startsWith("/")) cookie.path = text;
          else if (/^max-age$/i.test(key) && /^-?\d+$/.test(text)) maxAge = Number(text);
          else if (/^expires$/i.test(key)) cookie.expires = dateOf(text);
        }
        if (maxAge !== undefined) cookie.expires = now() + maxAge * 1000;
        rememberSecret(value);
        const key = `${name} ${cookie.path}`;
        cookies.delete(key);
        if (cookie.expires > now()) cookies.set(key, cookie);
        dropOldest();
      }
    },
    cookiesFor(path) {
      if (cookies.size === 0) return undefined;
      const sent: Cookie[] = [];
      for (const [key, cookie] of cookies) {
        if (cookie.expires <= now()) cookies.delete(key);
        else if (isWithin(path, cookie.path)) sent.push(cookie);
      }
      // The one that is meant for the fewest paths first (section 5.4).
      sent.sort((one, other) => other.path.length - one.path.length);
      return sent.length > 0
        ? sent.map(({ name, value }) => `${name}=${value}`).join("; ")
        : undefined;
    },
  };
}

function halves(text: string): [string, string?] {
  const at = text.indexOf("=");
  return at < 0 ? [text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** One that is no date leaves the cookie without an end (section 5.2.1). */
function dateOf(text: string): number {
  const date = Date.parse(text);
  return Number.isNaN(date) ? Infinity : date;
}

/** RFC 6265 section 5.1.4. */
function defaultPath(requestPath: string): string {
  return requestPath.slice(0, requestPath.lastIndexOf("/")) || "/";
}

/** RFC 6265 section 5.1.4. */
function isWithin(path: string, cookiePath: string): boolean {
  return path === cookiePath ||
    path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}
