/**
 * Every way in which a backend may misbehave when it is to answer one request, each under a name.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { ServerResponse } from "node:http";

/** One request that is to be answered badly. */
export interface FaultyExchange {
  /** The request's id as it stood in the message. */
  id: unknown;
  /** The `arguments` of the call. */
  args: Record<string, unknown>;
  /** How often this very request came before. */
  before: number;
  /** The proper way to answer. */
  response: ServerResponse;
  /** The connection underneath. */
  socket: Socket;
  /** The backend's own origin, and another one. */
  origins: { own: string; other: string };
  /** Lets the rest of a stream be fetched by GET with this event id. */
  resumeAt(eventId: string, answer: (response: ServerResponse) => void): void;
  /** Resolves when the client has cancelled the request. */
  cancelled(): Promise<unknown>;
}

/** Misbehaves once. */
export type Fault = (exchange: FaultyExchange) => void | Promise<void>;

/** The result that a good answer carries: in both eras, since one of 2026-07-28 must say its type. */
export const goodResult = { resultType: "complete", content: [{ type: "text", text: "good" }] };

/** What the byte-faithful answers carry; JSON.parse and JSON.stringify would change most of it. */
export const delicateResult =
  '{"resultType":"complete","a":12345678901234567890,"b":1.0,"c":1e400,"d":-0,"__proto__":{"x":1},"e":"\\u0000\\ud800\u2028","é":"\\/"}';

/** A good answer as JSON text. */
export function answerTo(id: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result: goodResult });
}

function errorFor(id: unknown, code: number): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: "no", data: { why: 1 } } });
}

const note =
  '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}';
const event = (data: string, id?: string) => `${id ? `id: ${id}\n` : ""}data: ${data}\n\n`;

function json({ response }: FaultyExchange, body: string, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}

function events({ response }: FaultyExchange, ...parts: string[]): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const part of parts) response.write(part);
}

/** Waits until what was written has left, so that what follows comes as a read of its own. */
function flushed(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => response.write(text, () => resolve()));
}

function status(code: number, headers: Record<string, string> = {}, body = "no"): Fault {
  return ({ response }) => void response.writeHead(code, headers).end(body);
}

function redirect(code: number, where: "own" | "other"): Fault {
  return (exchange) => {
    if (where === "own" && exchange.before > 0) return json(exchange, answerTo(exchange.id));
    const location = where === "own" ? `${exchange.origins.own}/mcp` : `${exchange.origins.other}/`;
    exchange.response.writeHead(code, { location }).end();
  };
}

/** Answers badly the first time, and well when asked again. */
function once(fault: Fault): Fault {
  return (exchange) =>
    exchange.before > 0 ? json(exchange, answerTo(exchange.id)) : fault(exchange);
}

