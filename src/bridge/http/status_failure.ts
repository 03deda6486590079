import { ProxyError } from "../../base/errors.ts";
import { retryAfterOf } from "../../net/retry_after.ts";
import { errorExcerpt } from "./error_excerpt.ts";

/** What is known besides the answer itself. */
export interface StatusFailureOptions {
  /** The body of the answer, or its beginning. */
  body?: Uint8Array;
  /** What was asked for might have an effect, and may have had it though the answer says otherwise. */
  mayHaveEffect?: boolean;
  /** The backend has answered well at this address before, so that the address is right. */
  isAddressGood?: boolean;
  /** How long the field was that authorized the request, in bytes. */
  authorizationBytes?: number;
  /** The present, in milliseconds since the epoch. */
  now?: number;
}

/** Gateways say these for a backend that is not there; 520 to 524 are Cloudflare's. */
const downStatuses: ReadonlySet<number> = new Set([502, 503, 504, 520, 521, 522, 523, 524]);

/**
 * An HTTP answer that is no answer to the message, as an error. `backend_busy` means that the
 * request was turned away before anything was done for it, `backend_down` that nobody knows.
 */
export function statusFailure(
  response: Pick<Response, "status" | "headers">,
  options: StatusFailureOptions = {},
): ProxyError {
  const { status, headers } = response;
  const { body = new Uint8Array(), mayHaveEffect, now = Date.now() } = options;
  const retryAfter = retryAfterOf(headers, now);
  const isBusy = status === 429 || status === 503 && retryAfter !== undefined;
  const isDown = downStatuses.has(status);
  const said = errorExcerpt(headers.get("content-type") ?? "", body)
    // Pages of servers begin with the status, which is named already.
    .replace(new RegExp(`^${status}\\s+`), "");
  const special = gatewayRefusal(response, { said, options });
  const happened = `the backend answered HTTP ${status}${said && `: ${said}`}`;
  return new ProxyError({
    category: "Backend error",
    what: special
      ? `${happened}; ${special.because}`
      : (isDown && !isBusy || status === 408) && mayHaveEffect
      ? `${happened}; the request may have been carried out`
      : happened,
    fix: special?.fix ?? fixFor(status, { ...options, retryAfter, isDown, said }),
    reason: special?.reason ??
      (isBusy ? "backend_busy" : isDown ? "backend_down" : `http_${status}`),
    transient: isBusy || isDown,
    retryAfter: isBusy || isDown ? retryAfter : undefined,
    httpStatus: status,
  });
}

/** What something in front of the backend says in words of its own. */
function gatewayRefusal(
  { status, headers }: Pick<Response, "status" | "headers">,
  { said, options }: { said: string; options: StatusFailureOptions },
): { because: string; fix: string; reason?: string } | undefined {
  // Cloudflare documents this field for telling its challenge page from an answer of the server.
  if (headers.get("cf-mitigated") === "challenge") {
    return {
      because: "Cloudflare wants to see a browser",
      fix: "ask the backend's operator to let requests to this path through without a challenge",
    };
  }
  if ((status === 403 || status === 421) && foreignHost.test(said)) {
    return {
      because: "it does not take requests for this host name",
      fix: "ask the backend's operator to allow the name there, and to have the gateway in front " +
        "of it hand on the field Host unchanged",
    };
  }
  const { authorizationBytes = 0 } = options;
  // Servers that say nothing of the kind refuse this much as well.
  const isLong = authorizationBytes > longAuthorization &&
    /html/i.test(headers.get("content-type") ?? "");
  if (status === 431 || status === 400 && (isLong || tooLongFields.test(said))) {
    return {
      because: `the header field with the token alone has ${authorizationBytes} bytes`,
      fix:
        "let the provider issue a shorter token, with fewer groups, roles or scopes, or ask the " +
        "backend's operator to accept longer header fields",
    };
  }
  if (status === 400 && missingCertificate.test(said)) {
    return {
      because: "it wants a certificate of this client",
      fix: "name the PEM files of one with --client-cert and --client-key",
      reason: "client_certificate_refused",
    };
  }
  return undefined;
}

/** All header fields together may have 8 KiB at nginx, 16 KiB at haproxy, by default. */
const longAuthorization = 7_000;

/**
 * SDKs refuse foreign names, against DNS rebinding, before they look at a token: Python 421 "Invalid
 * Host header", Go 403 "invalid Host header", rmcp 403 "Host header is not allowed", TypeScript 403
 * "Invalid Host: name".
 */
const foreignHost = /invalid host\b|host header is not allowed/i;
/** Titles of nginx 1.22's pages: "400 Request Header Or Cookie Too Large". */
const tooLongFields = /request header.*too large|header fields? too (?:large|long)/i;
/** "400 No required SSL certificate was sent", "400 The SSL certificate error". */
const missingCertificate = /no required SSL certificate|the SSL certificate error/i;

function fixFor(
  status: number,
  { isAddressGood, mayHaveEffect, retryAfter, isDown, said }: StatusFailureOptions & {
    retryAfter: number | undefined;
    isDown: boolean;
    said: string;
  },
): string {
  if (status === 429 || isDown) {
    const wait = retryAfter && Math.ceil(retryAfter / 1000);
    if (wait) return `try again in ${wait} s`;
    if (status === 429) return "try again later";
    if (mayHaveEffect) return "look whether it was carried out before you try again";
    return isAddressGood
      ? "try again later, or look at the backend's log"
      : "check that the backend is running and try again";
  }
  if (status === 408) {
    return mayHaveEffect
      ? "look whether it was carried out before you try again"
      : "try again, or let the gateway in front of the backend wait longer";
  }
  if (status === 403) return "ask the backend's operator for access";
  if (status === 413) return "send less in one message";
  if (status >= 500) return "look at the backend's log";
  if (isAddressGood) {
    return said
      ? "change the request as the backend says, or ask its operator"
      : "look at the backend's log, or ask its operator";
  }
  return status === 404 || status === 405
    ? "check that MCP_BACKEND_URL is the backend's MCP endpoint, with its path"
    : "check MCP_BACKEND_URL";
}
