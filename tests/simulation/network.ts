import type { Ledger } from "./ledger.ts";
import type { SimulatedProcess } from "./simulated_process.ts";
import type { World } from "./world.ts";

/** How often what goes wrong on the way, from 0 to 1, for each request or each piece of an answer. */
export interface NetworkFaults {
  /** No connection is made; the request certainly did not leave. */
  refused: number;
  /** The server says that it did not look at it (HTTP/2 REFUSED_STREAM). */
  notTaken: number;
  /** The connection is reset before the request arrives. */
  resetBefore: number;
  /** The connection is reset when the request has arrived, and its answer is lost. */
  resetAfter: number;
  /** The flow is forgotten on the way: nothing arrives any more, and nobody tells. */
  halfOpen: number;
  /** A body breaks off. */
  cut: number;
  /** How long a message is under way at most, in milliseconds. */
  latency: number;
}

/** One request as a server gets it. */
export interface IncomingRequest {
  method: string;
  path: string;
  headers: Headers;
  body: string;
  /** Who sent it. */
  from: SimulatedProcess;
}

/** The way back of an answer. */
export interface Answering {
  /** Sends status and header fields; the body follows. */
  begin(status: number, headers?: Record<string, string>): AnswerBody;
  /** Sends a whole answer. */
  respond(status: number, headers: Record<string, string>, body?: string): void;
  /** Called when whoever asked is gone, or does not want the answer any more. */
  onGone?: () => void;
}

/** The body of an answer that is under way. */
export interface AnswerBody {
  /** Whether anything that is sent may still arrive. */
  readonly isOpen: boolean;
  /** Sends a piece. */
  send(text: string): void;
  /** Ends it. */
  end(): void;
}

/** A server of the simulation. */
export interface Host {
  /** Whether it runs: a host that does not refuses connections. */
  isUp: boolean;
  /** Takes a request that has arrived. */
  handle(request: IncomingRequest, answering: Answering): void;
}

/** The connections of one client of a process to one host. */
interface Pool {
  /** Since when what is sent on them vanishes. */
  diedAt: number | undefined;
  usedAt: number;
}

/** A connection that was not taken for longer than this is closed, in milliseconds. */
const longestIdle = 50_000;
/** So long the system sends again what is not acknowledged, in milliseconds (Linux, `tcp_retries2`). */
const longestRetransmission = 924_000;

/** What `fetch` and sockets of the simulated processes go over. */
export class Network {
  /** Whether everything of a process to a host shares one connection. */
  readonly isHttp2: boolean;
  readonly faults: NetworkFaults;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #hosts = new Map<string, Host>();
  readonly #pools = new WeakMap<object, Map<string, Pool>>();
  readonly #exchanges = new Set<Exchange>();
  /** Until when nothing gets through, by host. */
  readonly #outages = new Map<string, number>();

  constructor(
    { world, ledger, isHttp2, faults }: {
      world: World;
      ledger: Ledger;
      isHttp2: boolean;
      faults: NetworkFaults;
    },
  ) {
    this.#world = world;
    this.#ledger = ledger;
    this.isHttp2 = isHttp2;
    this.faults = faults;
  }

  /** Puts a server on the network. */
  addHost(name: string, host: Host): void {
    this.#hosts.set(name, host);
  }

  /** Nothing gets to this host or from it for so long; it gets through later. */
  interrupt(name: string, milliseconds: number): void {
    this.#world.say(`network: ${name} is out of reach for ${milliseconds} ms`);
    this.#outages.set(name, this.#world.now + milliseconds);
  }