/** All faults by name; `tests/e2e/faults_test.ts` says what has to come of each. */
export const faults = {
  "good json": (x) => json(x, answerTo(x.id)),
  "good events": (x) => (events(x, event(answerTo(x.id))), void x.response.end()),
  "good json, later": async (x) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    json(x, answerTo(x.id));
  },
  "good events, one by one": async (x) => {
    events(x);
    for (const part of [event(note), event(note), event(answerTo(x.id))]) {
      await flushed(x.response, part);
    }
    x.response.end();
  },
  "pretty-printed json": (x) => json(x, JSON.stringify(JSON.parse(answerTo(x.id)), null, 2)),
  "delicate json": (x) =>
    json(x, `{"jsonrpc":"2.0","result":${delicateResult},"id":${JSON.stringify(x.id)},"more":1.0}`),

  "202": status(202, {}, ""),
  "204": status(204, {}, ""),
  "empty json": (x) => json(x, ""),
  "invalid json": (x) => json(x, answerTo(x.id).slice(0, -3)),
  "json that is no message": (x) => json(x, '{"ok":true}'),
  "html": status(200, { "content-type": "text/html" }, "<html><h1>Sign in</h1>"),
  "no content type": status(200, {}, ""),
  "an answer to another id": (x) => json(x, answerTo("another")),
  "an error without id": (x) => json(x, errorFor(null, -32600)),
  "an http error with a json-rpc error": (x) => json(x, errorFor(x.id, -32042), 400),

  "301 elsewhere": redirect(301, "other"),
  "302 elsewhere": redirect(302, "other"),
  "303 elsewhere": redirect(303, "other"),
  "307 elsewhere": redirect(307, "other"),
  "308 elsewhere": redirect(308, "other"),
  "302 to itself": redirect(302, "own"),
  "307 to itself": redirect(307, "own"),
  "308 to itself": redirect(308, "own"),
  "304": status(304, {}, ""),
  "400": status(400),
  "403": status(403),
  "405": status(405),
  "413": status(413),
  "415": status(415),
  "422": status(422),
  "429": status(429),
  "500": status(500),
  "501": status(501),
  "502": status(502),
  "503": status(503),
  "504": status(504),
  "503 with Retry-After, once": once(status(503, { "retry-after": "1" })),
  "429 with Retry-After, once": once(status(429, { "retry-after": "1" })),

  "a stream that ends at once": (x) => (events(x), void x.response.end()),
  "a stream that ends without the answer": (x) => (events(x, event(note)), void x.response.end()),
  "a stream cut before the answer": async (x) => {
    events(x);
    await flushed(x.response, event(note));
    x.socket.destroy();
  },
  "a stream cut in the answer": async (x) => {
    events(x);
    await flushed(x.response, event(answerTo(x.id)).slice(0, -9));
    x.socket.destroy();
  },
  "a stream cut after the answer": async (x) => {
    events(x);
    await flushed(x.response, event(answerTo(x.id)));
    x.socket.destroy();
  },
  "a stream with invalid json": (x) => (events(x, event("{]")), void x.response.end()),
  "a connection closed without an answer": (x) => void x.socket.destroy(),
  "a connection reset without an answer": (x) => void x.socket.resetAndDestroy(),
  "a connection cut in the header": (x) => {
    x.socket.write("HTTP/1.1 200 OK\r\nContent-Ty", () => x.socket.destroy());
  },
  "a connection cut in the body": (x) => {
    const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n";
    x.socket.write(`${head}${answerTo(x.id)}`, () => x.socket.destroy());
  },
  "something that is not http": (x) => {
    x.socket.write("220 mail.company.test ESMTP\r\n", () => x.socket.destroy());
  },

  "an answer twice": (x) => {
    events(x, event(answerTo(x.id)), event(answerTo(x.id)));
    x.response.end();
  },
  "an answer and then an error": (x) => {
    events(x, event(answerTo(x.id)), event(errorFor(x.id, -1)));
    x.response.end();
  },
  "an answer behind notifications": (x) => {
    events(x, event(note), event(note), event(answerTo(x.id)));
    x.response.end();
  },
  "an answer in a batch": (x) => json(x, `[${note},${answerTo("stranger")},${answerTo(x.id)}]`),
  "an answer in a batch event": (x) => {
    events(x, event(`[${note},${answerTo(x.id)}]`));
    x.response.end();
  },
  "an answer on a stream that stays open": (x) => events(x, event(answerTo(x.id))),
  "an answer after the cancellation": async (x) => {
    events(x, event(note));
    await x.cancelled();
    x.response.end(event(answerTo(x.id)));
  },
  "no answer, ever": () => {},
  "a stream on which nothing comes, ever": (x) => {
    events(x);
    x.response.flushHeaders();
  },

  "CRLF line ends": (x) => {
    events(x, event(answerTo(x.id)).replaceAll("\n", "\r\n"));
    x.response.end();
  },
  "CR line ends": (x) => {
    events(x, event(answerTo(x.id)).replaceAll("\n", "\r"));
    x.response.end();
  },
  "a byte order mark": (x) => (events(x, `\ufeff${event(answerTo(x.id))}`), void x.response.end()),
  "comments and unknown fields": (x) => {
    events(x, ": hello\n", "colour: red\n", ":\n", "data\n\n", event(answerTo(x.id)));
    x.response.end();
  },
  "an event named message": (x) => {
    events(x, `event: message\n${event(answerTo(x.id))}`);
    x.response.end();
  },
  "several data lines": (x) => {
    const lines = JSON.stringify(JSON.parse(answerTo(x.id)), null, 1).split("\n");
    events(x, lines.map((line) => `data: ${line}\n`).join(""), "\n");
    x.response.end();
  },
  "byte by byte": async (x) => {
    events(x);
    for (const character of event(answerTo(x.id))) await flushed(x.response, character);
    x.response.end();
  },
  "no blank line at the end": (x) => {
    events(x, event(answerTo(x.id)).trimEnd());
    x.response.end();
  },

  "a stream that ends and can be resumed": (x) => {
    const id = crypto.randomUUID();
    x.resumeAt(id, (response) => response.end(event(answerTo(x.id), `${id}-2`)));
    events(x, `id: ${id}\nretry: 10\ndata:\n\n`);
    x.response.end();
  },
  "a stream that is cut and can be resumed, twice": async (x) => {
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    x.resumeAt(first, (response) => {
      response.write(event(note, second), () => response.socket?.destroy());
    });
    x.resumeAt(second, (response) => response.end(event(answerTo(x.id), `${second}-2`)));
    events(x, "retry: 10\n\n");
    await flushed(x.response, event(note, first));
    x.socket.destroy();
  },
  "a stream that ends and cannot be resumed": (x) => {
    events(x, `id: ${crypto.randomUUID()}\nretry: 10\ndata:\n\n`);
    x.response.end();
  },
  "a stream that ends for good behind its answer": (x) => {
    const id = crypto.randomUUID();
    x.resumeAt(id, (response) => response.end(event(answerTo(x.id), `${id}-2`)));
    events(x, event(answerTo(x.id), id));
    x.response.end();
  },
} satisfies Record<string, Fault>;

/** The name of one of {@linkcode faults}. */
export type FaultName = keyof typeof faults;
