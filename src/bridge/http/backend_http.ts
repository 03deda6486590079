import { ProxyError } from "../../base/errors.ts";
import { abortable } from "../../base/abortable.ts";
import type { Connections } from "../../net/http_client.ts";
import type { AuthorizationFields, Authorizer, OutgoingRequest, Refusal } from "../authorizer.ts";
import type { CookieJar } from "./cookie_jar.ts";
import { proxyFor } from "../../net/proxy.ts";
import { programName, version } from "../../base/version.ts";
import { createReachability, type Wait } from "./reachability.ts";
import { readErrorBody } from "./read_error_body.ts";
import { statusFailure } from "./status_failure.ts";
import { SingleUseBody } from "./single_use_body.ts";

/** One HTTP request to the backend, before it is authorized. */
export interface BackendRequest {
  /** Where to, on the backend's origin; its MCP endpoint when absent. */
  url?: URL;
  /** The HTTP method. */
  method: "GET" | "POST" | "DELETE";
  /** The header fields of the transport; those that authorize come on top. */
  headers: Readonly<Record<string, string>>;
  /** The message. */
  body?: Uint8Array;
  /** Whether the client is behind it; see {@linkcode OutgoingRequest}. */
  purpose: OutgoingRequest["purpose"];
  /** Ends it. */
  signal: AbortSignal;
  /** The backend has nothing to say for most of the time. */
  mayBeSilent?: boolean;
  /** Called each time when it is authorized and leaves. */
  onSend?(): void;
  /** Called each time when a token is refused: what follows may take a person. */
  onRefusal?(): void;
  /** It only asks: a refusal is read as any other answer, and no token is renewed for it. */
  isQuestion?: boolean;
  /** Whether a refusal is about the session; see {@linkcode Refusal.isSessionLost}. */
  isSessionLost?(answer: { status: number; body: Uint8Array }): Promise<boolean>;
}

/** Reads an answer of the backend to its end. */
export type ReadResponse<T> = (response: Response, alive: () => void) => Promise<T>;

/** Sends requests to the backend, authorized, and to nobody else. */
export interface BackendHttp {
  /**
   * Sends a request, deals with refusals and redirects, and has the answer read, whatever its status.
   * `read` calls `alive` whenever bytes of the body came; the connection is watched until it returns.
   *
   * @throws {ProxyError} when there is no answer, or when the authorizer gives up
   */
  send<T>(request: BackendRequest, read: ReadResponse<T>): Promise<T>;
  /** When something was last sent or received, in milliseconds of `performance.now()`. */
  readonly lastUsed: number;
  /** What is known of the backend when it answers with an error. */
  readonly known: KnownOfBackend;
}

/** See {@linkcode BackendHttp}. */
export interface KnownOfBackend {
  /** The backend has answered well at its address before. */
  readonly isAddressGood: boolean;
  /** How long the field was that authorized the latest request, in bytes. */
  readonly authorizationBytes: number | undefined;
}

/** What {@linkcode createBackendHttp} needs. */
export interface BackendHttpOptions {
  /** The backend's MCP endpoint. */
  url: URL;
  /** Authorizes each request. */
  authorizer: Authorizer;
  /** Carries them; those of the global `fetch` by default. */
  connections?: Connections;
  /** Header fields that every request carries besides those of the transport. */
  headers?: Readonly<Record<string, string>>;
  /** Keep the cookies that the backend sets. */
  cookies?: boolean;
  /** How long connecting may take, in milliseconds. */
  connectTimeout?: number;
  /** When connections are doubted. */
  times?: Partial<ConnectionTimes>;
}

/** When a connection is doubted, in milliseconds. */
export interface ConnectionTimes {
  /** After so long a silence of a request on it; 30 s by default. */
  longSilence: number;
  /** How long an answer on one that may be dead is waited for; 10 s by default. */
  checkTimeout: number;
  /** Those that were not used for longer than this are replaced; 50 s by default. */
  maxIdle: number;
}

/** One request on its way; while a person signs in for it, or a token is renewed, it is not. */
interface Underway {
  /** Aborted when its connection is lost, or nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** It leaves: from now on its connection is watched. */
  begin(): void;
  /** It has come back, for the time being. */
  end(): void;
}

