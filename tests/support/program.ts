/**
 * The program under test, as an MCP client starts it: a child process with its own home and a clean
 * environment, JSON-RPC on stdin and stdout, and a log on stderr. It is dead when it is disposed.
 *
 * @module
 */
import { TextLineStream } from "./text_line_stream.ts";
import { programCommand, type ProgramSettings } from "./program_command.ts";
import { steadyStart } from "./steady_start.ts";
import { within } from "./within.ts";

/** Any JSON-RPC message, loosely. */
export interface Message {
  jsonrpc?: unknown;
  id?: unknown;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: Record<string, unknown> };
}

/** What {@linkcode startProgram} is told. */
export interface ProgramOptions extends ProgramSettings {
  /** How long any wait of a test may last before it fails, in milliseconds; 30 s unless told otherwise. */
  patience?: number;
  /** Leaves stdout alone: nobody reads it before {@linkcode Program.readOutput} is called. */
  stalled?: boolean;
}

/** How the program ended. */
export interface Exit {
  /** The exit code; 128 + n after signal n. */
  code: number;
  /** The signal that ended it. */
  signal: Deno.Signal | null;
}

/** The running program. */
export interface Program extends AsyncDisposable {
  /** Its process id. */
  readonly pid: number;
  /** Every message it wrote, in order. A line that is not JSON is an `undefined`. */
  readonly messages: readonly (Message | undefined)[];
  /** Every line it wrote, in order, without its line break. */
  readonly lines: readonly string[];
  /** Everything it has logged so far. */
  stderr(): string;
  /** Writes one message, or a text as it is with a line break after it. */
  send(message: Message | string): Promise<void>;
  /** Writes bytes as they are. */
  write(bytes: Uint8Array): Promise<void>;
  /** Sends a request under an id of its own and resolves with what answers it. */
  request(method: string, params?: Record<string, unknown>): Promise<Message>;
  /** Does the `initialize` handshake and resolves with the answer. */
  initialize(options?: InitializeOptions): Promise<Message>;
  /** Resolves with the first message for which the test holds, be it in the past or to come. */
  message(test: (message: Message) => boolean): Promise<Message>;
  /** Resolves with the first log line that matches, be it in the past or to come. */
  logged(pattern: RegExp): Promise<string>;
  /** Begins to read stdout when it was `stalled`. */
  readOutput(): void;
  /** Stops reading stdout and closes it: the next write of the program fails. */
  closeOutput(): Promise<void>;
  /** Closes stdin, as a client does that leaves. */
  endInput(): Promise<void>;
  /** Sends a signal. */
  kill(signal: Deno.Signal): void;
  /** Resolves when it has ended and its output has been read; rejects when that takes too long. */
  readonly exit: Promise<Exit>;
}

/** What {@linkcode Program.initialize} offers. */
export interface InitializeOptions {
  /** `2025-11-25` unless told otherwise. */
  protocolVersion?: string;
  /** None unless told otherwise. */
  capabilities?: Record<string, unknown>;
}

