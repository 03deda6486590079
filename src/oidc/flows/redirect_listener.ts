import { ProxyError } from "../../errors.ts";
import { startTimer } from "../../timer.ts";

/** Answers one request to the redirect URL. */
export type RedirectHandler = (parameters: URLSearchParams) => Response | Promise<Response>;

/** What {@linkcode listenForRedirect} needs. */
export interface RedirectListenerOptions {
  /** Answers GET requests to the exact path. */
  handle: RedirectHandler;
  /** Answers everything else. */
  refuse(request: { redirectUrl: URL; path: string; wrongMethod: boolean }): Response;
}

/** The listener behind a redirect URL; disposing of it sends what is being sent and frees the port. */
export interface RedirectListener extends AsyncDisposable {
  /** The redirect URL, with the port that is really listened on. */
  readonly redirectUrl: string;
}

/** How long an answer may take to be made when the listener ends, in milliseconds. */
const farewell = 2_000;

/** How long the last bytes of answers may take, in milliseconds. */
const flushing = 250;

/**
 * Listens on a loopback redirect URL (RFC 8252 section 7.3): on its host and port only, and for
 * `localhost` on both 127.0.0.1 and ::1, since browsers try either. If only one of the two is free,
 * somebody else would receive the code, so that counts as taken.
 *
 * @throws {ProxyError} of reason `redirect_port_taken`.
 */
export async function listenForRedirect(
  redirectUrl: URL,
  { handle, refuse }: RedirectListenerOptions,
): Promise<RedirectListener> {
  const servers: Deno.HttpServer<Deno.NetAddr>[] = [];
  const answering = new Set<Promise<void>>();
  let url = redirectUrl;

  const answer = async (
    request: Request,
    { completed }: Deno.ServeHandlerInfo,
  ): Promise<Response> => {
    const done = () => void answering.delete(completed);
    answering.add(completed);
    completed.then(done, done);
    const { pathname, searchParams, host } = new URL(request.url);
    const wrongMethod = request.method !== "GET";
    // Another host is another site whose name leads here (DNS rebinding).
    const wrongAddress = host !== url.host || pathname !== url.pathname;
    const response = wrongAddress || wrongMethod
      ? refuse({ redirectUrl: url, path: pathname, wrongMethod: wrongMethod && !wrongAddress })
      : await handle(searchParams);
    if (response.status === 405) response.headers.set("allow", "GET");
    // A kept connection would keep the port.
    response.headers.set("connection", "close");
    return response;
  };

  const close = async () => {
    await within(farewell, Promise.allSettled(answering));
    // This waits, too, for whoever has a connection and says nothing or sends for ever.
    await within(flushing, Promise.all(servers.map((server) => server.shutdown())));
  };

  for (const hostname of addresses(redirectUrl.hostname)) {
    try {
      servers.push(
        Deno.serve({ hostname, port: Number(url.port || 80), onListen() {}, onError }, answer),
      );
    } catch (error) {
      const first = servers.length === 0;
      if (!first && !(error instanceof Deno.errors.AddrInUse)) continue; // No IPv6 here.
      await close();
      throw unavailable(redirectUrl, error);
    }
    const { port } = servers[0].addr;
    if (url.port === "0") {
      url = new URL(url);
      url.port = String(port);
    }
  }
  return { redirectUrl: url.href, [Symbol.asyncDispose]: close };
}

async function within(patience: number, promise: Promise<unknown>): Promise<void> {
  const lost = Promise.withResolvers<void>();
  using _timer = startTimer(lost.resolve, patience);
  await Promise.race([promise, lost.promise]);
}

/** Deno would print what went wrong itself; the sign-in says it in its own words. */
function onError(): Response {
  return new Response(null, { status: 500, headers: { connection: "close" } });
}

function addresses(hostname: string): readonly string[] {
  if (hostname === "localhost") return ["127.0.0.1", "::1"];
  return [hostname.replace(/^\[|\]$/g, "")];
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
