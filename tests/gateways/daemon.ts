import { within } from "../support/within.ts";

/** A daemon of Debian's in the foreground, with files of its own in a directory of its own. */
export interface Daemon extends AsyncDisposable {
  /** Sends it a signal. */
  kill(signal: Deno.Signal): void;
  /** What it has printed. */
  output(): string;
}

/** What {@linkcode startDaemon} starts. */
export interface DaemonOptions {
  /** The program. */
  command: string;
  /** Its arguments; `{directory}` stands for its directory. */
  args: string[];
  /** Files to write first, by their names in the directory. */
  files: Record<string, string>;
  /** The port on which it listens when it is ready. */
  port: number;
}

/** Whether this machine has the program: tests that need it are ignored, and named, where it has not. */
export function isInstalled(command: string): boolean {
  try {
    return Deno.statSync(command).isFile;
  } catch {
    return false;
  }
}

/** Starts one, and waits until it takes connections. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const directory = await Deno.makeTempDir({ prefix: "authful-gateway-" });
  // Daemons that root starts go on as somebody else.
  await Deno.chmod(directory, 0o777);
  const inDirectory = (text: string) => text.replaceAll("{directory}", directory);
  for (const [name, text] of Object.entries(options.files)) {
    await Deno.writeTextFile(`${directory}/${name}`, inDirectory(text));
  }
  const child = new Deno.Command(options.command, {
    args: options.args.map(inDirectory),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const reading = [child.stdout, child.stderr].map(async (stream) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output = (output + text).slice(-20_000);
    }
  });
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  const daemon: Daemon = {
    kill: (signal) => child.kill(signal),
    output: () => output,
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill("SIGTERM");
      await within(child.status, { what: `the end of ${options.command}` });
      await Promise.all(reading);
      await Deno.remove(directory, { recursive: true });
    },
  };
  const end = Date.now() + 20_000;
  while (!await takesConnections(options.port)) {
    if (!hasEnded && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    await daemon[Symbol.asyncDispose]();
    throw new Error(`${options.command} did not start: ${output}`);
  }
  return daemon;
}

async function takesConnections(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
