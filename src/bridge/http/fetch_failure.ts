import { clientCertificateRefusal } from "../../client_certificate_refusal.ts";
import { describe, oneLine, ProxyError } from "../../errors.ts";
import type { PeerCertificate } from "../../peer_certificate.ts";

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
  // In TLS 1.3 this comes when the connection seems to be there already.
  const refusal = clientCertificateRefusal(text, url);
  if (refusal) {
    return new ProxyError({
      ...refusal,
      category: "Network error",
      reason: "client_certificate_refused",
      cause: error,
    });
  }
  const connect = text.indexOf("client error (Connect)");
  if (connect === -1 && unprocessed.test(text)) {
    return new ProxyError({
      category: "Network error",
      what: `${url.origin} did not take a request (${detail(text)})`,
      fix: "try again",
      reason: "not_taken",
      transient: true,
      cause: error,
    });
  }
  if (connect === -1) {
    return new ProxyError({
      category: "Network error",
      what: `the connection to ${url.origin} was lost (${
        detail(text)
      }); the request may have been carried out`,
      fix: "look at the backend's log before you try again",
      reason: "connection_lost",
      transient: true,
      cause: error,
    });
  }
  const certificate = /certificate|UnknownIssuer|CertNotValid/i.test(text);
  const why = detail(text.slice(connect));
  const it = shown ? `; it is for ${shown.subject}, issued by ${shown.issuer}` : "";
  return new ProxyError({
    category: "Network error",
    what: certificate
      ? `the certificate of ${url.origin} is not trusted (${why}${it})`
      : `no connection to ${url.origin} (${why})`,
    fix: certificate
      ? "pass the certificate of the authority that issued it with --ca-cert"
      : "check MCP_BACKEND_URL, the network and that the backend is running",
    reason: certificate ? "tls_failed" : "backend_unreachable",
    transient: !certificate,
    cause: error,
  });
}

function causes(error: unknown): string {
  const text = describe(error);
  return error instanceof Error && error.cause instanceof Error
    ? `${text} ${oneLine(error.cause.message)}`
    : text;
}

function detail(text: string): string {
  return text.replace(/^.*client error \(\w+\): /, "").replace(/(: .{4,})\1$/, "$1").slice(0, 200);
}