/** However the authorizer decides, one message is not sent more often than this. */
const maxRefusals = 6;
const maxRedirects = 5;
const defaultTimes: ConnectionTimes = {
  longSilence: 30_000,
  checkTimeout: 10_000,
  maxIdle: 50_000,
};
/** Nothing is learnt from the rest of a longer refusal, in bytes. */
const maxRefusalBody = 1 << 20;

/** The HTTP side of the bridge. */
export function createBackendHttp(options: BackendHttpOptions): BackendHttp {
  const { authorizer } = options;
  const { connections } = options;
  const times = { ...defaultTimes, ...options.times };
  const fetchBackend = connections?.fetch ?? fetch;
  const always = { "user-agent": `${programName}/${version}`, ...options.headers };
  let jar: CookieJar | undefined;
  const reachability = createReachability({
    url: options.url,
    connectTimeout: options.connectTimeout ?? 10_000,
    longSilence: times.longSilence,
    areConnectionsDead: connections &&
      (() => replaceIfDead(connections, { url: options.url, timeout: times.checkTimeout })),
  });

  let lastUsed = performance.now();
  /** On a clock that goes on while the machine sleeps. */
  let lastUsedAt = Date.now();
  let isAddressGood = false;
  let latestFields: AuthorizationFields = {};

  /**
   * What was not used for so long may have been forgotten on the way, be it by a NAT, a VPN or a load
   * balancer, or because the machine has slept: nobody tells, and a request would wait on it in vain.
   */
  function replaceIdle() {
    const now = Date.now();
    if (now - lastUsedAt > times.maxIdle) connections?.replace();
    lastUsedAt = now;
    lastUsed = performance.now();
  }

  function headersFor(request: BackendRequest, url: URL, fields: AuthorizationFields) {
    const cookie = jar?.cookiesFor(url.pathname);
    // In this order: nothing that a person sets beats the protocol, and nothing the authorization.
    return cookie === undefined
      ? { ...always, ...request.headers, ...fields }
      : { ...always, cookie, ...request.headers, ...fields };
  }

  async function send<T>(request: BackendRequest, read: ReadResponse<T>): Promise<T> {
    const { signal } = request;
    // One for each request: its connection may be lost while the client still waits for an answer.
    const connection = new AbortController();
    const abort = () => connection.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    let wait: Wait | undefined;
    const underway: Underway = {
      signal: connection.signal,
      begin() {
        underway.end();
        replaceIdle();
        wait = reachability.watch((error) => connection.abort(error), request.mayBeSilent);
      },
      end() {
        wait?.end();
        wait = undefined;
      },
    };
    try {
      const response = await answerTo(request, underway);
      const alive = () => wait?.alive();
      alive();
      return await read(response, alive);
    } finally {
      lastUsed = performance.now();
      lastUsedAt = Date.now();
      underway.end();
      signal.removeEventListener("abort", abort);
    }
  }

  async function answerTo(request: BackendRequest, underway: Underway): Promise<Response> {
    const { method, body, purpose } = request;
    const { signal } = underway;
    let url = request.url ?? options.url;
    let refusals = 0;
    let redirects = 0;
    let outgoing: OutgoingRequest = { method, url, purpose, signal };
    for (;;) {
      const granted = authorizer.authorize(outgoing);
      const fields = granted instanceof Promise ? await abortable(granted, signal) : granted;
      latestFields = fields;
      underway.begin();
      request.onSend?.();
      let response: Response;
      try {
        response = await fetchBackend(url.href, {
          method,
          headers: headersFor(request, url, fields),
          body: body && new SingleUseBody(body),
          redirect: "manual",
          signal,
        });
      } catch (error) {
        signal.throwIfAborted();
        throw await explainedFailure(error, url);
      }
      const { status, headers } = response;
      if (status === 407) throw await refusedByProxy(response, url);
      if (options.cookies && headers.has("set-cookie")) {
        // Most backends set none.
        const { createCookieJar } = await import("./cookie_jar.ts");
        jar ??= createCookieJar();
        jar.take(headers, url.pathname);
      }
      if (request.isQuestion && (status === 401 || status === 403)) return response;
      if (isRefusal(response)) {
        request.onRefusal?.();
        const body = await readErrorBody(response, { maxBytes: maxRefusalBody, signal });
        underway.end();
        if (++refusals > maxRefusals) throw refusedForGood(status);
        const outcome = await authorizer.refused({
          ...refusalOf(response, { request: outgoing, fields, attempt: refusals }),
          body,
          isSessionLost: request.isSessionLost && (() => request.isSessionLost!({ status, body })),
        });
        if (outcome === "answer") return readAgain(response, body);
        continue;
      }
      if (status === 403) {
        const refusal = refusalOf(response, { request: outgoing, fields, attempt: refusals + 1 });
        if (refusals === maxRefusals || !await authorizer.forbidden?.(refusal)) return response;
        await response.body?.cancel();
        refusals++;
        continue;
      }
      authorizer.answered?.(outgoing, headers);
      if (response.ok) isAddressGood = true;
      if (status < 300 || status >= 400 || status === 304) return response;
      await response.body?.cancel();
      const { redirected, redirectTarget } = await import("./redirect_target.ts");
      if (++redirects > maxRedirects) throw redirected(url, { how: "more than five times" });
      url = redirectTarget(response, url, method);
      outgoing = { ...outgoing, url };
    }
  }

  return {
    send,
    get lastUsed() {
      return lastUsed;
    },
    get known() {
      return { isAddressGood, authorizationBytes: latestFields.authorization?.length };
    },
  };
}

