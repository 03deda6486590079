/** The cookies of one origin, in memory. */
export interface CookieJar {
  /** Takes the cookies that an answer sets. */
  take(headers: Headers): void;
  /** The value of the `Cookie` field for a path; `undefined` when there is none to send. */
  cookiesFor(path: string): string | undefined;
}

interface Cookie {
  value: string;
  path: string;
  /** In milliseconds since the epoch. */
  expires: number;
}

/** More cookies than this are not kept. */
const mostCookies = 50;

/**
 * Keeps cookies as RFC 6265 section 5 says, but for one origin only, whatever their `Domain`: load
 * balancers use them to find the copy of the backend that has the session.
 */
export function createCookieJar(now: () => number = Date.now): CookieJar {
  const cookies = new Map<string, Cookie>();
  return {
    take(headers) {
      for (const line of headers.getSetCookie()) {
        const [pair, ...attributes] = line.split(";");
        const [name, value] = halves(pair);
        if (value === undefined || /[^\x20-\x7e]/.test(name + value)) continue;
        const cookie: Cookie = { value, path: "/", expires: Infinity };
        let maxAge: number | undefined;
        for (const attribute of attributes) {
          const [key, text = ""] = halves(attribute);
          if (/^path$/i.test(key) && text.startsWith("/")) cookie.path = text;
          else if (/^max-age$/i.test(key) && /^-?\d+$/.test(text)) maxAge = Number(text);
          else if (/^expires$/i.test(key)) cookie.expires = Date.parse(text) || Infinity;
        }
        if (maxAge !== undefined) cookie.expires = now() + maxAge * 1000;
        cookies.delete(name);
        if (cookie.expires > now() && cookies.size < mostCookies) cookies.set(name, cookie);
      }
    },
    cookiesFor(path) {
      if (cookies.size === 0) return undefined;
      const sent: string[] = [];
      for (const [name, cookie] of cookies) {
        if (cookie.expires <= now()) cookies.delete(name);
        else if (isWithin(path, cookie.path)) sent.push(`${name}=${cookie.value}`);
      }
      return sent.length > 0 ? sent.join("; ") : undefined;
    },
  };
}

function halves(text: string): [string, string?] {
  const at = text.indexOf("=");
  return at < 0 ? [text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** RFC 6265 section 5.1.4. */
function isWithin(path: string, cookiePath: string): boolean {
  return path === cookiePath ||
    path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}
