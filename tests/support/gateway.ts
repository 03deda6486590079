/**
 * What a company puts in front of its MCP servers: a gateway that lets requests with a good JWT of
 * the provider through and answers all others with 401. It offers no OAuth flow of its own.
 *
 * @module
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestBackend,
  type ServerResponse,
} from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { listenOnLoopback, stopListening } from "./loopback_server.ts";
import { within } from "./within.ts";

/** One request as the gateway received it. */
export interface GatewayRequest {
  /** The HTTP method. */
  method: string;
  /** The JSON-RPC methods in its body; the empty string for a response. */
  rpcMethods: string[];
  /** The header fields. */
  headers: Headers;
  /** `sub` of the token, when it was good. */
  subject?: string;
  /** The status of the answer, once it is known. */
  status?: number;
  /** When it came in, in milliseconds since the epoch. */
  at: number;
}

/** What {@linkcode startGateway} stands between. */
export interface GatewayOptions {
  /** Whose tokens are good. */
  provider: { issuer: string; jwksUri: string; audience: string };
  /** What is behind it. */
  backend: URL;
}

/** A running gateway. */
export interface Gateway extends AsyncDisposable {
  /** The MCP endpoint that the program is told. */
  readonly url: URL;
  /** Every request, in the order they came. */
  readonly requests: readonly GatewayRequest[];
  /** How many requests had this HTTP method or this JSON-RPC method. */
  count(method: string): number;
  /** How many requests were answered with 401. */
  refusals(): number;
  /** Resolves with the first request for which the test holds, be it in the past or to come. */
  requested(test: (request: GatewayRequest) => boolean): Promise<GatewayRequest>;
  /** Answers the next so many POST requests with 401, however good their token is. */
  refuse(times: number): void;
  /** Answers every request with one of these tokens with 401: as if they had been revoked. */
  distrust(tokens: Iterable<string>): void;
  /** Stops listening and drops every connection. */
  down(): Promise<void>;
  /** Listens again on the same port. */
  up(): Promise<void>;
}

/**
 * Starts a gateway on a free port.
 *
 * @example
 * ```ts ignore
 * await using provider = await startProvider();
 * await using everything = await startEverything();
 * await using gateway = await startGateway({ provider, backend: everything.url });
 * ```
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { issuer, jwksUri, audience } = options.provider;
  const keys = createRemoteJWKSet(new URL(jwksUri));
  const requests: GatewayRequest[] = [];
  const watchers = new Set<(request: GatewayRequest) => void>();
  const distrusted = new Set<string>();
  const notify = (request: GatewayRequest) => {
    for (const watcher of watchers) watcher(request);
  };
  let refuseNext = 0;

  const subjectOf = async ({ method, headers }: GatewayRequest): Promise<string | undefined> => {
    const token = /^Bearer (.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    if (token === undefined || distrusted.has(token)) return;
    if (method === "POST" && refuseNext > 0) {
      refuseNext--;
      return;
    }
    const verified = await jwtVerify(token, keys, { issuer, audience }).catch(() => undefined);
    return verified?.payload.sub;
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await readAll(incoming);
    const request: GatewayRequest = {
      method: incoming.method ?? "",
      rpcMethods: rpcMethods(body),
      headers: headersOf(incoming),
      at: Date.now(),
    };
    requests.push(request);
    request.subject = await subjectOf(request);
    // Once when it is here, and once more when its status is known.
    notify(request);
    if (request.subject === undefined) {
      request.status = 401;
      refuse(outgoing);
    } else {
      const { subject } = request;
      const { backend } = options;
      request.status = await forward(incoming, { body, outgoing, backend, subject });
    }
    notify(request);
  };

  const server = createServer((incoming, outgoing) => {
    // A client that goes away in the middle is no concern of the gateway's.
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const port = await listenOnLoopback(server);
  const down = () => stopListening(server);

  return {
    url: new URL(options.backend.pathname, `http://127.0.0.1:${port}`),
    requests,
    count: (method) =>
      requests.filter((request) => request.method === method || request.rpcMethods.includes(method))
        .length,
    refusals: () => requests.filter((request) => request.status === 401).length,
    requested(test) {
      const past = requests.find(test);
      if (past) return Promise.resolve(past);
      const next = new Promise<GatewayRequest>((resolve) => {
        const watcher = (request: GatewayRequest) => {
          if (!test(request)) return;
          watchers.delete(watcher);
          resolve(request);
        };
        watchers.add(watcher);
      });
      return within(next, { what: "a request at the gateway" });
    },
    refuse(times) {
      refuseNext = times;
    },
    distrust(tokens) {
      for (const token of tokens) distrusted.add(token);
    },
    down,
    async up() {
      if (!server.listening) await listenOnLoopback(server, { port });
    },
    [Symbol.asyncDispose]: down,
  };
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of incoming) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  return headers;
}

function rpcMethods(body: string): string[] {
  try {
    return [JSON.parse(body)].flat().map((message) => String(message?.method ?? ""));
  } catch {
    return [];
  }
}

function refuse(outgoing: ServerResponse): void {
  outgoing.writeHead(401, {
    "content-type": "application/json",
    "www-authenticate": 'Bearer realm="company", error="invalid_token"',
  }).end('{"error":"invalid_token"}');
}

interface Forwarding {
  body: string;
  outgoing: ServerResponse;
  backend: URL;
  subject: string;
}

/** Passes one request on; resolves with the status as soon as it is known. */
function forward(incoming: IncomingMessage, forwarding: Forwarding): Promise<number> {
  const { body, outgoing, backend, subject } = forwarding;
  const headers: IncomingHttpHeaders = { ...incoming.headers, host: backend.host };
  // As gateways tell those behind them who it is.
  headers["x-forwarded-user"] = subject;
  delete headers.authorization;
  delete headers.connection;
  delete headers["transfer-encoding"];
  delete headers["content-length"];
  return new Promise((resolve) => {
    const target = new URL(incoming.url ?? "", backend);
    const sent = requestBackend(target, { method: incoming.method, headers }, (answer) => {
      const status = answer.statusCode ?? 502;
      outgoing.writeHead(status, answer.headers);
      outgoing.flushHeaders();
      resolve(status);
      // A stream that breaks behind the gateway breaks in front of it, too. (`pipeline` throws in
      // Deno when the client left meanwhile.)
      answer.on("error", () => outgoing.destroy());
      answer.on("aborted", () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    sent.on("error", () => {
      if (!outgoing.headersSent) outgoing.writeHead(502).end("the backend does not answer");
      resolve(502);
    });
    outgoing.on("close", () => sent.destroy());
    sent.end(body);
  });
}
