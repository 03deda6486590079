import { describe, oneLine, ProxyError } from "../../base/errors.ts";
import { fetchCause } from "../../net/fetch_cause.ts";
import { proxyFor, shownProxy } from "../../net/proxy.ts";
import { tlsFailure } from "../../net/tls_failure.ts";
import type { PeerCertificate } from "../../net/peer_certificate.ts";

/**
 * How HTTP/2 says of a stream that nothing was done with it: REFUSED_STREAM, and GOAWAY without an
 * error for a stream above the last one that counts (RFC 9113 section 8.7). A stream that is reset
 * without an error may have been dealt with.
 */
const unprocessed =
  /error received: refused stream before|connection error received: not a result of an error/;

/**
 * What became of a request that `fetch` gave up on. `connection_lost` means that it may have been
 * carried out, the others that it was not; `shown` is the certificate that was not trusted.
 */
export function fetchFailure(
  error: unknown,
  url: URL,
  shown?: PeerCertificate,
): ProxyError {
  const text = causes(error);
  // As well as the backend it may have been the proxy on the way, which may not know either.
  const proxy = proxyFor(url);
  const target = proxy ? `${url.origin} through the proxy ${shownProxy(proxy)}` : url.origin;
  // In TLS 1.3 this comes when the connection seems to be there already.
  const tls = tlsFailure(text, url, { setting: "MCP_BACKEND_URL", shown });
  if (tls) return new ProxyError({ ...tls, category: "Network error", cause: error });
  const isConnected = !text.includes("client error (Connect)");
  if (isConnected && unprocessed.test(text)) {
    return new ProxyError({
      category: "Network error",
      what: `${target} did not take a request (${fetchCause(error)})`,
      fix: "try again",
      reason: "not_taken",
      transient: true,
      cause: error,
    });
  }
  if (isConnected) {
    return new ProxyError({
      category: "Network error",
      what: `the connection to ${target} was lost (${
        fetchCause(error)
      }); the request may have been carried out`,
      fix: `look at the backend's log${proxy ? ", and at the proxy's," : ""} before you try again`,
      reason: "connection_lost",
      transient: true,
      cause: error,
    });
  }
  return new ProxyError({
    category: "Network error",
    what: `no connection to ${target} (${fetchCause(error)})`,
    fix: "check MCP_BACKEND_URL, the network and that the backend is running",
    reason: "backend_unreachable",
    transient: true,
    cause: error,
  });
}

function causes(error: unknown): string {
  const text = describe(error);
  return error instanceof Error && error.cause instanceof Error
    ? `${text} ${oneLine(error.cause.message)}`
    : text;
}
