import type { Ledger } from "./ledger.ts";
import type { AnswerBody, Answering, Host, IncomingRequest } from "./network.ts";
import type { ProviderModel } from "./provider_model.ts";
import type { World } from "./world.ts";

/** The ways in which backends say that they do not know a session. */
export const lossForms = [
  "404",
  "400",
  "401",
  "401 invalid_token",
  "410",
  "422",
  "500",
  "error in a 200",
] as const;

/** One of {@linkcode lossForms}. */
export type LossForm = typeof lossForms[number];

/** How the backend of a run is made, and what goes wrong at it. */
export interface BackendPlan {
  hasSessions: boolean;
  /** How it says that it does not know a session. */
  lossForm: LossForm;
  /** What it answers to a GET. */
  stream: "open" | "405" | "404" | "400";
  /** Whether events have ids and a broken stream can be taken up again. */
  isResumable: boolean;
  /** How a token that is no longer good is refused. */
  refusal: "401" | "403";
  /** Whether it answers with JSON, with events, or now this and now that. */
  answers: "json" | "events" | "both";
  /** Whether it takes a notification only when the client has answered what it asks about it. */
  asksBeforeAccepting: boolean;
  /** Loses its sessions without a restart. */
  forgetting: number;
  /** 503 with Retry-After: nothing was done. */
  busy: number;
  /** 500, 502 or 504: nobody knows what was done. */
  failing: number;
  /** Refuses a token that is good. */
  refusing: number;
  /** Takes up to 40 s. */
  slow: number;
  /** Never answers. */
  silent: number;
  /** Ends an answer without a response in it. */
  unanswered: number;
  /** Answers twice. */
  double: number;
  /** Carries a tool out and says with HTTP 400 that it failed. */
  failedTool: number;
  /** Repeats the token in the text of an error. */
  telling: number;
  /** Asks the client something before it answers. */
  asking: number;
  /** Sends much more than a client reads at once. */
  flooding: number;
}

interface Session {
  id: string;
  stream: EventStream | undefined;
}

/** A stream of events that can be taken up again. */
interface EventStream {
  id: number;
  events: string[];
  connection: AnswerBody | undefined;
}

interface Received {
  request: IncomingRequest;
  answering: Answering;
  // deno-lint-ignore no-explicit-any -- messages of every shape
  message: any;
  session: Session | undefined;
}

/** An MCP server that validates tokens, on Streamable HTTP. */
export class BackendModel implements Host {
  isUp = true;
  readonly plan: BackendPlan;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #provider: ProviderModel;
  #sessions = new Map<string, Session>();
  #streams = new Map<number, EventStream>();
  /** What goes on when the client has answered what it was asked. */
  #waiting = new Map<string, () => void>();
  #count = 0;
  /** Goes up with each restart: what was begun before is never finished. */
  #life = 0;

  constructor(world: World, given: { plan: BackendPlan; ledger: Ledger; provider: ProviderModel }) {
    this.#world = world;
    this.plan = given.plan;
    this.#ledger = given.ledger;
    this.#provider = given.provider;
  }

  /** Begins anew, without what it knew. */
  restart() {
    this.#life++;
    this.#sessions = new Map();
    this.#streams = new Map();
    this.#waiting = new Map();
  }

  handle(request: IncomingRequest, answering: Answering): void {
    const { plan } = this;
    const world = this.#world;
    if (request.method === "OPTIONS") return answering.respond(204, {});
    if (world.fault(plan.forgetting)) {
      world.say("backend: loses its sessions");
      this.#sessions = new Map();
    }
    if (world.fault(plan.busy)) return answering.respond(503, { "retry-after": "1" }, "busy");
    const token = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
    if (!this.#provider.isGood(token) || world.fault(plan.refusing)) {
      return this.#refuse(answering, token);
    }
    if (request.method === "GET") return this.#open(request, answering);
    const id = request.headers.get("mcp-session-id");
    const session = id === null ? undefined : this.#sessions.get(id);
    if (request.method === "DELETE") {
      if (id !== null) this.#sessions.delete(id);
      return answering.respond(200, {});
    }
    const message = JSON.parse(request.body);
    const needsSession = plan.hasSessions && !isModern(message) && message.method !== "initialize";
    if (needsSession && !session) return this.#lost(answering, message, token);
    this.#take({ request, answering, message, session });
  }

