import { ProxyError } from "../base/errors.ts";
import { excerpt } from "../base/excerpt.ts";
import type { Log } from "../base/log.ts";
import { fetchCause } from "../net/fetch_cause.ts";
import { proxyFor } from "../net/proxy.ts";
import { retryAfterOf } from "../net/retry_after.ts";
import { tlsFailure } from "../net/tls_failure.ts";
import { isLoopback } from "../base/is_loopback.ts";
import { lenientAnswer } from "./lenient_answer.ts";
import { rememberAnswer, rememberRequest } from "./remember_exchange.ts";
import { programName, version } from "../base/version.ts";

/** The shape of `fetch` that this module sends every request through. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** What {@linkcode createProviderFetch} is built on. */
export interface ProviderFetchOptions {
  /** Sends the request; where proxies and certificate authorities are dealt with. */
  fetch?: Fetch;
  /** Where a clock that is off is reported. */
  log: Log;
  /** Whether answers are handed on as they come, also those that only come close to RFC 6749's. */
  asTheyCome?: boolean;
  /** The longest answer that is read, in bytes. */
  maxBodyBytes?: number;
  /** How long a whole exchange may take, in milliseconds. */
  timeout?: number;
  /** The setting that leads to whoever is asked, for errors to name; the issuer's by default. */
  setting?: "OIDC_ISSUER_URL" | "MCP_BACKEND_URL" | "ACTIONS_ID_TOKEN_REQUEST_URL";
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
  /** Told with every `Date` of an answer by how many milliseconds that clock is ahead of ours. */
  onClock?(ahead: number): void;
}

/** The statuses that a `Response` with a body cannot have; no answer comes with 101. */
const bodiless = [204, 205, 304];
const maxRedirects = 5;
const toleratedSkew = 30_000;

/**
 * A `fetch` for talking to a provider that nobody vouches for, or to a backend that may name one:
 * https only (http on loopback), no redirects to other origins, 10 s and 1 MiB at most, the body read
 * to its end before the answer is handed on. Fails with `ProxyError`s; those of reason
 * `provider_unreachable` and `provider_down` are transient.
 */
