import { createHome } from "../support/home.ts";
import { programCommand } from "../support/program_command.ts";
import { freePort } from "../support/free_port.ts";
import { within } from "../support/within.ts";
import sdkV1 from "./backends/sdk_v1/counterpart.ts";
import type { Client, ClientEvent } from "./counterpart.ts";
import { type Desk, openDesk } from "./desk.ts";
import { installCounterpart } from "./installation.ts";
import type { Measurement } from "./measurement.ts";
import { probeOutcome, reasonOf } from "./probe_outcome.ts";
import type { RunningProcess } from "./running_process.ts";
import { agentServer } from "./set_up_agent.ts";

const keptLog = 3000;

/** What {@linkcode measureClient} is told. */
export interface ClientMeasuring {
  /** Where the client was installed. */
  directory: string;
  /** Whether what takes long is scaled down. */
  quick: boolean;
  /** Ends everything. */
  signal: AbortSignal;
}

/** Measures what a client makes of the program, before a backend that is known to work. */
export async function* measureClient(
  client: Client,
  options: ClientMeasuring,
): AsyncGenerator<Measurement> {
  const { signal } = options;
  const port = freePort();
  const audience = `http://127.0.0.1:${port}/mcp`;
  const backend = sdkV1.find(({ name }) => name === "sdk-v1-session-map")!;
  const directory = await installCounterpart(backend, { signal });
  // A desk for each person: who signs in at once, after a while, or when the client has gone.
  for (const measure of [measureBehaviours, measureSlowSignIn, measureAbandonedSignIn]) {
    await using desk = await openDesk({ audience });
    const { issuer, jwksUri } = desk.provider;
    await using running = await backend.start({
      directory,
      port,
      issuer,
      jwksUri,
      audience,
      signal,
    });
    yield* measure(client, { ...options, desk, url: running.url });
  }
}

interface AtDesk extends ClientMeasuring {
  desk: Desk;
  url: URL;
}

const behaviours: Readonly<Record<string, (run: ClientRun) => Promise<void>>> = {
  async "first start with a sign-in"(run) {
    const ended = run.complete();
    ended.catch(() => {});
    // A client that ends before anybody could sign in says why.
    await Promise.race([run.desk.signIn(), ended]);
    await ended;
  },
  "lists and calls": (run) => run.complete(),
  async "clean end"(run) {
    await run.complete();
    if (run.left > 0) throw new Error(`${run.left} processes of the program are left`);
  },
  "lists again after list_changed": (run) => run.complete({ waitForChange: true }),
};

/** What is measured of a slow sign-in. */
const slowFeatures = {
  connected: "connected while the person signs in",
  goesOn: "goes on when the person is done",
  kept: "left in mid sign-in, the next start needs none",
};

async function* measureBehaviours(client: Client, options: AtDesk): AsyncGenerator<Measurement> {
  for (const [feature, behave] of Object.entries(behaviours)) {
    options.signal.throwIfAborted();
    const cell = { kind: "client" as const, counterpart: client.name, feature };
    const why = client.cannot?.[feature];
    if (why !== undefined) {
      yield { ...cell, direct: { ok: false, why }, note: why, ms: 0 };
      continue;
    }
    const before = performance.now();
    await using run = createRun(client, options);
    const program = await probeOutcome(() => behave(run), { patience: 60_000, what: feature });
    const ms = Math.round(performance.now() - before);
    yield { ...cell, program, ...program.ok ? {} : { log: run.output().slice(-keptLog) }, ms };
  }
}

/** The person takes longer than most clients wait for a handshake, in milliseconds. */
const slowSignIn = { whole: 20_000, quick: 6_000 };

/** The person is slow: the client is connected meanwhile, and goes on by itself when they are done. */
async function* measureSlowSignIn(client: Client, options: AtDesk): AsyncGenerator<Measurement> {
  const { quick, desk } = options;
  const cell = { kind: "client" as const, counterpart: client.name };
  await using run = createRun(client, options);
  const before = performance.now();
  const elapsed = () => Math.round(performance.now() - before);
  const ready = Promise.withResolvers<number>();
  const first = probeOutcome(() =>
    run.complete({
      onEvent: ({ event }) => {
        // A client that says nothing of its list says that it is connected.
        if (event === (client.achieves ?? "tools")) ready.resolve(elapsed());
      },
    }), { patience: 120_000, what: "the start" });
  const visit = await desk.openSignIn();
  const connected = await probeOutcome(async () => {
    const ended = first.then((outcome) => {
      if (!outcome.ok) throw new Error(outcome.why);
    });
    ended.catch(() => {});
    await Promise.race([ready.promise, ended]);
  }, { patience: 60_000, what: "the client's list of tools" });
  yield {
    ...cell,
    feature: slowFeatures.connected,
    program: connected,
    ...connected.ok ? {} : { log: run.output().slice(-keptLog) },
    ms: elapsed(),
  };
  const left = slowSignIn[quick ? "quick" : "whole"] - elapsed();
  if (left > 0) {
    const done = Promise.withResolvers<void>();
    const timer = setTimeout(done.resolve, left);
    await Promise.race([done.promise, first]);
    clearTimeout(timer);
  }
  const page = await visit().then(() => undefined, reasonOf);
  const why = client.cannot?.[slowFeatures.goesOn];
  if (why !== undefined) {
    yield { ...cell, feature: slowFeatures.goesOn, direct: { ok: false, why }, note: why, ms: 0 };
    await first;
    return;
  }
  const outcome = await first;
  const program = page === undefined ? outcome : { ok: false as const, why: page };
  yield {
    ...cell,
    feature: slowFeatures.goesOn,
    program,
    ...program.ok ? {} : { log: run.output().slice(-keptLog) },
    ms: elapsed(),
  };
}

