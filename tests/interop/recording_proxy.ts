/**
 * Stands in front of a provider that others wrote, hands everything on unchanged, and keeps what was
 * asked and answered: what a provider really says, and how often the program asked it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, request as send, type Server } from "node:http";
import { listenOnLoopback, stopListening } from "../support/loopback_server.ts";

/** A request to the provider and its answer. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** The parameters: of the query for GET, of the form body for POST. */
  readonly parameters: URLSearchParams;
  readonly headers: Headers;
  readonly status: number;
  readonly answerHeaders: Headers;
  /** The beginning of the answer's body, as text. */
  readonly answer: string;
}

/** What {@linkcode startRecordingProxy} is told. */
export interface RecordingProxyOptions {
  /** The port of the provider, at 127.0.0.1. */
  upstream: number;
}

/** A running proxy. */
export interface RecordingProxy extends AsyncDisposable {
  /** Where it listens. */
  readonly origin: string;
  /** Every exchange whose answer is complete, in order. */
  readonly exchanges: readonly Exchange[];
}

const keptAnswer = 256 * 1024;

/** Starts a {@linkcode RecordingProxy}; the provider need not be there yet. */
export async function startRecordingProxy(options: RecordingProxyOptions): Promise<RecordingProxy> {
  const { upstream } = options;
  const exchanges: Exchange[] = [];
  const server: Server = createServer();
  server.on("request", async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const headers: Record<string, string | string[] | undefined> = { ...incoming.headers };
    delete headers.connection;
    delete headers["transfer-encoding"];
    if (body.length > 0) headers["content-length"] = String(body.length);
    const asked = send({
      host: "127.0.0.1",
      port: upstream,
      method: incoming.method,
      path: incoming.url,
      headers,
      agent: false,
    }, async (answer) => {
      const bytes = await bodyOf(answer);
      const url = new URL(incoming.url ?? "/", "http://provider.test");
      exchanges.push({
        method: incoming.method ?? "",
        path: url.pathname,
        parameters: incoming.method === "POST"
          ? new URLSearchParams(body.toString())
          : url.searchParams,
        headers: fieldsOf(incoming),
        status: answer.statusCode ?? 0,
        answerHeaders: fieldsOf(answer),
        answer: bytes.subarray(0, keptAnswer).toString(),
      });
      // A provider that sends no `Date` sends none through here either.
      outgoing.sendDate = false;
      const fields = { ...answer.headers };
      delete fields.connection;
      delete fields["transfer-encoding"];
      outgoing.writeHead(answer.statusCode ?? 502, {
        ...fields,
        "content-length": String(bytes.length),
      }).end(bytes);
    });
    asked.on("error", () => {
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
    });
    asked.end(body);
  });
  const port = await listenOnLoopback(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    exchanges,
    [Symbol.asyncDispose]: () => stopListening(server),
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function fieldsOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index]!, message.rawHeaders[index + 1]!);
  }
  return headers;
}
