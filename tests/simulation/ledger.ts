import type { SimulatedProcess } from "./simulated_process.ts";
import type { World } from "./world.ts";

/** One HTTP request, as far as the books are kept. */
interface Sent {
  readonly process: SimulatedProcess;
  readonly hostName: string;
  readonly body: string;
  readonly title: string;
}

/** What became of one attempt at sending a message. */
interface Attempt {
  sent: Sent;
  /** `open` while it is under way; a status; or how it ended without one. */
  outcome: "open" | "refused" | "lost" | "killed" | number;
}

/** Methods that change nothing (MCP), and what a new session is told again. */
const repeatable: ReadonlySet<string> = new Set([
  "initialize",
  "notifications/initialized",
  "ping",
  "tools/list",
  "resources/read",
  "prompts/get",
  "logging/setLevel",
  "resources/subscribe",
]);

/** What the program may hold of what it took from the network and the client has not read, in bytes. */
const maxHeld = 3 << 20;

/** Keeps the books of a run, and says when something was done that must never be. */
export class Ledger {
  readonly #world: World;
  /** The method of every message of the client, by its text. */
  readonly #methods = new Map<string, string>();
  readonly #attempts = new Map<string, Attempt[]>();
  readonly #latest = new Map<Sent, Attempt>();
  readonly #executions = new Map<string, number>();
  readonly #held = new Map<SimulatedProcess, number>();
  /** When the bridges sent what no message of the client is behind. */
  #unprompted: number[] = [];

  readonly #rotates: boolean;

  constructor(world: World, { rotates }: { rotates: boolean }) {
    this.#world = world;
    this.#rotates = rotates;
  }

  /** A client has written this message. */
  written(by: SimulatedProcess, text: string, method: string) {
    this.#methods.set(`${by.name} ${text}`, method);
  }

  /** A request leaves. */
  sends(sent: Sent) {
    const { body } = sent;
    const key = keyOf(sent);
    const method = this.#methods.get(`${sent.process.name} ${body}`);
    if (sent.hostName === "backend.example" && method === undefined) this.#noteUnprompted();
    if (key === undefined) return;
    const before = this.#attempts.get(key) ?? [];
    const attempt: Attempt = { sent, outcome: "open" };
    if (sent.hostName !== "backend.example") this.#checkGrant(sent, before);
    else if (method !== undefined && !repeatable.has(method)) {
      const harmful = before.find(({ outcome }) => mayBeCarriedOut(outcome));
      if (harmful) {
        this.#world.fail(
          `sent twice though it may have been carried out (the attempt before: ${harmful.outcome}): ${body}`,
        );
      }
    }
    this.#attempts.set(key, [...before, attempt]);
    this.#latest.set(sent, attempt);
  }

  /** The status of its answer is there. */
  answered(sent: Sent, status: number) {
    this.#settle(sent, status);
  }

  /** There will be no answer. */
  lost(sent: Sent, outcome: "refused" | "lost" | "killed") {
    this.#settle(sent, outcome);
  }

  /** The backend carries a message out. */
  executed({ name }: SimulatedProcess, text: string) {
    const key = `${name} ${text}`;
    const method = this.#methods.get(key);
    if (method === undefined || repeatable.has(method)) return;
    const count = (this.#executions.get(key) ?? 0) + 1;
    this.#executions.set(key, count);
    if (count > 1) this.#world.fail(`carried out ${count} times: ${text}`);
  }

  /** The program has taken so many bytes from the network. */
  received(process: SimulatedProcess, bytes: number) {
    const held = (this.#held.get(process) ?? 0) + bytes;
    this.#held.set(process, held);
    if (held > maxHeld) this.#world.fail(`${process.name} holds ${held} bytes for its client`);
  }

  /** The client has read so many bytes, or nobody will. */
  delivered(process: SimulatedProcess, bytes: number) {
    this.#held.set(process, Math.max(0, (this.#held.get(process) ?? 0) - bytes));
  }

  /** Everything that was taken has been passed on or dropped. */
  drained(process: SimulatedProcess) {
    this.#held.set(process, 0);
  }

  /** A refresh token may be sent again only when no answer to it has come, and whoever sent it knows. */
  #checkGrant({ process }: Sent, before: readonly Attempt[]) {
    if (!this.#rotates) return;
    const spent = before.find(({ outcome, sent }) =>
      outcome === "open" || outcome === 200 || outcome === "killed" && sent.process !== process
    );
    if (spent) {
      this.#world.fail(
        `${process.name} sends a refresh token again that ${spent.sent.process.name} has sent ` +
          `(${spent.outcome})`,
      );
    }
  }

  #settle(sent: Sent, outcome: Attempt["outcome"]) {
    const attempt = this.#latest.get(sent);
    if (attempt) attempt.outcome = outcome;
  }

  /** However a backend behaves, the bridge does not storm it by itself. */
  #noteUnprompted() {
    const { now } = this.#world;
    this.#unprompted.push(now);
    this.#unprompted = this.#unprompted.filter((at) => now - at < 10_000);
    if (this.#unprompted.length > 400) {
      this.#world.fail("the bridges send more than 400 requests of their own in 10 s");
    }
  }
}

/** What is counted: a message to the backend, or a refresh token. */
function keyOf({ process, hostName, body }: Sent): string | undefined {
  if (body === "") return undefined;
  if (hostName === "backend.example") return `${process.name} ${body}`;
  return new URLSearchParams(body).get("refresh_token") ?? undefined;
}

/** Whether a message may have been carried out, as far as whoever sent it can know. */
function mayBeCarriedOut(outcome: Attempt["outcome"]): boolean {
  if (typeof outcome === "string") return outcome !== "refused";
  if (outcome < 300 || outcome === 408) return true;
  // Busy: the backend has said that it did nothing.
  return outcome >= 500 && outcome !== 503;
}