  #refuse(answering: Answering, token: string) {
    this.#provider.refused.add(token);
    const said = this.#world.fault(this.plan.telling) ? `, but you sent ${token}` : "";
    if (this.plan.refusal === "403") return answering.respond(403, {}, `expired${said}`);
    answering.respond(401, {
      "www-authenticate": `Bearer error="invalid_token", error_description="not good${said}"`,
      "content-type": "text/plain",
    }, `the token is not good${said}`);
  }

  #lost(answering: Answering, { id = null }: { id?: unknown }, token: string) {
    const error = { jsonrpc: "2.0", id, error: { code: -32000, message: "No valid session" } };
    const form = this.plan.lossForm;
    this.#world.say(`backend: does not know the session (${form})`);
    // Whoever says it like this refuses the token, too, for all that can be seen.
    if (form.startsWith("401")) this.#provider.refused.add(token);
    if (form === "error in a 200") {
      return id === null
        ? answering.respond(202, {})
        : answering.respond(200, json, JSON.stringify(error));
    }
    const [status, kind] = form.split(" ");
    answering.respond(
      Number(status),
      { ...json, ...kind && { "www-authenticate": `Bearer error="${kind}"` } },
      JSON.stringify({ ...error, id: null }),
    );
  }

  #open(request: IncomingRequest, answering: Answering) {
    const session = this.#sessions.get(request.headers.get("mcp-session-id") ?? "");
    const lastEventId = request.headers.get("last-event-id");
    if (lastEventId !== null) {
      const [streamId, at] = lastEventId.split("/").map(Number);
      const stream = this.#streams.get(streamId);
      if (!stream) return answering.respond(404, {}, "no such event");
      const connection = answering.begin(200, events);
      stream.connection = connection;
      answering.onGone = () => {
        if (stream.connection === connection) stream.connection = undefined;
      };
      for (const event of stream.events.slice(at)) connection.send(event);
      return;
    }
    if (this.plan.stream !== "open") return answering.respond(Number(this.plan.stream), {});
    if (!session) return answering.respond(404, {}, "no session");
    const stream = this.#newStream(answering);
    session.stream = stream;
    if (this.#world.fault(this.plan.flooding)) this.#flood(stream);
  }

  #flood(stream: EventStream) {
    this.#world.say("backend: floods the stream");
    const data = "x".repeat(150_000);
    for (let count = 0; count < 40; count++) {
      this.#event(stream, { jsonrpc: "2.0", method: "notifications/message", params: { data } });
    }
  }

  #take(received: Received) {
    const { request, answering, message } = received;
    const { plan } = this;
    const world = this.#world;
    const life = this.#life;
    if (message.method === "initialize") return this.#initialize(received);
    if (world.fault(plan.failing / 2)) {
      return answering.respond(world.pick([500, 502, 504]), {}, "out of order");
    }
    this.#ledger.executed(request.from, request.body);
    if (message.method === undefined) {
      this.#waiting.get(JSON.stringify(message.id))?.();
      return answering.respond(202, {});
    }
    if (message.id === undefined) {
      const accept = () => answering.respond(202, {});
      if (plan.asksBeforeAccepting && message.method === "notifications/roots/list_changed") {
        if (this.#ask(received.session?.stream, accept)) return;
      }
      return this.#after(world.between(0, 20), life, accept);
    }
    if (world.fault(plan.silent)) return world.say(`backend: never answers ${message.method}`);
    const delay = world.fault(plan.slow) ? world.between(1_000, 40_000) : world.between(1, 100);
    this.#after(delay, life, () => this.#answer(received));
  }

  #initialize({ answering, message }: Received) {
    const life = this.#life;
    this.#after(this.#world.between(1, 60), life, () => {
      const headers: Record<string, string> = { ...json };
      if (this.plan.hasSessions) {
        const id = `session-${++this.#count}-${this.#world.between(1, 1e6)}`;
        this.#sessions.set(id, { id, stream: undefined });
        headers["mcp-session-id"] = id;
      }
      answering.respond(
        200,
        headers,
        JSON.stringify({
          jsonrpc: "2.0",
          id: message.id,
          result: {
            protocolVersion: message.params?.protocolVersion ?? "2025-11-25",
            capabilities,
            serverInfo: { name: "model", version: "1" },
          },
        }),
      );
    });
  }

  #answer(received: Received) {
    const { answering, message, request, session } = received;
    const { plan } = this;
    const world = this.#world;
    if (world.fault(plan.failing / 2)) {
      const token = request.headers.get("authorization") ?? "";
      const said = world.fault(plan.telling) ? `failed for ${token}` : "out of order";
      return answering.respond(world.pick([500, 502, 504]), {}, said);
    }
    if (message.method === "tools/call" && world.fault(plan.failedTool)) {
      const error = { code: -32000, message: "Mail 1 of 2 sent; then: the session has expired" };
      return answering.respond(
        400,
        json,
        JSON.stringify({ jsonrpc: "2.0", id: message.id, error }),
      );
    }
    const response = {
      jsonrpc: "2.0",
      id: message.id,
      result: {
        content: [{ type: "text", text: String(message.params?.marker ?? "") }],
        // It speaks both eras, and says so.
        ...isModern(message) && { resultType: "complete" },
        ...message.method === "server/discover" && {
          supportedVersions: ["2026-07-28"],
          capabilities,
        },
      },
    };
    const isDouble = world.fault(plan.double);
    const withEvents = plan.answers === "events" || plan.answers === "both" && world.chance(0.5);
    if (!withEvents) {
      answering.respond(200, json, JSON.stringify(response));
      if (isDouble && session?.stream) this.#event(session.stream, response);
      return;
    }
    const stream = this.#newStream(answering);
    const finish = () => {
      if (world.fault(plan.unanswered)) {
        world.say(`backend: ends its answer to ${message.method} without a response`);
        stream.connection?.end();
        if (plan.isResumable) this.#event(stream, response);
        return;
      }
      this.#event(stream, response);
      if (isDouble) this.#event(stream, response);
      stream.connection?.end();
    };
    if (plan.isResumable) this.#event(stream, undefined);
    if (!world.fault(plan.asking) || !this.#ask(stream, finish)) finish();
  }

  /** Asks the client something, and goes on when it has answered. */
  #ask(stream: EventStream | undefined, then: () => void): boolean {
    if (!stream) return false;
    const id = `ask-${++this.#count}`;
    this.#waiting.set(JSON.stringify(id), then);
    this.#event(stream, { jsonrpc: "2.0", id, method: "roots/list" });
    return true;
  }

  #newStream(answering: Answering): EventStream {
    const connection = answering.begin(200, events);
    const stream: EventStream = { id: ++this.#count, events: [], connection };
    if (this.plan.isResumable) this.#streams.set(stream.id, stream);
    answering.onGone = () => {
      if (stream.connection === connection) stream.connection = undefined;
    };
    return stream;
  }

  #event(stream: EventStream, message: unknown) {
    const id = this.plan.isResumable ? `id: ${stream.id}/${stream.events.length + 1}\n` : "";
    const text = `${id}data: ${message === undefined ? "" : JSON.stringify(message)}\n\n`;
    stream.events.push(text);
    stream.connection?.send(text);
  }

  /** What a restart interrupts never happens. */
  #after(delay: number, life: number, act: () => void) {
    this.#world.scheduler.schedule(delay, () => {
      if (this.isUp && life === this.#life) act();
    });
  }
}

const json = { "content-type": "application/json" };
const events = { "content-type": "text/event-stream" };

// deno-lint-ignore no-explicit-any -- messages of every shape
function isModern(message: any): boolean {
  return message.params?._meta?.["io.modelcontextprotocol/protocolVersion"] !== undefined;
}

/** What it offers, whatever the era. */
const capabilities = {
  tools: { listChanged: true },
  resources: { subscribe: true },
  logging: {},
};
