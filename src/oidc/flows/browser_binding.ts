import type { PendingAuthorization } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import type { PeerUser } from "./peer_user.ts";

/** What a browser that comes by the start path is. */
export type Visitor = "first" | "same" | "another";

/** 256 bits that nobody guesses, as 43 characters that a path and a cookie can hold. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * A new path for {@linkcode PendingAuthorization.startPath}. The opener is given this address of
 * ours and not the provider's URL, since every user of the machine can read its arguments: whoever
 * opened the provider's URL first could sign this program in as themselves.
 */
export function newStartPath(): string {
  return `/sign-in/${randomKey()}`;
}

/** The address that the person opens: ours where it leads on, else the provider's. */
export function startUrl(
  { startPath, redirectUrl, authorizationUrl }: PendingAuthorization,
): string {
  return startPath === undefined ? authorizationUrl : new URL(startPath, redirectUrl).href;
}

/** Which browser it is that came by the start path, by its cookie. */
export function visitor(request: Request, pending: PendingAuthorization): Visitor {
  if (pending.browserKey === undefined) return "first";
  return isBound(request, pending) ? "same" : "another";
}

/** The pending authorization as that of one browser. */
export function bind(pending: PendingAuthorization): PendingAuthorization {
  return { ...pending, browserKey: randomKey() };
}

/** Whether a request comes from the browser that opened this sign-in, or any browser may answer. */
export function isBound(request: Request, pending: PendingAuthorization): boolean {
  if (pending.startPath === undefined) return true;
  const { browserKey } = pending;
  if (browserKey === undefined) return false;
  const start = `${cookieName(pending)}=`;
  // Another program on this host may have set one of the same name, for a longer path, which comes first.
  return (request.headers.get("cookie") ?? "").split(/; ?/).some((pair) =>
    pair.startsWith(start) && isSameText(pair.slice(start.length), browserKey)
  );
}

/** Sends the browser on to the provider, with the cookie that it has to bring back. */
export function sendOn(pending: PendingAuthorization, now: number): Response {
  const { authorizationUrl, browserKey, expiresAt } = pending;
  const seconds = Math.max(1, Math.ceil((expiresAt - now) / 1000));
  return new Response(null, {
    status: 303,
    headers: {
      location: authorizationUrl,
      // Lax: the way back begins at the provider's site (RFC 6265bis section 5.6.7).
      "set-cookie": `${
        cookieName(pending)
      }=${browserKey}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax`,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    },
  });
}

/** Browsers share the cookies of a host among its ports, where other sign-ins may go on. */
function cookieName({ redirectUrl }: PendingAuthorization): string {
  return `authful-sign-in-${new URL(redirectUrl).port || "80"}`;
}

/** The error of a sign-in whose start page was opened in two browsers. */
export function secondBrowser(): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what:
      "the page that begins the sign-in was opened in a second browser, so the sign-in was stopped: " +
      "somebody else who uses this machine may have opened it",
    fix:
      "sign in again, in one browser only, and if it was not you, tell the administrator of this machine",
    reason: "second_browser",
  });
}

/**
 * Whether a connection is that of another user of this machine, by its {@linkcode peerUser}. The
 * administrator (user 0) can do everything anyway, and runs what hands connections on.
 */
export function isForeign(user: PeerUser): user is number {
  return typeof user === "number" && user !== 0 && user !== Deno.uid();
}

/** What the log says of a visit of another user. */
export function otherUser(user: number): string {
  return `another user of this machine (user id ${user}) opened the page that begins the sign-in ` +
    "and was turned away: tell its administrator if you do not know who that was";
}

/** Compares in a time that does not tell how much was right. */
export function isSameText(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < right.length; at++) {
    difference |= left.charCodeAt(at) ^ right.charCodeAt(at);
  }
  return difference === 0;
}
