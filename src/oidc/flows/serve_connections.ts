import { startTimer } from "../../base/timer.ts";
import type { LocalConnection } from "./peer_user.ts";

/** What {@linkcode serveConnections} may be told; everything has a default. */
export interface ServeOptions {
  /** How many connections are open at most; 64 by default. */
  maxConnections?: number;
  /** How long a request may take to arrive, in milliseconds; 10 s by default. */
  requestTimeout?: number;
  /** How long to wait before connections are accepted again after an error, in milliseconds. */
  acceptPause?: number;
  /** How long the end of a connection may take, in milliseconds. */
  lingerTimeout?: number;
}

/** What {@linkcode serveConnections} needs of a listener; `Deno.TcpListener` has it. */
export interface ConnectionSource {
  /** Waits for the next connection. */
  accept(): Promise<Connection>;
  /** Ends the wait. */
  close(): void;
}

/** What is used of a connection. */
export type Connection = Pick<
  Deno.TcpConn,
  "read" | "write" | "closeWrite" | "close" | "localAddr" | "remoteAddr"
>;

/** Answers a request that came by a connection. */
export type ConnectionHandler = (
  request: Request,
  connection: LocalConnection,
) => Response | Promise<Response>;

/** A server; disposing of it frees the port and gives up what is still being sent. */
export interface ConnectionServer extends AsyncDisposable {
  /** Resolves when no answer is being made or sent any more. */
  idle(): Promise<void>;
}

/** The longest request line and header fields that are read, in bytes. */
const maxHeadBytes = 65_536;

/**
 * A small HTTP/1.1 server for a listener that any program of this machine can reach: one request a
 * connection, without a body, and never more than so many connections. Beyond that the one that was
 * answered first makes room, or else the one that has been silent for longest: whoever keeps
 * connections open neither keeps the browser out nor takes the descriptors that the rest of the program
 * needs. An error of `accept` (no descriptors left, a connection reset in the queue) is survived.
 *
 * `Deno.serve` has neither a limit nor a way to go on after such an error.
 */
export function serveConnections(
  listener: ConnectionSource,
  handle: ConnectionHandler,
  options: ServeOptions = {},
): ConnectionServer {
  const { maxConnections = 64, requestTimeout = 10_000 } = options;
  const { acceptPause = 200, lingerTimeout = 250 } = options;
  const open = new Set<Connection>();
  /** Those whose request has not come yet, the oldest first. */
  const silent = new Set<Connection>();
  /** Those that have their answer, and are kept until the other side has closed them, too. */
  const lingering = new Set<Connection>();
  /** When each has ended, its descriptor included. */
  const serving = new Map<Connection, Promise<void>>();
  const answering = new Set<Promise<void>>();
  const closed = Promise.withResolvers<void>();
  let isClosed = false;

  const end = (connection: Connection) => {
    silent.delete(connection);
    lingering.delete(connection);
    if (!open.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // It ended by itself.
    }
  };

  const serve = async (connection: Connection) => {
    let head: RequestHead | undefined;
    {
      using _timer = startTimer(() => end(connection), requestTimeout);
      head = await readHead(connection).catch(() => undefined);
    }
    silent.delete(connection);
    if (head && open.has(connection)) {
      const answered = (async () => {
        const ends = { peer: connection.remoteAddr, own: connection.localAddr };
        const response = await answerTo(head!, (request) => handle(request, ends));
        await send(connection, response, head!.method === "HEAD");
      })().catch(() => {});
      answering.add(answered);
      await answered;
      answering.delete(answered);
      lingering.add(connection);
      // A reset while bytes lie unread would take the answer away again.
      using _timer = startTimer(() => end(connection), lingerTimeout);
      await discardRest(connection).catch(() => {});
    }
    end(connection);
  };

  const acceptAll = async () => {
    while (!isClosed) {
      try {
        const connection = await listener.accept();
        open.add(connection);
        silent.add(connection);
        const served = serve(connection);
        serving.set(connection, served);
        served.finally(() => serving.delete(connection));
        if (open.size <= maxConnections) continue;
        const oldest = [...lingering, ...silent][0];
        const ended = oldest && serving.get(oldest);
        if (oldest) end(oldest);
        // Its descriptor is free only then, and connections may come faster than that.
        await ended;
      } catch {
        const rested = Promise.withResolvers<void>();
        using _timer = startTimer(rested.resolve, acceptPause);
        await Promise.race([rested.promise, closed.promise]);
      }
    }
  };
  const accepting = acceptAll();

  return {
    async idle() {
      while (answering.size > 0) await Promise.all(answering);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      closed.resolve();
      listener.close();
      for (const connection of [...open]) end(connection);
      // Until then the system counts the port as taken.
      await accepting;
    },
  };
}

interface RequestHead {
  method: string;
  target: string;
  headers: Headers;
}

/** Reads a request without its body (RFC 9112); `undefined` when there is none. */
async function readHead(connection: Connection): Promise<RequestHead | undefined> {
  const bytes = new Uint8Array(8_192);
  let text = "";
  let end = -1;
  while (end < 0) {
    if (text.length > maxHeadBytes) return undefined;
    const length = await connection.read(bytes);
    if (length === null) return undefined;
    const from = Math.max(0, text.length - 3);
    // Byte by byte: what is not ASCII has no meaning here.
    text += latin1.decode(bytes.subarray(0, length));
    end = text.indexOf("\r\n\r\n", from);
  }
  const [requestLine, ...fields] = text.slice(0, end).split("\r\n");
  const [, method, target] = /^([A-Z]{1,20}) (\/\S*) HTTP\/1\.[01]$/.exec(requestLine) ?? [];
  if (method === undefined) return undefined;
  const headers = new Headers();
  for (const field of fields) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(field) ?? [];
    if (name === undefined) return undefined;
    headers.append(name, value);
  }
  return { method, target, headers };
}

const latin1 = new TextDecoder("latin1");

async function answerTo(
  { method, target, headers }: RequestHead,
  handle: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  const host = headers.get("host") ?? "";
  const url = URL.parse(`http://${host}${target}`);
  // Two of them, or none, are refused by RFC 9112 section 3.2, and so is what is no host.
  if (!url || /^$|[,@/?#]/.test(host)) return new Response(null, { status: 400 });
  try {
    return await handle(new Request(url, { method, headers }));
  } catch (error) {
    // What `Request` refuses to be, like TRACE.
    return new Response(null, { status: error instanceof TypeError ? 405 : 500 });
  }
}

/** Sends a response, whose end is the end of the connection. */
async function send(connection: Connection, response: Response, isHead: boolean): Promise<void> {
  const lines = [`HTTP/1.1 ${response.status} ${reasons[response.status] ?? ""}`];
  for (const [name, value] of response.headers) lines.push(`${name}: ${value}`);
  lines.push("connection: close", "", "");
  await writeAll(connection, new TextEncoder().encode(lines.join("\r\n")));
  if (isHead) await response.body?.cancel();
  else for await (const chunk of response.body ?? []) await writeAll(connection, chunk);
  await connection.closeWrite();
}

async function writeAll(connection: Connection, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

async function discardRest(connection: Connection): Promise<void> {
  const bytes = new Uint8Array(4_096);
  while (await connection.read(bytes) !== null);
}

const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  303: "See Other",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  410: "Gone",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};
