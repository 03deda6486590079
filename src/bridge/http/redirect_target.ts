import { excerpt } from "../../base/excerpt.ts";
import { ProxyError } from "../../base/errors.ts";

/**
 * Where a redirect leads, if the credential may follow it there and the message stays the same.
 *
 * @throws {ProxyError} `redirected`, with what to do about it, when it may not
 */
export function redirectTarget(response: Response, from: URL, method: string): URL {
  const location = response.headers.get("location");
  // Nothing is a reference to where it stands: the message would go to the same place again.
  const target = location ? URL.parse(location, from) : null;
  const { status } = response;
  if (!target) throw redirected(from, { how: `without saying where to (HTTP ${status})` });
  const keepsMethod = status === 307 || status === 308 || method === "GET";
  // User names in URLs would become a header field in place of the token's.
  const isPlain = target.username === "" && target.password === "";
  if (target.origin === from.origin && keepsMethod && isPlain) return target;
  throw redirected(from, {
    how: `to ${shown(target)} (HTTP ${status})${isPlain ? "" : ", with a user name in the URL"}`,
    fix: isPlain ? fixFor(target, { from, status }) : undefined,
  });
}

/** The error for a redirect that is not followed. */
export function redirected(from: URL, { how, fix }: { how: string; fix?: string }): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `${shown(from)} redirects ${how}`,
    fix: fix ?? "ask the backend's operator for the address of its MCP endpoint",
    reason: "redirected",
  });
}

function fixFor(target: URL, { from, status }: { from: URL; status: number }): string {
  // Behind a gateway that ends TLS, servers often take themselves for plain http.
  const isSameHost = target.hostname === from.hostname;
  if (isSameHost && from.protocol === "https:" && target.protocol === "http:") {
    return `set MCP_BACKEND_URL to ${from.origin}${shown(target).slice(target.origin.length)}`;
  }
  if (isSameHost && /login|sign-?in|auth/i.test(target.pathname)) {
    return signInOfGateway;
  }
  if (isSameHost || status === 301 || status === 307 || status === 308) {
    return `set MCP_BACKEND_URL to ${shown(target)}, if you trust it`;
  }
  return signInOfGateway;
}

const signInOfGateway =
  "if this is the sign-in page of a gateway, ask its operator to let requests with a " +
  "Bearer token of this provider through to the backend";

/** A URL without its query, which may hold secrets, and bounded. */
function shown(url: URL): string {
  return excerpt(`${url.origin}${url.pathname}`, { max: 300 });
}