  /** Resets all connections of a host, which has ended. */
  hostDied(name: string): void {
    for (const exchange of [...this.#exchanges]) {
      if (exchange.hostName === name) exchange.reset("connection closed before message completed");
    }
  }

  /** Closes all connections of a process. */
  processDied(process: SimulatedProcess): void {
    for (const exchange of [...this.#exchanges]) {
      if (exchange.process === process) exchange.leave("killed");
    }
  }

  /** How many requests of a process are under way. */
  openCount(process: SimulatedProcess): number {
    return this.openOf(process).length;
  }

  /** What requests of a process are under way. */
  openOf(process: SimulatedProcess): string[] {
    return [...this.#exchanges].filter((each) => each.process === process).map(({ title }) =>
      title
    );
  }

  /**
   * Whether a message of the client is under way, as it is or translated: its marker is the same in both.
   */
  isUnderWay(process: SimulatedProcess, body: string): boolean {
    const [marker] = /"marker":"[^"]*"/.exec(body) ?? [];
    return [...this.#exchanges].some((each) =>
      each.process === process &&
      (each.body === body || marker !== undefined && each.body?.includes(marker))
    );
  }

  /** The `fetch` of one process. */
  fetchOf(process: SimulatedProcess) {
    return (url: string | URL, init: RequestInit & { client?: object } = {}): Promise<Response> =>
      this.#fetch(process, new URL(url), init);
  }

  /** Opens a connection and nothing else. */
  async connect(process: SimulatedProcess, hostName: string): Promise<void> {
    await process.pause(this.delay(hostName));
    if (!this.#hosts.get(hostName)?.isUp) throw new Deno.errors.ConnectionRefused("refused");
  }

  /** How long a message to or from a host takes now. */
  delay(hostName: string): number {
    const rest = Math.max(0, (this.#outages.get(hostName) ?? 0) - this.#world.now);
    return rest + this.#world.between(1, this.faults.latency);
  }

  async #fetch(
    process: SimulatedProcess,
    url: URL,
    init: RequestInit & { client?: object },
  ): Promise<Response> {
    const body = init.body ? await textOf(init.body as Blob | URLSearchParams | string) : "";
    const world = this.#world;
    const { signal } = init;
    signal?.throwIfAborted();
    if (!process.isAlive) return await new Promise(() => {});
    const exchange = new Exchange({
      world,
      network: this,
      ledger: this.#ledger,
      process,
      url,
      method: init.method ?? "GET",
      body,
      pool: this.isHttp2
        ? this.#poolOf(init.client ?? process, url.hostname)
        : { diedAt: undefined, usedAt: 0 },
    });
    this.#exchanges.add(exchange);
    exchange.onEnd = () => this.#exchanges.delete(exchange);
    const abort = () => exchange.abort(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    exchange.onSettled = () => signal?.removeEventListener("abort", abort);
    exchange.start(new Headers(init.headers), this.#hosts.get(url.hostname));
    return await exchange.response;
  }

  #poolOf(client: object, hostName: string): Pool {
    const { now } = this.#world;
    const pools = this.#pools.get(client) ?? new Map<string, Pool>();
    this.#pools.set(client, pools);
    const known = pools.get(hostName);
    const isUsable = known && now - known.usedAt < longestIdle &&
      (known.diedAt === undefined || now - known.diedAt < longestRetransmission);
    const pool = isUsable ? known : { diedAt: undefined, usedAt: now };
    pool.usedAt = now;
    pools.set(hostName, pool);
    return pool;
  }
}

const noBody: readonly number[] = [204, 205, 304];

/** One request with its answer. */
class Exchange {
  readonly process: SimulatedProcess;
  readonly hostName: string;
  readonly body: string;
  readonly title: string;
  onEnd = () => {};
  onSettled = () => {};
  readonly #world: World;
  readonly #network: Network;
  readonly #ledger: Ledger;
  readonly #url: URL;
  readonly #method: string;
  readonly #pool: Pool;
  readonly #answer = Promise.withResolvers<Response>();
  #hasAnswer = false;
  #isOver = false;
  #controller: ReadableByteStreamController | undefined;
  /** What has arrived and was not read yet; `null` for the end. */
  #arrived: (Uint8Array<ArrayBuffer> | null)[] = [];
  #isWanted = false;
  #answering: Answering | undefined;
  /** When the last piece arrives: none overtakes another. */
  #lastArrival = 0;

  constructor(
    given: {
      world: World;
      network: Network;
      ledger: Ledger;
      process: SimulatedProcess;
      url: URL;
      method: string;
      body: string;
      pool: Pool;
    },
  ) {
    this.process = given.process;
    this.hostName = given.url.hostname;
    this.body = given.body;
    this.#world = given.world;
    this.#network = given.network;
    this.#ledger = given.ledger;
    this.#url = given.url;
    this.#method = given.method;
    this.#pool = given.pool;
    this.title = `${given.method} ${this.hostName}${given.url.pathname} ${shorten(given.body)}`;
  }

  get response(): Promise<Response> {
    return this.#answer.promise;
  }

  start(headers: Headers, host: Host | undefined) {
    const { process } = this;
    const world = this.#world;
    const { faults } = this.#network;
    world.say(`${process.name} sends ${this.title}`);
    this.#ledger.sends(this);
    if (!host?.isUp || world.fault(faults.refused)) {
      process.schedule(
        this.#network.delay(this.hostName),
        () =>
          this.reset("client error (Connect): tcp connect error: Connection refused", "refused"),
      );
      return;
    }
    if (world.fault(faults.notTaken)) {
      process.schedule(this.#network.delay(this.hostName), () =>
        this.reset(
          "client error (SendRequest): http2 error: stream error received: refused stream before " +
            "processing any application logic",
          "refused",
        ));
      return;
    }
    if (world.fault(faults.halfOpen)) {
      world.say(`network: the connection of ${process.name} to ${this.hostName} dies silently`);
      this.#pool.diedAt ??= world.now;
    }
    const { diedAt } = this.#pool;
    if (diedAt !== undefined) {
      process.schedule(
        diedAt + longestRetransmission - world.now,
        () => this.reset("connection error: timed out"),
      );
    }
    if (world.fault(faults.resetBefore)) {
      process.schedule(
        this.#network.delay(this.hostName),
        () => this.reset("connection error: connection reset"),
      );
      return;
    }
    // What was written travels on, though whoever wrote it is gone.
    world.scheduler.schedule(this.#network.delay(this.hostName), () => {
      if (this.#pool.diedAt !== undefined || !host.isUp) return;
      if (this.#isOver && world.chance(0.5)) return;
      const answering = this.#answerTo();
      this.#answering = answering;
      host.handle({
        method: this.#method,
        path: this.#url.pathname,
        headers,
        body: this.body,
        from: process,
      }, answering);
    });
  }

  #answerTo(): Answering {
    const begin = (status: number, headers: Record<string, string> = {}): AnswerBody => {
      // deno-lint-ignore no-this-alias -- the state of the exchange is seen from outside
      const exchange = this;
      if (this.#world.fault(this.#network.faults.resetAfter)) {
        this.#arrive(() => this.reset("connection closed before message completed"));
        return { isOpen: false, send() {}, end() {} };
      }
      this.#arrive(() => this.#begin(status, headers));
      return {
        get isOpen() {
          return !exchange.#isOver && exchange.#pool.diedAt === undefined;
        },
        send: (text) => {
          if (this.#world.fault(this.#network.faults.cut)) {
            this.#arrive(() => this.reset("connection error: reset in the middle of the body"));
          } else this.#arrive(() => this.#receive(new TextEncoder().encode(text)));
        },
        end: () => this.#arrive(() => this.#receive(null)),
      };
    };
    return {
      begin,
      respond(status, headers, body) {
        const sent = body === undefined
          ? headers
          : { ...headers, "content-length": String(new TextEncoder().encode(body).length) };
        const rest = begin(status, sent);
        if (body) rest.send(body);
        rest.end();
      },
    };
  }

  /** Has something arrive at the process, behind what arrives before it. */
  #arrive(act: () => void) {
    const at = Math.max(
      this.#lastArrival + 0.01,
      this.#world.now + this.#network.delay(this.hostName),
    );
    this.#lastArrival = at;
    this.process.schedule(at - this.#world.now, () => {
      if (!this.#isOver && this.#pool.diedAt === undefined) act();
    });
  }

  #begin(status: number, headers: Record<string, string>) {
    this.#world.say(`${this.process.name} gets ${status} to ${this.title}`);
    this.#ledger.answered(this, status);
    this.#hasAnswer = true;
    const body = noBody.includes(status) ? null : new ReadableStream({
      type: "bytes",
      start: (controller) => void (this.#controller = controller),
      pull: () => {
        this.#isWanted = true;
        this.#give();
      },
      cancel: () => this.leave("cancelled"),
    });
    if (!body) this.#end();
    this.#answer.resolve(new Response(body, { status, headers }));
  }

  #receive(piece: Uint8Array<ArrayBuffer> | null) {
    this.#arrived.push(piece);
    // The end is seen without being asked for.
    if (this.#isWanted || piece === null && this.#arrived.length === 1) this.#give();
  }

  #give() {
    const controller = this.#controller;
    const piece = this.#arrived.shift();
    if (!controller || piece === undefined) return;
    if (piece === null) {
      this.#end();
      controller.close();
      controller.byobRequest?.respond(0);
      return;
    }
    this.#isWanted = false;
    this.#ledger.received(this.process, piece.length);
    controller.enqueue(piece);
    if (this.#arrived[0] === null) this.#give();
  }

  /** The connection breaks. */
  reset(why: string, outcome: "refused" | "lost" = "lost") {
    if (this.#isOver) return;
    this.#world.say(`${this.process.name} loses ${this.title}: ${outcome}`);
    this.#end();
    if (!this.#hasAnswer) this.#ledger.lost(this, outcome);
    const error = new TypeError(`error sending request for url (${this.#url.href}): ${why}`);
    if (this.#hasAnswer) this.#controller?.error(error);
    else this.#answer.reject(error);
    this.#world.scheduler.schedule(1, () => this.#answering?.onGone?.());
  }

  /** Whoever sent it gives it up. */
  abort(reason: unknown) {
    if (this.#isOver) return;
    this.#world.say(`${this.process.name} aborts ${this.title}`);
    this.#end();
    if (this.#hasAnswer) this.#controller?.error(reason);
    else {
      this.#ledger.lost(this, "lost");
      this.#answer.reject(reason);
    }
    const delay = this.#network.delay(this.hostName);
    this.#world.scheduler.schedule(delay, () => this.#answering?.onGone?.());
  }

  /** Whoever sent it is gone, or does not want the rest. */
  leave(how: "killed" | "cancelled") {
    if (this.#isOver) return;
    if (how === "killed" && !this.#hasAnswer) this.#ledger.lost(this, "killed");
    this.#end();
    const delay = this.#network.delay(this.hostName);
    this.#world.scheduler.schedule(delay, () => this.#answering?.onGone?.());
  }

  #end() {
    this.#isOver = true;
    this.onSettled();
    this.onEnd();
  }
}

async function textOf(body: Blob | URLSearchParams | string): Promise<string> {
  if (typeof body === "string" || body instanceof URLSearchParams) return String(body);
  const reader = body.stream().getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
}

function shorten(body: string): string {
  return body.length > 140 ? `${body.slice(0, 140)}… (${body.length})` : body;
}
