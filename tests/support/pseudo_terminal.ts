/**
 * Runs the program at a terminal that is none: `script` of util-linux makes a pseudo-terminal, so that
 * what depends on a terminal (questions, colours, spinners) really runs.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";
import { programCommand, type ProgramSettings } from "./program_command.ts";

/** Whether this machine has `script` of util-linux. */
export const hasPseudoTerminal = Deno.build.os === "linux" && await (async () => {
  try {
    const { stdout } = await new Deno.Command("script", { args: ["--version"], stdin: "null" })
      .output();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
})();

/** The program at its terminal. */
export interface TerminalSession extends AsyncDisposable {
  /** Everything the terminal has shown so far. */
  screen(): string;
  /** Waits until the terminal shows something that was not there before the last call. */
  shows(pattern: RegExp): Promise<void>;
  /** Types a line. */
  type(line: string): Promise<void>;
  /** The exit code. */
  readonly code: Promise<number>;
}

/** Starts the program at a pseudo-terminal. */
export async function startAtTerminal(settings: ProgramSettings): Promise<TerminalSession> {
  const { command, args, env } = await programCommand(settings);
  const line = [command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["--quiet", "--flush", "--return", "--echo", "never", "--command", line, "/dev/null"],
    env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let screen = "";
  let seen = 0;
  let wake = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      screen += text;
      wake.resolve();
      wake = Promise.withResolvers();
    }
    wake.resolve();
  })();
  const writer = child.stdin.getWriter();
  const code = (async () => {
    const { code } = await child.status;
    await reading;
    return code;
  })();
  return {
    screen: () => screen,
    async shows(pattern) {
      const patience = AbortSignal.timeout(30_000);
      for (;;) {
        const match = pattern.exec(stripVTControlCharacters(screen).slice(seen));
        if (match) {
          seen += match.index + match[0].length;
          return;
        }
        const ended = await Promise.race([
          wake.promise.then(() => false),
          reading.then(() => true),
          new Promise<boolean>((_, reject) =>
            patience.addEventListener(
              "abort",
              () => reject(new Error(`the terminal does not show ${pattern}:\n${screen}`)),
              {
                once: true,
              },
            )
          ),
        ]);
        if (ended && !pattern.test(stripVTControlCharacters(screen).slice(seen))) {
          throw new Error(`the program ended before it showed ${pattern}:\n${screen}`);
        }
      }
    },
    type: (line) => writer.write(new TextEncoder().encode(`${line}\n`)),
    code,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await writer.abort().catch(() => {});
      await code;
    },
  };
}