/** The client ends before the person is done: their work is kept, and the next start needs no tab. */
async function* measureAbandonedSignIn(
  client: Client,
  options: AtDesk,
): AsyncGenerator<Measurement> {
  const { desk } = options;
  const why = client.cannot?.[slowFeatures.kept];
  if (why !== undefined) {
    const cell = { kind: "client" as const, counterpart: client.name, feature: slowFeatures.kept };
    yield { ...cell, direct: { ok: false, why }, note: why, ms: 0 };
    return;
  }
  const before = performance.now();
  await using run = createRun(client, options);
  const first = run.complete({ endAt: client.achieves ?? "tools" }).catch(() => {});
  const visit = await desk.openSignIn();
  await first;
  const tabs = desk.tabs();
  const program = await probeOutcome(async () => {
    await visit();
    await within(run.complete(), { what: "the next start", patience: 30_000 });
    if (desk.tabs() > tabs) throw new Error("another sign-in was asked for");
  }, { patience: 60_000, what: "the next start" });
  yield {
    kind: "client",
    counterpart: client.name,
    feature: slowFeatures.kept,
    program,
    ...program.ok ? {} : { log: run.output().slice(-keptLog) },
    ms: Math.round(performance.now() - before),
  };
}

interface CompleteOptions {
  /** Whether the client is to see that the list of tools has changed. */
  waitForChange?: boolean;
  /** Called with each thing that the client says, as it comes. */
  onEvent?(event: ClientEvent): void;
  /** Ends the client (SIGTERM) once it has said this. */
  endAt?: ClientEvent["event"];
}

interface ClientRun extends AsyncDisposable {
  desk: Desk;
  /** Runs the client from its start to its end; throws unless it did all of it. */
  complete(options?: CompleteOptions): Promise<void>;
  /** How many processes of the program were left when the client had ended. */
  readonly left: number;
  output(): string;
}

function createRun(client: Client, { directory, signal, desk, url }: AtDesk): ClientRun {
  const started: RunningProcess[] = [];
  const homes: AsyncDisposable[] = [];
  let left = 0;
  return {
    desk,
    async complete({ waitForChange, onEvent, endAt } = {}) {
      const home = await createHome();
      homes.push(home);
      const running = await client.start({
        directory,
        home: home.path,
        server: await programCommand(desk.settings(url)),
        waitForChange,
        onExit: async () => void (left = await countLeft({ url, home: home.path })),
        signal,
      });
      started.push(running);
      const events: ClientEvent[] = [];
      for await (const line of running.lines()) {
        try {
          const event: ClientEvent = JSON.parse(line);
          events.push(event);
          onEvent?.(event);
          if (event.event === endAt) running.signal("SIGTERM");
        } catch {
          // Some clients print more than what they are asked for.
        }
      }
      const code = await within(running.ended, { what: `the end of ${client.name}` });
      requireEvents(events, { waitForChange, achieves: client.achieves });
      if (code !== 0) throw new Error(`it ended with ${code}`);
    },
    get left() {
      return left;
    },
    output: () => started.map((running) => running.output()).join("\n--\n"),
    async [Symbol.asyncDispose]() {
      for (const running of started) await running.kill();
      for (const home of homes) await home[Symbol.asyncDispose]();
    },
  };
}

function requireEvents(
  events: readonly ClientEvent[],
  { waitForChange, achieves = "echo" }: {
    waitForChange?: boolean;
    achieves?: ClientEvent["event"];
  },
): void {
  for (const event of events) if (event.event === "error") throw new Error(event.message);
  if (!events.some(({ event }) => event === achieves)) {
    throw new Error(`no ${achieves}; it said ${events.map(({ event }) => event).join(", ")}`);
  }
  if (!waitForChange) return;
  const listed = events.findLast((event) => event.event === "tools");
  const sees = listed?.event === "tools" && listed.names.some((name) => name.includes("grown_"));
  if (!sees) throw new Error("it does not know the new tool");
}

/**
 * How many programs that were started for a backend are left, once they had time to end. Those that
 * `setup` gave a name are known by their home, which is the client's.
 */
async function countLeft({ url, home }: { url: URL; home: string }): Promise<number> {
  const end = performance.now() + 5000;
  const read = async (path: string) => (await Deno.readTextFile(path).catch(() => "")).split("\0");
  while (true) {
    let left = 0;
    for await (const { name } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const words = await read(`/proc/${name}/cmdline`);
      const isProgram = words.includes(url.href) || words.at(-2) === agentServer &&
          (await read(`/proc/${name}/environ`)).includes(`HOME=${home}`);
      if (isProgram) left++;
    }
    if (left === 0 || performance.now() > end) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The names of all that is measured of a client. */
export const clientFeatures: readonly string[] = [
  ...Object.keys(behaviours),
  ...Object.values(slowFeatures),
];
