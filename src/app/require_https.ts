import { ProxyError } from "../base/errors.ts";
import { isLoopback } from "../base/is_loopback.ts";

/**
 * Whether the token would travel to the backend in the clear, which the person has to allow.
 *
 * @throws {ProxyError} a configuration error when it would and is not allowed
 */
export function requireHttps(backendUrl: URL, allowHttp: boolean): boolean {
  if (backendUrl.protocol !== "http:" || isLoopback(backendUrl.hostname)) return false;
  if (allowHttp) return true;
  throw new ProxyError({
    category: "Configuration error",
    what: `${backendUrl.href} would be shown the token over plain http, for everyone on the way`,
    fix: "use its https address, or pass --allow-http if the network is safe",
    reason: "plain_http",
  });
}
