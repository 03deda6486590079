import { createHome } from "../support/home.ts";
import { programCommand } from "../support/program_command.ts";
import { freePort } from "../support/everything.ts";
import { within } from "../support/within.ts";
import sdkV1 from "./backends/sdk_v1/counterpart.ts";
import type { Client, ClientEvent } from "./counterpart.ts";
import { type Desk, openDesk } from "./desk.ts";
import { installCounterpart } from "./installation.ts";
import type { Measurement } from "./measurement.ts";
import { probeOutcome } from "./probe_outcome.ts";
import type { RunningProcess } from "./running_process.ts";

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
  const { signal, quick } = options;
  await using stack = new AsyncDisposableStack();
  const port = freePort();
  const audience = `http://127.0.0.1:${port}/mcp`;
  const backend = sdkV1.find(({ name }) => name === "sdk-v1-session-map")!;
  const directory = await installCounterpart(backend, { signal });
  // Two desks: in one somebody signs in at once, in the other after a while.
  for (const slow of [false, true]) {
    const desk = stack.use(await openDesk({ audience }));
    const { issuer, jwksUri } = desk.provider;
    await using running = await backend.start({
      directory,
      port,
      issuer,
      jwksUri,
      audience,
      signal,
    });
    for (const behaviour of slow ? slowBehaviours : behaviours) {
      signal.throwIfAborted();
      const before = performance.now();
      await using run = createRun(client, { ...options, desk, url: running.url });
      const outcome = await probeOutcome(() => behaviour.run(run, quick), {
        patience: behaviour.patience ?? 60_000,
        what: behaviour.name,
      });
      yield {
        kind: "client",
        counterpart: client.name,
        feature: behaviour.name,
        program: outcome,
        ...outcome.ok ? {} : { log: run.output().slice(-keptLog) },
        ms: Math.round(performance.now() - before),
      };
    }
  }
}

interface Behaviour {
  name: string;
  patience?: number;
  run(run: ClientRun, quick: boolean): Promise<void>;
}

const behaviours: readonly Behaviour[] = [
  {
    name: "first start with a sign-in",
    async run(run) {
      const ended = run.complete();
      ended.catch(() => {});
      await run.desk.signIn();
      await ended;
    },
  },
  { name: "lists and calls", run: (run) => run.complete() },
  {
    name: "clean end",
    async run(run) {
      await run.complete();
      const left = await run.programsLeft();
      if (left > 0) throw new Error(`${left} processes of the program are left`);
    },
  },
  {
    name: "sees list_changed",
    run: (run) => run.complete({ waitForChange: true, wanted: "list_changed" }),
  },
];

const slowBehaviours: readonly Behaviour[] = [
  {
    // What the client says meanwhile is its own affair; the person finishes, and the next start works.
    name: "next start after a slow sign-in",
    patience: 200_000,
    async run(run, quick) {
      const first = run.complete().then(() => "worked", (error: Error) => error.message);
      const visit = await run.desk.openSignIn();
      await Promise.race([
        first,
        new Promise((resolve) => setTimeout(resolve, quick ? 8000 : 90_000)),
      ]);
      await visit();
      await first;
      await run.complete();
    },
  },
];

interface ClientRun extends AsyncDisposable {
  desk: Desk;
  /** Runs the client from its start to its end; throws unless it did all of it. */
  complete(options?: { waitForChange?: boolean; wanted?: ClientEvent["event"] }): Promise<void>;
  /** How many processes that the client has started last are left. */
  programsLeft(): Promise<number>;
  output(): string;
}

function createRun(
  client: Client,
  { directory, signal, desk, url }: ClientMeasuring & { desk: Desk; url: URL },
): ClientRun {
  const started: RunningProcess[] = [];
  const homes: AsyncDisposable[] = [];
  let mark = "";
  return {
    desk,
    async complete({ waitForChange, wanted = "echo" } = {}) {
      const home = await createHome();
      homes.push(home);
      mark = crypto.randomUUID();
      const settings = desk.settings(url);
      const server = await programCommand({
        ...settings,
        env: { ...settings.env, AUTHFUL_INTEROP_MARK: mark },
      });
      const running = await client.start({
        directory,
        home: home.path,
        server,
        waitForChange,
        connectTimeout: 120_000,
        signal,
      });
      started.push(running);
      const events: ClientEvent[] = [];
      for await (const line of running.lines()) {
        try {
          events.push(JSON.parse(line));
        } catch {
          // Some clients print more than what they are asked for.
        }
      }
      const code = await within(running.ended, { what: `the end of ${client.name}` });
      const said = events.find(({ event }) => event === "error") as { message: string } | undefined;
      if (said) throw new Error(said.message);
      if (!events.some(({ event }) => event === wanted)) {
        throw new Error(`no ${wanted}; it said ${events.map(({ event }) => event).join(", ")}`);
      }
      if (code !== 0) throw new Error(`it ended with ${code}`);
    },
    async programsLeft() {
      let left = 0;
      for await (const { name } of Deno.readDir("/proc")) {
        if (!/^\d+$/.test(name)) continue;
        const environment = await Deno.readTextFile(`/proc/${name}/environ`).catch(() => "");
        if (environment.includes(`AUTHFUL_INTEROP_MARK=${mark}`)) left++;
      }
      return left;
    },
    output: () => started.map((running) => running.output()).join("\n--\n"),
    async [Symbol.asyncDispose]() {
      for (const running of started) await running.kill();
      for (const home of homes) await home[Symbol.asyncDispose]();
    },
  };
}
