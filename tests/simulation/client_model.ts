import type { Ledger } from "./ledger.ts";
import { ProviderModel } from "./provider_model.ts";
import type { SimulatedProcess } from "./simulated_process.ts";
import type { World } from "./world.ts";

/** What a client does in a run. */
export interface ClientPlan {
  /** How many messages it writes while there are faults. */
  messages: number;
  /** Over how long, in milliseconds. */
  during: number;
  /** How often a message is of the modern era. */
  modern: number;
  /** How often it cancels what it has asked. */
  cancelling: number;
  /** How often it stops reading for seconds. */
  slowReading: number;
  /** How often it writes something that is no message. */
  junk: number;
}

interface Request {
  id: string;
  text: string;
  marker: string;
  method: string;
  writtenAt: number;
}

/** The protocol version of the modern era. */
const modernMeta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** What the program may answer in the backend's place. */
const mayBeStoodInFor: ReadonlySet<string> = new Set([
  "ping",
  "tools/list",
  "logging/setLevel",
  "resources/subscribe",
]);

/** An MCP client at the pipes of one process. */
export class ClientModel {
  /** The requests that are not answered yet, by id. */
  readonly pending: Map<string, Request> = new Map();
  /** Whether anything was answered with a result since the faults are over. */
  hasResult = false;
  readonly process: SimulatedProcess;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #plan: ClientPlan;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #input: Uint8Array[] = [];
  #isInputClosed = false;
  #isOutputClosed = false;
  #wake: (() => void) | undefined;
  #hasSession = false;
  #rest = "";
  #count = 0;
  #answered = new Set<string>();
  #junkAnswers = 0;

  constructor(
    process: SimulatedProcess,
    { world, ledger, plan }: { world: World; ledger: Ledger; plan: ClientPlan },
  ) {
    this.process = process;
    this.#world = world;
    this.#ledger = ledger;
    this.#plan = plan;
  }

  /** Whether it says some things in one era and some in the other. */
  get speaksBothEras(): boolean {
    return this.#plan.modern > 0 && this.#plan.modern < 1;
  }