/**
 * Starts the program.
 *
 * @example
 * ```ts ignore
 * await using program = await startProgram({ home: home.path, args: [gateway.url.href] });
 * await program.initialize();
 * const answer = await program.request("tools/list");
 * await program.endInput();
 * assert.equal((await program.exit).code, 0);
 * ```
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { patience = 30_000 } = options;
  const { command, args, env } = await programCommand({
    ...options,
    env: { ...steadyStart, ...options.env },
  });
  const child = new Deno.Command(command, {
    args,
    env,
    clearEnv: true,
    cwd: options.cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  const lines: string[] = [];
  const messages: (Message | undefined)[] = [];
  const log: string[] = [];
  const watchers = new Set<Watcher>();
  let hasEnded = false;
  const notify = () => {
    for (const watcher of [...watchers]) watcher.look();
  };

  const outputClosed = new AbortController();
  const readLines = async () => {
    const text = child.stdout.pipeThrough(new TextDecoderStream(), {
      signal: outputClosed.signal,
    });
    for await (const line of text.pipeThrough(new TextLineStream())) {
      lines.push(line);
      messages.push(parse(line));
      notify();
    }
  };
  let reading: Promise<void> | undefined;
  const readOutput = () => {
    reading ??= readLines().catch((error) => {
      if (!outputClosed.signal.aborted) throw error;
    });
  };
  if (!options.stalled) readOutput();
  const logging = (async () => {
    const text = child.stderr.pipeThrough(new TextDecoderStream());
    for await (const line of text.pipeThrough(new TextLineStream())) {
      log.push(line);
      notify();
    }
  })();

  const ended = (async () => {
    const { code, signal } = await child.status;
    if (reading) await reading;
    await logging;
    hasEnded = true;
    notify();
    return { code, signal };
  })();
  const stdin = child.stdin.getWriter();
  const encoder = new TextEncoder();
  const awaitFirst = <T>(what: string, find: () => T | undefined): Promise<T> => {
    const found = find();
    if (found !== undefined) return Promise.resolve(found);
    return new Promise<T>((resolve, reject) => {
      const fail = (why: string) => {
        settle();
        reject(new Error(`${why}: ${what}; ${lastLines()}`));
      };
      const timer = setTimeout(() => fail(`not within ${patience} ms`), patience);
      const watcher: Watcher = {
        look() {
          const now = find();
          if (now !== undefined) {
            settle();
            resolve(now);
          } else if (hasEnded) {
            fail("the program has ended");
          }
        },
      };
      const settle = () => {
        clearTimeout(timer);
        watchers.delete(watcher);
      };
      watchers.add(watcher);
      if (hasEnded) watcher.look();
    });
  };

  const lastLines = () => `its log ends with\n${log.slice(-30).join("\n")}`;
  /** The promise with a limit; a test that fails for another reason first leaves it to itself. */
  const limited = <T>(promise: Promise<T>, what: string): Promise<T> => {
    const limit = within(promise, { what: () => `${what}; ${lastLines()}`, patience });
    limit.catch(() => {});
    return limit;
  };
  const write = (bytes: Uint8Array) => limited(stdin.write(bytes), "the program taking its input");

  let nextId = 1;
  const program: Program = {
    pid: child.pid,
    lines,
    messages,
    get exit() {
      return limited(ended, "the end of the program");
    },
    stderr: () => log.join("\n"),
    readOutput,
    write,
    send: (message) =>
      write(encoder.encode(`${typeof message === "string" ? message : JSON.stringify(message)}\n`)),
    request: handled(async (method, params) => {
      const id = `test-${nextId++}`;
      const answer = first(
        messages,
        (message) => message?.id === id && message.method === undefined,
        messages.length,
      );
      await program.send({ jsonrpc: "2.0", id, method, ...params && { params } });
      return (await awaitFirst(`an answer to ${method}`, answer))!;
    }),
    initialize: handled(async ({ protocolVersion = "2025-11-25", capabilities = {} } = {}) => {
      const answer = await program.request("initialize", {
        protocolVersion,
        capabilities,
        clientInfo: { name: "test", version: "1" },
      });
      if (answer.error) throw new Error(`initialize failed: ${JSON.stringify(answer.error)}`);
      await program.send({ jsonrpc: "2.0", method: "notifications/initialized" });
      return answer;
    }),
    message: handled(async (test) =>
      (await awaitFirst(
        "a message",
        first(messages, (message) => message !== undefined && test(message)),
      ))!
    ),
    logged: handled((pattern) =>
      awaitFirst(`a log line like ${pattern}`, first(log, (line) => pattern.test(line)))
    ),
    async closeOutput() {
      outputClosed.abort();
      if (reading) await reading;
      else await child.stdout.cancel();
    },
    async endInput() {
      // It may have ended by itself, which is not for this function to judge.
      await stdin.close().catch(() => {});
    },
    kill,
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await stdin.abort().catch(() => {});
      if (!reading) await child.stdout.cancel();
      await within(ended, { what: "the end of a program that was killed" });
    },
  };
  return program;

  function kill(signal: Deno.Signal) {
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
    }
  }
}

/** What a command that ends by itself left behind. */
export interface Outcome extends Exit {
  /** Everything it wrote. */
  stdout: string;
  /** Everything it logged. */
  stderr: string;
}

/** Runs the program with an empty stdin until it ends by itself, which it must within 60 s. */
export async function runProgram(options: ProgramSettings): Promise<Outcome> {
  const { command, args, env } = await programCommand(options);
  const child = new Deno.Command(command, {
    args,
    env,
    clearEnv: true,
    cwd: options.cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const outcome = (async () => {
    const { code, signal, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  })();
  const what = `the end of the program with ${options.args?.join(" ")}`;
  try {
    return await within(outcome, { what, patience: 60_000 });
  } catch (error) {
    child.kill("SIGKILL");
    const { stdout, stderr } = await outcome;
    throw new Error(`it wrote\n${stdout}\nand logged\n${stderr}`, { cause: error });
  }
}

/** Finds the first item of a growing list for which the test holds; looks at each only once. */
function first<T>(
  list: readonly T[],
  test: (item: T) => boolean,
  from = 0,
): () => T | undefined {
  let next = from;
  return () => {
    while (next < list.length) {
      const item = list[next++]!;
      if (test(item)) return item;
    }
  };
}

/** The function with rejections that nobody needs to await: the test may fail for another reason first. */
function handled<A extends unknown[], T>(
  act: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  return (...args) => {
    const promise = act(...args);
    promise.catch(() => {});
    return promise;
  };
}

interface Watcher {
  look(): void;
}

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
