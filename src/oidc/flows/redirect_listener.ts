import { ProxyError } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import type { LocalConnection } from "./peer_user.ts";
import { type ConnectionHandler, serveConnections } from "./serve_connections.ts";

/** What {@linkcode listenForRedirect} needs. */
export interface RedirectListenerOptions {
  /** Answers GET requests to the exact path. */
  handle(request: Request): Response | Promise<Response>;
  /** Answers GET requests to other paths; `undefined` when there is nothing at this one. */
  handleOther?(
    request: Request,
    connection: LocalConnection,
  ): Response | Promise<Response> | undefined;
  /** Answers everything else. */
  refuse(request: { redirectUrl: URL; path: string; wrongMethod: boolean }): Response;
}

/** The listener behind a redirect URL; disposing of it sends what is being sent and frees the port. */
export interface RedirectListener extends AsyncDisposable {
  /** The redirect URL, with the port that is really listened on. */
  readonly redirectUrl: string;
}

/** How long answers may take to be made and sent when the listener ends, in milliseconds. */
const shutdownGrace = 2_000;

/**
 * Listens on a loopback redirect URL (RFC 8252 section 7.3): on its host and port only, and for
 * `localhost` on both 127.0.0.1 and ::1, since browsers try either. If only one of the two is free,
 * somebody else would receive the code, so that counts as taken.
 *
 * @throws {ProxyError} of reason `redirect_port_taken`.
 */
export function listenForRedirect(
  redirectUrl: URL,
  { handle, handleOther, refuse }: RedirectListenerOptions,
): RedirectListener {
  const listeners = listenOnEveryAddress(redirectUrl);
  const url = new URL(redirectUrl);
  url.port = String(listeners[0].addr.port);

  const answer: ConnectionHandler = async (request, connection) => {
    const { pathname, host } = new URL(request.url);
    const isGet = request.method === "GET";
    // Another host is another site whose name leads here (DNS rebinding).
    const isHere = host === url.host && pathname === url.pathname;
    // What a browser fetches ahead, nobody has seen; it asks again when somebody wants to.
    const purpose = request.headers.get("sec-purpose") ?? request.headers.get("purpose");
    if (purpose?.includes("prefetch")) return new Response(null, { status: 503 });
    const response = isHere && isGet
      ? handle(request)
      : host === url.host && isGet
      ? handleOther?.(request, connection)
      : undefined;
    if (response) return await response;
    const refusal = refuse({ redirectUrl: url, path: pathname, wrongMethod: isHere });
    if (refusal.status === 405) refusal.headers.set("allow", "GET");
    return refusal;
  };

  const servers = listeners.map((listener) => serveConnections(listener, answer));
  const close = async () => {
    await within(shutdownGrace, Promise.all(servers.map((server) => server.idle())));
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  };
  return { redirectUrl: url.href, [Symbol.asyncDispose]: close };
}

async function within(patience: number, promise: Promise<unknown>): Promise<void> {
  const lost = Promise.withResolvers<void>();
  using _timer = startTimer(lost.resolve, patience);
  await Promise.race([promise, lost.promise]);
}

/** How often another port is tried when one that is free on 127.0.0.1 is taken on ::1. */
const maxPorts = 10;

/** Listens on every address of the host; for port 0 on one port that is free on all of them. */
function listenOnEveryAddress(redirectUrl: URL): Deno.TcpListener[] {
  for (let attempt = 1;; attempt++) {
    const listeners: Deno.TcpListener[] = [];
    let port = Number(redirectUrl.port || 80);
    try {
      for (const hostname of addresses(redirectUrl.hostname)) {
        try {
          listeners.push(Deno.listen({ hostname, port }));
        } catch (error) {
          // No IPv6 here. Whatever else keeps us from it may not keep another program.
          if (listeners.length === 0 || !isAbsent(error)) throw error;
        }
        port = listeners[0].addr.port;
      }
      return listeners;
    } catch (error) {
      for (const listener of listeners) listener.close();
      const isAnyPort = redirectUrl.port === "0" && listeners.length > 0;
      if (!isAnyPort || attempt === maxPorts) throw unavailable(redirectUrl, error);
    }
  }
}

function addresses(hostname: string): readonly string[] {
  if (hostname === "localhost") return ["127.0.0.1", "::1"];
  return [hostname.replace(/[[\]]/g, "")];
}

/** Whether this machine has no such address, or no such family of addresses. */
function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable ||
    error instanceof Error &&
      /address family|EAFNOSUPPORT|os error (97|47|10047)\b/i.test(error.message);
}

function unavailable(redirectUrl: URL, cause: unknown): ProxyError {
  const taken = cause instanceof Deno.errors.AddrInUse;
  const port = redirectUrl.port || "80";
  return new ProxyError({
    category: "System error",
    what: taken
      ? `port ${port} of the redirect URL ${redirectUrl.href} is taken by another program`
      : `cannot listen on the redirect URL ${redirectUrl.href}: ${
        cause instanceof Error ? cause.message : cause
      }`,
    fix: taken
      ? `end that program, or register another redirect URL at the provider and set OIDC_REDIRECT_URL to it`
      : "set OIDC_REDIRECT_URL to an address and port that can be listened on",
    reason: taken ? "redirect_port_taken" : "redirect_unavailable",
    cause,
  });
}