/**
 * Whether everything that is silent waits on a dead connection. Over HTTP/1.1 a request has a
 * connection of its own, of which the others say nothing: there only later requests are helped.
 */
async function replaceIfDead(
  connections: Connections,
  { url, timeout }: { url: URL; timeout: number },
): Promise<boolean> {
  const [{ checkConnection }, { speaksHttp2 }] = await Promise.all([
    import("./connection_check.ts"),
    import("../../net/application_protocol.ts"),
  ]);
  const signal = AbortSignal.timeout(5 * timeout);
  if (await checkConnection({ url, connections, timeout, signal }) !== "dead") return false;
  connections.replace();
  return await speaksHttp2(url, { timeout });
}

/** A failure, with the certificate behind it if it is about one. */
async function explainedFailure(error: unknown, url: URL): Promise<ProxyError> {
  if (proxyFor(url)) {
    const { explainProxyFailure } = await import("../../net/proxy_failure.ts");
    const refusal = await explainProxyFailure(error, url);
    if (refusal) return new ProxyError({ ...refusal, category: "Network error", cause: error });
  }
  const { fetchFailure } = await import("./fetch_failure.ts");
  const failure = fetchFailure(error, url);
  if (failure.reason !== "tls_failed") return failure;
  const { peerCertificate } = await import("../../net/peer_certificate.ts");
  return fetchFailure(error, url, await peerCertificate(url));
}

/** Plain http is answered by the proxy itself. */
async function refusedByProxy(response: Response, url: URL): Promise<ProxyError> {
  await response.body?.cancel();
  const proxy = proxyFor(url);
  if (!proxy) return statusFailure(response);
  const { authenticationFailure } = await import("../../net/proxy_failure.ts");
  return new ProxyError({
    ...authenticationFailure(proxy),
    category: "Network error",
    httpStatus: response.status,
  });
}

function isRefusal(response: Response): boolean {
  return response.status === 401 ||
    response.status === 403 && response.headers.has("www-authenticate");
}

/** A response whose body was read, to be read once more. */
function readAgain({ status, headers }: Response, body: Uint8Array): Response {
  const fields = new Headers(headers);
  fields.set("content-length", String(body.length));
  return new Response(body.slice(), { status, headers: fields });
}

function refusalOf(
  { status, headers }: Response,
  given: Pick<Refusal, "request" | "fields" | "attempt">,
): Refusal {
  return { ...given, status: status as 401 | 403, headers };
}

function refusedForGood(status: number): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: `the backend refused ${maxRefusals} tokens in a row (HTTP ${status})`,
    fix: "check that the backend trusts this issuer and client",
    reason: "token_refused",
    httpStatus: status,
  });
}
