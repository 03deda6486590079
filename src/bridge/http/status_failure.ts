import { oneLine, ProxyError } from "../../errors.ts";

/**
 * An HTTP answer that is no answer to the message, as an error. `backend_busy` means that the
 * request was turned away before anything was done for it.
 */
export function statusFailure(response: Response, body: string): ProxyError {
  const { status, headers } = response;
  const retryAfter = retryAfterOf(headers);
  const isBusy = status === 429 || status === 503 && retryAfter !== undefined;
  const isDown = status === 502 || status === 503 || status === 504;
  const said = excerpt(headers.get("content-type") ?? "", body);
  return new ProxyError({
    category: "Backend error",
    what: `the backend answered HTTP ${status}${said && `: ${said}`}`,
    fix: hints[status] ?? (status >= 500 ? "look at the backend's log" : "check MCP_BACKEND_URL"),
    reason: isBusy ? "backend_busy" : isDown ? "backend_down" : `http_${status}`,
    transient: isBusy || isDown,
    retryAfter: isBusy || isDown ? retryAfter : undefined,
    httpStatus: status,
  });
}

const hints: Record<number, string> = {
  403: "ask the backend's operator for access",
  404: "check that MCP_BACKEND_URL is the backend's MCP endpoint, with its path",
  405: "check that MCP_BACKEND_URL is the backend's MCP endpoint, with its path",
  413: "send less in one message",
  429: "try again later",
  502: "check that the backend is running and try again",
  503: "check that the backend is running and try again",
  504: "check that the backend is running and try again",
};

/** RFC 9110 section 10.2.3, in milliseconds. */
function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** The first line of a plain text, or the usual members of a JSON error; nothing from HTML. */
function excerpt(contentType: string, body: string): string {
  if (/^text\/plain/i.test(contentType)) return oneLine(body).slice(0, 200);
  if (!/json/i.test(contentType)) return "";
  try {
    const { error, error_description, message, detail } = JSON.parse(body);
    const said = error_description ?? message ?? detail ?? error?.message ?? error;
    return typeof said === "string" ? oneLine(said).slice(0, 200) : "";
  } catch {
    return "";
  }
}
