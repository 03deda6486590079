import { fetchCause } from "./fetch_cause.ts";
import { portOf } from "./port_of.ts";
import { proxyFor, shownProxy } from "./proxy.ts";
import type { Proxy } from "./proxy_environment.ts";

/** What to tell the person whose request did not get through a proxy. */
export interface ProxyFailure {
  /** What happened. */
  what: string;
  /** What to do. */
  fix: string;
  /** A stable word for programs. */
  reason: "proxy_authentication" | "proxy_refused" | "proxy_unreachable" | "backend_unreachable";
  /** Whether the same attempt may succeed a little later. */
  transient: boolean;
}

/** What {@linkcode proxyFailure} needs besides the text. */
export interface ProxyFailureOptions {
  /** What was asked for. */
  url: URL;
  /** The proxy that it was asked of. */
  proxy: Proxy;
  /** What the proxy answered when it was asked again, such as `HTTP 403 Forbidden`. */
  answer?: { status: number; message: string };
}

/**
 * Reads in the text of a failed `fetch` whether it was the proxy that refused, or that could not be
 * reached. What lies behind it is none of this machine's business: the proxy looks names up.
 *
 * @returns `undefined` when the connection through the proxy was there
 */
export function proxyFailure(
  why: string,
  { url, proxy, answer }: ProxyFailureOptions,
): ProxyFailure | undefined {
  const it = `the proxy ${shownProxy(proxy)}`;
  const target = `${url.hostname}:${portOf(url)}`;
  const around = `name ${url.hostname} in NO_PROXY if it can be reached directly`;
  if (/proxy authentication required/i.test(why) || answer?.status === 407) {
    return authenticationFailure(proxy);
  }
  if (answer && answer.status >= 500) {
    return {
      what: `${it} did not reach ${target} (${answer.message})`,
      fix: `check the address and that ${url.hostname} is running, or ${around}`,
      reason: "backend_unreachable",
      transient: true,
    };
  }
  if (/unsuccessful tunnel|tunnel/i.test(why)) {
    return {
      what: `${it} does not let this machine through to ${target}${
        answer ? ` (${answer.message})` : ""
      }`,
      fix: `ask who runs the proxy, or ${around}`,
      reason: "proxy_refused",
      transient: false,
    };
  }
  if (/tcp connect error|dns error|timed? ?out|Invalid response version|socks/i.test(why)) {
    return {
      what: `no connection to ${it} (${why})`,
      fix: `check ${proxy.variable} and the network, or ${around}`,
      reason: "proxy_unreachable",
      transient: true,
    };
  }
  return undefined;
}

/** How long a proxy that has just refused is waited for when it is asked why, in milliseconds. */
const askTimeout = 3_000;

/**
 * Why a request that went through a proxy failed, if the proxy is the reason. `fetch` does not say what
 * a proxy answered that refused a tunnel, so it is asked once more, by a tunnel that is not used.
 *
 * @returns `undefined` when the request went through no proxy, or got through it
 */
export async function explainProxyFailure(
  error: unknown,
  url: URL,
  { proxy = proxyFor(url), timeout = askTimeout }: { proxy?: Proxy; timeout?: number } = {},
): Promise<ProxyFailure | undefined> {
  if (!proxy) return undefined;
  const why = fetchCause(error);
  const first = proxyFailure(why, { url, proxy });
  if (first?.reason !== "proxy_refused") return first;
  const { openTunnel, TunnelRefusal } = await import("./proxy_tunnel.ts");
  try {
    (await openTunnel(url, { proxy, signal: AbortSignal.timeout(timeout) })).destroy();
  } catch (refusal) {
    if (refusal instanceof TunnelRefusal) return proxyFailure(why, { url, proxy, answer: refusal });
  }
  return first;
}

/** The failure of a request that a proxy answered with HTTP 407 (RFC 9110 section 15.5.8). */
export function authenticationFailure(proxy: Proxy): ProxyFailure {
  const { url, variable } = proxy;
  const isNamed = url.username !== "" || url.password !== "";
  return {
    what: isNamed
      ? `the proxy ${shownProxy(proxy)} does not accept the user name and password (HTTP 407)`
      : `the proxy ${shownProxy(proxy)} wants a user name and password (HTTP 407)`,
    fix: isNamed
      ? `correct them in ${variable}; characters such as @ and : are written as %40 and %3A there`
      : `add them to ${variable}, as ${url.protocol}//USER:PASSWORD@${url.host}`,
    reason: "proxy_authentication",
    transient: false,
  };
}
