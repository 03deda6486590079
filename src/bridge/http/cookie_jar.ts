import { parseSetCookie } from "set-cookie-parser";
import { rememberSecret } from "../../base/redactor.ts";

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
const maxCookies = 50;
/** So long is the `Cookie` field at most, in bytes: with the token beside it, servers take 8 KiB. */
const maxFieldLength = 4_096;

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
      if (cookies.size <= maxCookies && length <= maxFieldLength) return;
      cookies.delete(key);
      length -= name.length + value.length + 3;
    }
  }

  return {
    take(headers, requestPath) {
      for (const line of headers.getSetCookie()) {
        // The library would print what it does not understand, secrets and control characters included.
        const [given] = parseSetCookie([line], { decodeValues: false, silent: true });
        if (!given?.name || /[^\x20-\x7e]/.test(given.name + given.value)) continue;
        const { name, value, maxAge } = given;
        if (name.length + value.length > maxFieldLength - 3) continue;
        const path = given.path?.startsWith("/") ? given.path : defaultPath(requestPath);
        const end = maxAge === undefined ? given.expires?.getTime() : now() + maxAge * 1000;
        rememberSecret(value);
        const key = `${name} ${path}`;
        cookies.delete(key);
        // A date that cannot be read leaves the cookie without an end (section 5.2.1).
        const expires = end ?? Infinity;
        if (expires > now()) cookies.set(key, { name, value, path, expires });
        dropOldest();
      }
    },
    cookiesFor(path) {
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

/** RFC 6265 section 5.1.4. */
function defaultPath(requestPath: string): string {
  return requestPath.slice(0, requestPath.lastIndexOf("/")) || "/";
}

/** RFC 6265 section 5.1.4. */
function isWithin(path: string, cookiePath: string): boolean {
  return path === cookiePath ||
    path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}
