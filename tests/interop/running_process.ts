/** What {@linkcode startProcess} starts. */
export interface ProcessOptions {
  /** The executable. */
  command: string;
  /** Its arguments. */
  args?: readonly string[];
  /** Over the environment of the harness. */
  env?: Readonly<Record<string, string>>;
  /** Its working directory. */
  cwd?: string;
  /** The start is over once a line of its output matches; at once without this. */
  ready?: RegExp;
  /** How long that may take, in milliseconds; a minute unless told otherwise. */
  patience?: number;
  /** Whether the environment of the harness is kept away from it. */
  clearEnv?: boolean;
  /** Awaited when it has ended by itself, before what it has left behind is killed. */
  onExit?(): Promise<void>;
  /** Ends the start. */
  signal?: AbortSignal;
}

/** A process with all that it starts, as one group. */
export interface RunningProcess extends AsyncDisposable {
  /** Its process id, which is that of its group. */
  readonly pid: number;
  /** Resolves with the exit code when it has ended by itself or otherwise, and its output is read. */
  readonly ended: Promise<number>;
  /** Sends a signal to the process alone. */
  signal(signal: Deno.Signal): void;
  /** Kills the whole group; resolves when it is gone. */
  kill(): Promise<void>;
  /** The last 64 kB of stdout and stderr, as they came. */
  output(): string;
  /** Each line of stdout, from the first on (1 MB at most). */
  lines(): AsyncIterable<string>;
}

// The group dies with the harness, be that killed: then the pipe closes.
const guard =
  'exec 3<&0; (cat <&3; kill -KILL 0) > /dev/null 2>&1 & exec 3<&-; exec "$@" < /dev/null';
const keptOutput = 64 * 1024;
const keptLines = 1024 * 1024;

/**
 * Starts a process in a group of its own, which ends with whoever started it.
 *
 * @throws {Error} when it ends, or is not ready in time; with the end of its output.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { command, args = [], env, cwd, ready, patience = 60_000, clearEnv, signal } = options;
  signal?.throwIfAborted();
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", guard, "guard", command, ...args],
    env: { ...env },
    clearEnv,
    cwd,
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  let output = "";
  let out = "";
  let over = false;
  const watchers = new Set<() => void>();
  const notify = () => [...watchers].forEach((look) => look());
  const read = async (stream: ReadableStream<Uint8Array>, isOut: boolean) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output = (output + text).slice(-keptOutput);
      if (isOut && out.length < keptLines) out += text;
      notify();
    }
  };
  const killGroup = () => {
    try {
      Deno.kill(-child.pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
  };
  const reading = [read(child.stdout, true), read(child.stderr, false)];
  const ended = (async () => {
    const { code } = await child.status;
    await options.onExit?.();
    // What it leaves behind would hold its pipes open, and is not wanted.
    killGroup();
    await Promise.all(reading);
    await child.stdin.close().catch(() => {});
    over = true;
    notify();
    return code;
  })();
  const kill = async () => {
    killGroup();
    await ended;
  };

  const running: RunningProcess = {
    pid: child.pid,
    ended,
    signal(name) {
      try {
        child.kill(name);
      } catch {
        // It has ended already.
      }
    },
    kill,
    output: () => output,
    async *lines() {
      let from = 0;
      while (true) {
        const end = out.indexOf("\n", from);
        if (end >= 0) {
          yield out.slice(from, end);
          from = end + 1;
        } else if (over) {
          if (from < out.length) yield out.slice(from);
          return;
        } else {
          await new Promise<void>((resolve) => {
            const look = () => {
              watchers.delete(look);
              resolve();
            };
            watchers.add(look);
          });
        }
      }
    },
    [Symbol.asyncDispose]: kill,
  };
  if (!ready) return running;

  let timer: ReturnType<typeof setTimeout> | undefined;
  let give: ((why: string) => void) | undefined;
  const onAbort = () => give?.("the run was ended");
  try {
    const why = await new Promise<string | undefined>((resolve) => {
      give = resolve;
      const look = () => {
        if (ready.test(output)) resolve(undefined);
        else if (over) resolve("it has ended");
      };
      watchers.add(look);
      signal?.addEventListener("abort", onAbort);
      timer = setTimeout(() => resolve(`not within ${patience} ms`), patience);
      look();
    });
    if (why === undefined) return running;
    await kill();
    throw new Error(
      `${command} did not become ready: ${why}; its output ends with\n${output.slice(-4000)}`,
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** What {@linkcode runCommand} gives back. */
export interface CommandOutcome {
  /** What it wrote on stdout. */
  stdout: string;
}

/**
 * Runs a command to its end: for installations.
 *
 * @throws {Error} when it fails or takes longer than `patience` (ten minutes unless told otherwise),
 * with the end of its output.
 */
export async function runCommand(options: Omit<ProcessOptions, "ready">): Promise<CommandOutcome> {
  const { command, args = [], patience = 600_000, signal } = options;
  await using running = await startProcess(options);
  const late = AbortSignal.timeout(patience);
  const stop = signal ? AbortSignal.any([signal, late]) : late;
  const onAbort = () => void running.kill();
  stop.addEventListener("abort", onAbort);
  try {
    const code = await running.ended;
    if (code === 0) return { stdout: (await Array.fromAsync(running.lines())).join("\n") };
    const why = late.aborted ? `took over ${patience} ms` : `failed with exit code ${code}`;
    throw new Error(
      `${[command, ...args].join(" ").slice(0, 300)} ${why}:\n${running.output().slice(-4000)}`,
    );
  } finally {
    stop.removeEventListener("abort", onAbort);
  }
}