export function createProviderFetch(options: ProviderFetchOptions): Fetch {
  const { log, maxBodyBytes = 1024 * 1024, timeout = 10_000, now = Date.now } = options;
  const { setting = "OIDC_ISSUER_URL", asTheyCome, onClock } = options;
  const send: Fetch = options.fetch ?? ((url, init) => fetch(url, init));
  let skewReported = false;

  const noteClock = (response: Response, origin: string) => {
    const date = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(date)) return;
    // What a cache kept says when it was made.
    const age = Number(response.headers.get("age"));
    const ahead = date + (age > 0 ? age * 1000 : 0) - now();
    onClock?.(ahead);
    if (skewReported || Math.abs(ahead) <= toleratedSkew) return;
    skewReported = true;
    const side = ahead > 0 ? "behind" : "ahead of";
    log.info(
      `the clock of this machine is ${Math.round(Math.abs(ahead) / 1000)} s ${side} that of ` +
        `${origin}, by which the times in its tokens are judged`,
    );
  };

  return async (url, init) => {
    const caller = init?.signal;
    const deadline = AbortSignal.timeout(timeout);
    const signal = caller ? AbortSignal.any([caller, deadline]) : deadline;
    const first = permittedUrl(url);
    const headers = new Headers(init?.headers);
    headers.set("user-agent", `${programName}/${version}`);
    rememberRequest({ ...init });
    /** Of the answer that is being read: what it says counts, though not all of it may come. */
    let status: number | undefined;
    try {
      let target = first;
      for (let redirects = 0;; redirects++) {
        status = undefined;
        const response = await send(target.href, { ...init, headers, redirect: "manual", signal });
        ({ status } = response);
        if (redirectStatuses.includes(status)) {
          await response.body?.cancel();
          const next = redirectTarget(response, target);
          if (
            next?.origin !== first.origin || redirects === maxRedirects || init?.method === "POST"
          ) {
            throw new ProxyError({
              category: "Authentication error",
              what: next
                ? `${shown(target)} redirects to ${shown(next)}, which is not followed`
                : `${shown(target)} redirects without saying where to (HTTP ${status})`,
              fix: init?.method === "POST"
                ? "check whether a proxy or firewall answers in its place"
                : `point ${setting} at the final address`,
              reason: "provider_redirect",
            });
          }
          target = permittedUrl(next.href);
          continue;
        }
        const body = await readBody(response, { limit: maxBodyBytes, url: target, setting });
        noteClock(response, target.origin);
        if (response.status >= 500 || response.status === 429 || response.status === 408) {
          throw new ProxyError({
            category: "Network error",
            what: `${shown(target)} answered ${response.status}${explained(body)}`,
            fix: "try again later",
            reason: "provider_down",
            transient: true,
            retryAfter: retryAfterOf(response.headers, now()),
            httpStatus: response.status,
          });
        }
        const heard = { status: response.status, body };
        const { status: meant, body: said } = init?.method === "POST" && !asTheyCome
          ? lenientAnswer(heard)
          : heard;
        if (init?.method === "POST") rememberAnswer(said);
        return new Response(bodiless.includes(meant) ? null : said as BodyInit, {
          status: meant,
          statusText: response.statusText,
          headers: response.headers,
        });
      }
    } catch (error) {
      caller?.throwIfAborted();
      if (error instanceof ProxyError) throw error;
      // The URL is named before it.
      const why = fetchCause(error);
      const proxy = proxyFor(first);
      if (!deadline.aborted && proxy) {
        const { explainProxyFailure } = await import("../net/proxy_failure.ts");
        const refusal = await explainProxyFailure(error, first);
        if (refusal) throw new ProxyError({ ...refusal, category: "Network error", cause: error });
      }
      const refusal = deadline.aborted ? undefined : tlsFailure(why, first, { setting });
      if (refusal) {
        const shown = refusal.reason === "tls_failed"
          ? await (await import("../net/peer_certificate.ts")).peerCertificate(first)
          : undefined;
        throw new ProxyError({
          ...(tlsFailure(why, first, { setting, shown }) ?? refusal),
          category: "Network error",
          cause: error,
        });
      }
      throw new ProxyError({
        category: "Network error",
        what: deadline.aborted
          ? `no complete answer from ${shown(first)} within ${timeout / 1000} s`
          : status === undefined
          ? `no connection to ${shown(first)} (${why})`
          : `the answer of ${shown(first)} broke off (${why})`,
        fix: `check ${proxy ? `${proxy.variable}, the network` : "the network"} and ${setting}`,
        reason: "provider_unreachable",
        transient: true,
        httpStatus: status,
        cause: error,
      });
    }
  };
}

/** Refuses what must not be requested: plain http away from loopback, user names in URLs. */
function permittedUrl(text: string): URL {
  const url = URL.parse(text);
  if (
    url && !url.username && !url.password &&
    (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)))
  ) return url;
  throw new ProxyError({
    category: "Configuration error",
    what: `the URL ${JSON.stringify(excerpt(text))} is not https`,
    fix: "use a provider that is reached by https (http works on loopback only)",
    reason: "insecure_endpoint",
  });
}

const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];

/** Where a redirect leads; `null` when it does not say. */
function redirectTarget({ headers }: Response, from: URL): URL | null {
  const location = headers.get("location");
  // Nothing is a reference to where it stands: the same would be asked again.
  return location ? URL.parse(location, from.href) : null;
}

async function readBody(
  response: Response,
  { limit, url, setting }: { limit: number; url: URL; setting: string },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Of an error, its beginning says enough.
    if (size > limit && response.status >= 300) break;
    if (size > limit) {
      throw new ProxyError({
        category: "Authentication error",
        what: `the answer of ${shown(url)} is longer than ${limit} bytes`,
        fix: `check ${setting}`,
        reason: "answer_too_long",
        httpStatus: response.status,
      });
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/** The `error` of an OAuth error body, which a 5xx or 429 may carry. */
function explained(body: Uint8Array): string {
  try {
    const { error } = JSON.parse(new TextDecoder().decode(body));
    return typeof error === "string" ? ` (${excerpt(error, { max: 80 })})` : "";
  } catch {
    return "";
  }
}

/** A URL without its query, which may hold secrets, and bounded. */
function shown(url: URL): string {
  return excerpt(`${url.origin}${url.pathname}`, { max: 300 });
}