  /** What the program reads. */
  readonly input = {
    read: async (into: Uint8Array): Promise<number | null> => {
      while (this.#input.length === 0) {
        if (this.#isInputClosed) return null;
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
      await this.process.pause(0);
      const [piece] = this.#input;
      const length = Math.min(piece.length, into.length);
      into.set(piece.subarray(0, length));
      if (length === piece.length) this.#input.shift();
      else this.#input[0] = piece.subarray(length);
      return length;
    },
  };

  /** What the program writes to. */
  readonly output = {
    write: async (bytes: Uint8Array): Promise<number> => {
      if (!this.process.isAlive) return await new Promise(() => {});
      const isSlow = this.#world.fault(this.#plan.slowReading);
      const text = this.#decoder.decode(bytes, { stream: true });
      await this.process.pause(isSlow ? this.#world.between(500, 20_000) : 0);
      if (this.#isOutputClosed) throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
      this.#ledger.delivered(this.process, bytes.length);
      this.#take(text);
      return bytes.length;
    },
  };

  /** Begins a session and then does what the plan says. */
  start() {
    const world = this.#world;
    const { messages, during, modern } = this.#plan;
    const isModern = modern === 1;
    if (!isModern) this.#initialize();
    for (let count = 0; count < messages; count++) {
      this.process.schedule(world.between(1, during), () => this.#act());
    }
  }

  /** Asks something that has no effect, to see whether all is well. */
  probe() {
    // What is not answered in the backend's place, and is worth a sign-in.
    const method = "resources/read";
    if (this.#plan.modern === 1) return void this.#request(method, { isModern: true });
    // A person restarts a client that got an error to its first request.
    if (!this.#hasSession && !this.#isBeginning()) this.#initialize();
    this.#request(method);
  }

  #isBeginning(): boolean {
    return [...this.pending.values()].some(({ method }) => method === "initialize");
  }

  /** Starts a session once more, as the person does who restarts it. */
  #initialize() {
    this.#request("initialize", {
      parameters: {
        protocolVersion: this.#world.pick(["2025-11-25", "2025-06-18", "2025-03-26"]),
        capabilities: { roots: { listChanged: true } },
        clientInfo: { name: "model", version: "1" },
      },
    });
  }

  /** Closes the pipe that the program reads from. */
  closeInput() {
    this.#world.say(`client of ${this.process.name} closes its output`);
    this.#isInputClosed = true;
    this.#wake?.();
  }

  /** Closes the pipe that the program writes to. */
  closeOutput() {
    this.#world.say(`client of ${this.process.name} reads no more`);
    this.#isOutputClosed = true;
  }

  #act() {
    const world = this.#world;
    const { modern, cancelling, junk } = this.#plan;
    if (this.#isInputClosed) return;
    const isModern = world.chance(modern);
    const kind = world.weighted({
      "tools/call": 50,
      "tools/list": 10,
      "ping": 5,
      "company/do": 5,
      "resources/subscribe": 4,
      "logging/setLevel": 3,
      "resources/read": 5,
      "notifications/roots/list_changed": 7,
      "notifications/company": 7,
      "junk": 4,
    });
    if (kind === "junk") {
      if (!world.chance(junk)) return;
      this.#junkAnswers++;
      return this.#write(world.pick(["{", '{"jsonrpc":"2.0"}', "[]", "null", "12"]), "junk");
    }
    if (kind.startsWith("notifications/")) {
      const params = { marker: this.#marker(), ...isModern && { _meta: modernMeta } };
      return this.#write(JSON.stringify({ jsonrpc: "2.0", method: kind, params }), kind);
    }
    const request = this.#request(kind, { isModern });
    if (!world.chance(cancelling)) return;
    this.process.schedule(world.between(0, 3_000), () => {
      if (this.#isInputClosed || !this.pending.has(request.id)) return;
      world.say(`client of ${this.process.name} cancels ${request.id}`);
      const params = { requestId: JSON.parse(request.id) };
      const method = "notifications/cancelled";
      this.#write(JSON.stringify({ jsonrpc: "2.0", method, params }), method);
    });
  }

  #request(
    method: string,
    { isModern = false, parameters = {} }: { isModern?: boolean; parameters?: object } = {},
  ): Request {
    const marker = this.#marker();
    const number = ++this.#count;
    const id = this.#world.chance(0.3) ? `r-${number}` : number;
    const text = JSON.stringify({
      jsonrpc: "2.0",
      id,
      method,
      params: {
        marker,
        ...method === "tools/call" && { name: "work", arguments: {} },
        ...method.startsWith("resources/") && { uri: `file:///${number % 3}` },
        ...method === "logging/setLevel" && { level: "info" },
        ...isModern && { _meta: modernMeta },
        ...parameters,
      },
    });
    const request = {
      id: JSON.stringify(id),
      text,
      marker,
      method,
      writtenAt: this.#world.now,
    };
    this.pending.set(request.id, request);
    this.#write(text, method);
    return request;
  }

  #marker(): string {
    return `${this.process.name}-m${++this.#count}`;
  }

  #write(text: string, method: string) {
    this.#world.say(`client of ${this.process.name} writes ${text}`);
    if (method !== "junk") this.#ledger.written(this.process, text, method);
    const bytes = this.#encoder.encode(`${text}\n`);
    const middle = this.#world.between(0, bytes.length);
    this.#input.push(
      ...[bytes.slice(0, middle), bytes.slice(middle)].filter(({ length }) => length),
    );
    this.#wake?.();
  }

  #take(text: string) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#takeLine(line);
  }

  #takeLine(line: string) {
    const world = this.#world;
    const { name } = this.process;
    world.say(`client of ${name} gets ${line.length > 300 ? `${line.slice(0, 300)}…` : line}`);
    if (line.includes(ProviderModel.secret)) {
      world.fail(`a secret on the output of ${name}: ${line}`);
    }
    // deno-lint-ignore no-explicit-any -- messages of every shape
    let message: any;
    try {
      message = JSON.parse(line);
    } catch {
      return world.fail(`${name} wrote what is not JSON: ${line}`);
    }
    if (message.method !== undefined) return this.#takeMessage(message);
    const id = JSON.stringify(message.id);
    if (message.id === null) {
      if (this.#junkAnswers-- <= 0) world.fail(`${name} answered what nobody wrote: ${line}`);
      return;
    }
    const request = this.pending.get(id);
    if (!request) {
      const how = this.#answered.has(id) ? "twice" : "though nobody asked";
      return world.fail(`${name} answered ${how}: ${line}`);
    }
    this.pending.delete(id);
    this.#answered.add(id);
    if (message.result === undefined) return;
    const isOwn = message.result.content?.[0]?.text === request.marker;
    if (request.method === "initialize") {
      this.#hasSession = true;
      this.#write(
        '{"jsonrpc":"2.0","method":"notifications/initialized"}',
        "notifications/initialized",
      );
    } else if (!isOwn && !mayBeStoodInFor.has(request.method)) {
      world.fail(`${name} answered ${id} with the result of another request: ${line}`);
    }
    if (!world.isFaulty && request.method === "resources/read") this.hasResult = true;
  }

  // deno-lint-ignore no-explicit-any -- messages of every shape
  #takeMessage(message: any) {
    if (message.id === undefined) return;
    this.process.schedule(this.#world.between(1, 2_000), () => {
      if (this.#isInputClosed) return;
      const result = { roots: [], marker: this.#marker() };
      this.#write(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }), "response");
    });
  }
}
