import assert from "node:assert/strict";
import {
  statusFailure,
  type StatusFailureOptions,
} from "../../../src/bridge/http/status_failure.ts";

const page = (title: string) =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>x</h1></center></body></html>`;

/** The failure of an answer with this status, type and body. */
function failure(
  status: number,
  { type = "text/html", body = "", headers = {}, ...options }:
    & { type?: string; body?: string; headers?: Record<string, string> }
    & Omit<StatusFailureOptions, "body"> = {},
) {
  return statusFailure(
    { status, headers: new Headers({ "content-type": type, ...headers }) },
    { ...options, body: new TextEncoder().encode(body) },
  );
}

Deno.test("a gateway that gave up on a call leaves open whether it was carried out", () => {
  // The page of nginx 1.22.
  const body = page("504 Gateway Time-out");
  const call = failure(504, { body, mayHaveEffect: true });
  assert.equal(
    call.message,
    "Backend error: the backend answered HTTP 504: Gateway Time-out; the request may have been " +
      "carried out. Fix: look whether it was carried out before you try again.",
  );
  assert(call.transient);
  const list = failure(504, { body, mayHaveEffect: false, isAddressGood: true });
  assert(!list.message.includes("carried out"));
  assert(!list.message.includes("check that the backend is running"));
});

for (const status of [520, 521, 522, 523, 524]) {
  Deno.test(`${status} is a backend that is down`, () => {
    const error = failure(status, { mayHaveEffect: true });
    assert.equal(error.reason, "backend_down");
    assert.match(error.what, /may have been carried out/);
  });
}

Deno.test("what a busy backend asks for is in the text", () => {
  const error = failure(503, { headers: { "retry-after": "30" }, mayHaveEffect: true });
  assert.equal(error.reason, "backend_busy");
  assert.equal(error.fix, "try again in 30 s");
  assert.equal(error.retryAfter, 30_000);
  assert(!error.what.includes("carried out"));
});

Deno.test("a server that takes no requests for this name is told from one that denies access", () => {
  // What the Go SDK 1.8, rmcp 3.11, the TypeScript SDK 1.32 and the Python SDK 1.30 say.
  const answers = [
    { status: 403, type: "text/plain", body: 'Forbidden: invalid Host header "mcp_backend"\n' },
    { status: 403, type: "", body: "Forbidden: Host header is not allowed" },
    {
      status: 403,
      type: "application/json",
      body:
        '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Invalid Host: mcp_backend"},"id":null}',
    },
    { status: 421, type: "", body: "Invalid Host header" },
  ];
  for (const { status, ...answer } of answers) {
    const error = failure(status, answer);
    assert.match(error.what, /host.*; it does not take requests for this host name$/i);
    assert.match(error.fix, /hand on the field Host unchanged$/);
    assert.equal(error.reason, `http_${status}`);
  }
  assert.equal(
    failure(403, { body: page("Forbidden") }).fix,
    "ask the backend's operator for access",
  );
});

Deno.test("a challenge of Cloudflare is named", () => {
  const error = failure(403, {
    body: page("Just a moment..."),
    headers: { "cf-mitigated": "challenge", server: "cloudflare" },
  });
  assert.match(error.message, /Just a moment\.\.\.; Cloudflare wants to see a browser/);
  assert.match(error.fix, /without a challenge/);
});

Deno.test("header fields that are too long are told by the length of the token", () => {
  const asked = { isAddressGood: false, authorizationBytes: 9_123 };
  for (
    const [status, body] of [
      [431, ""],
      [400, page("400 Request Header Or Cookie Too Large")],
      // haproxy 2.6 says no more than this.
      [400, "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n"],
    ] as const
  ) {
    const error = failure(status, { body, ...asked });
    assert.match(error.what, /the header field with the token alone has 9123 bytes/);
    assert.match(error.fix, /fewer groups, roles or scopes/);
    assert(!error.fix.includes("MCP_BACKEND_URL"));
  }
});

Deno.test("nginx's page about a missing client certificate leads to --client-cert", () => {
  const error = failure(400, { body: page("400 No required SSL certificate was sent") });
  assert.equal(error.reason, "client_certificate_refused");
  assert.match(
    error.what,
    /HTTP 400: No required SSL certificate was sent; it wants a certificate/,
  );
  assert.match(error.fix, /--client-cert and --client-key/);
});

Deno.test("an address that has answered well is not doubted", () => {
  for (const status of [400, 404, 405, 422]) {
    const said = failure(status, {
      type: "text/plain",
      body: 'JSON RPC not handled: "x" unsupported\n',
      isAddressGood: true,
    });
    assert.match(said.what, /JSON RPC not handled: "x" unsupported$/);
    assert(!said.fix.includes("MCP_BACKEND_URL"), said.fix);
    assert.match(failure(status, { isAddressGood: false }).fix, /MCP_BACKEND_URL/);
  }
});

Deno.test("the message of a body with a stack trace of 23 kB is shown, and nothing else of it", () => {
  // The form of the Java SDK 2.1.0.
  const body = JSON.stringify({
    jsonRpcError: { code: -32603, message: "inner" },
    cause: null,
    localizedMessage: "Invalid message format: 7",
    message: "Invalid message format: 7",
    stackTrace: Array(200).fill({ className: "io.modelcontextprotocol.spec.McpError", line: 81 }),
  });
  const { what } = failure(400, { type: "application/json;charset=UTF-8", body });
  assert.equal(what, "the backend answered HTTP 400: Invalid message format: 7");
});

Deno.test("a page that claims to be text is shown by its title", () => {
  const { what } = failure(500, { type: "text/plain", body: page("Oops &amp; sorry") });
  assert.equal(what, "the backend answered HTTP 500: Oops & sorry");
});

Deno.test("what is said is one bounded line", () => {
  const { what } = failure(500, { type: "text/plain", body: "a\nb\u001b[31m" + "c".repeat(5000) });
  assert(what.length < 300 && !what.includes("\n") && !what.includes("\u001b"), what);
});

Deno.test("what to do about a status, and whether it passes by itself", () => {
  type Known = { mayHaveEffect?: boolean; isAddressGood?: boolean; retry?: string; body?: string };
  const good = { isAddressGood: true };
  const endpoint = "check that MCP_BACKEND_URL is the backend's MCP endpoint, with its path";
  const look = "look whether it was carried out before you try again";
  const rows: [status: number, known: Known, reason: string, fix: string][] = [
    [429, {}, "backend_busy", "try again later"],
    [429, { mayHaveEffect: true }, "backend_busy", "try again later"],
    [429, { retry: "1" }, "backend_busy", "try again in 1 s"],
    [503, { retry: "7", mayHaveEffect: true }, "backend_busy", "try again in 7 s"],
    [503, {}, "backend_down", "check that the backend is running and try again"],
    [503, good, "backend_down", "try again later, or look at the backend's log"],
    [502, { mayHaveEffect: true }, "backend_down", look],
    [502, { retry: "7", mayHaveEffect: true }, "backend_down", "try again in 7 s"],
    [408, { mayHaveEffect: true }, "http_408", look],
    [408, {}, "http_408", "try again, or let the gateway in front of the backend wait longer"],
    [403, {}, "http_403", "ask the backend's operator for access"],
    [413, {}, "http_413", "send less in one message"],
    [500, {}, "http_500", "look at the backend's log"],
    [501, good, "http_501", "look at the backend's log"],
    [404, {}, "http_404", endpoint],
    [405, {}, "http_405", endpoint],
    [404, good, "http_404", "look at the backend's log, or ask its operator"],
    [
      404,
      { ...good, body: "no" },
      "http_404",
      "change the request as the backend says, or ask its operator",
    ],
    [400, {}, "http_400", "check MCP_BACKEND_URL"],
    [499, {}, "http_499", "check MCP_BACKEND_URL"],
  ];
  for (const [status, { retry, ...known }, reason, fix] of rows) {
    const headers: Record<string, string> = retry === undefined ? {} : { "retry-after": retry };
    const error = failure(status, { type: "text/plain", headers, ...known });
    const row = `${status} ${JSON.stringify(known)}`;
    assert.equal(error.reason, reason, row);
    assert.equal(error.fix, fix, row);
    assert.equal(error.transient, reason.startsWith("backend_"), row);
    assert.equal(error.httpStatus, status);
    assert.equal(error.retryAfter, retry === undefined ? undefined : 1000 * Number(retry), row);
    assert.equal(
      error.what.endsWith("; the request may have been carried out"),
      known.mayHaveEffect === true && reason !== "backend_busy",
      row,
    );
  }
  const later = failure(500, { headers: { "retry-after": "7" } });
  assert.equal(later.retryAfter, undefined, "what does not pass by itself is not waited for");
});

Deno.test("a long token is doubted only from 7,000 bytes, and only before a page", () => {
  const doubted = (status: number, bytes: number, type = "text/html") =>
    /the header field with the token/.test(
      failure(status, { type, authorizationBytes: bytes }).what,
    );
  assert(doubted(400, 7_001));
  assert(!doubted(400, 7_000));
  assert(!doubted(400, 7_001, "application/json"));
  assert(!doubted(404, 7_001));
  assert(doubted(431, 10, "text/plain"));
  const certificate = page("400 The SSL certificate error");
  assert.equal(failure(400, { body: certificate }).reason, "client_certificate_refused");
  assert.equal(failure(404, { body: certificate }).reason, "http_404");
});

Deno.test("an answer without a type shows its text, one without a text only its status", () => {
  const body = new TextEncoder().encode("no way");
  assert.equal(
    statusFailure({ status: 500, headers: new Headers() }, { body }).what,
    "the backend answered HTTP 500: no way",
  );
  assert.equal(
    statusFailure({ status: 500, headers: new Headers() }).what,
    "the backend answered HTTP 500",
  );
});

Deno.test("what looks like something special is that with its status only", () => {
  const host = failure(400, { type: "text/plain", body: "Invalid Host header" });
  assert.equal(host.what, "the backend answered HTTP 400: Invalid Host header");
  const title = "Request Header Or Cookie Too Large";
  assert.match(
    failure(400, { body: page(`400 ${title}`), authorizationBytes: 10 }).what,
    /the header field with the token alone has 10 bytes$/,
  );
  assert.equal(
    failure(413, { body: page(`413 ${title}`) }).what,
    `the backend answered HTTP 413: ${title}`,
  );
  assert.match(failure(431).what, /the header field with the token alone has 0 bytes$/);
  assert.match(
    failure(400, { type: "TEXT/HTML", authorizationBytes: 7_001 }).what,
    /the header field with the token alone has 7001 bytes$/,
  );
});

Deno.test("a pause that was asked for is told in whole seconds, at least as long", () => {
  const headers = { "retry-after": "Thu, 26 Nov 2026 12:00:02 GMT" };
  const at = (time: string) => failure(503, { headers, now: Date.parse(time) }).fix;
  assert.equal(at("2026-11-26T12:00:00.500Z"), "try again in 2 s");
  assert.equal(at("2026-11-26T12:00:01.000Z"), "try again in 1 s");
});
