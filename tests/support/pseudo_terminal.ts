/**
 * Runs the program at a terminal that is none: `script` of util-linux makes a pseudo-terminal, so that
 * what depends on a terminal (questions, colours, spinners) really runs.
 *
 * @module
 */
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { type Program, type ProgramOptions, startProgram } from "./program.ts";
import { type ProgramCommand, programCommand, type ProgramSettings } from "./program_command.ts";
import { within } from "./within.ts";

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
  const own = await programCommand(settings);
  const child = new Deno.Command("script", {
    args: scriptArguments(shellLine(own)),
    env: { ...terminalVariables, ...own.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let screen = "";
  let seen = 0;
  let ended = false;
  let wake = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      screen += text;
      wake.resolve();
      wake = Promise.withResolvers();
    }
    ended = true;
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
      const found = (async () => {
        for (;;) {
          const match = pattern.exec(stripVTControlCharacters(screen).slice(seen));
          if (match) {
            seen += match.index + match[0].length;
            return;
          }
          if (ended) throw new Error(`the program ended before it showed ${pattern}:\n${screen}`);
          await wake.promise;
        }
      })();
      await within(found, { what: () => `${pattern} at the terminal, which shows\n${screen}` });
    },
    type: (line) => writer.write(new TextEncoder().encode(`${line}\n`)),
    get code() {
      const what = () => `the end of the program at its terminal, which shows\n${screen}`;
      return within(code, { what });
    },
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

/** The program between a client and a terminal, as in a client that runs in a terminal itself. */
export interface ProgramAtTerminal extends Program {
  /** Types a line at the terminal, which is not stdin. */
  type(line: string): Promise<void>;
}

/**
 * Starts the program with stdin and stdout for the client and a pseudo-terminal for the person: its
 * stderr goes there, so that {@linkcode Program.stderr} is what the terminal has shown.
 */
export async function startBetweenClientAndTerminal(
  settings: ProgramOptions,
): Promise<ProgramAtTerminal> {
  const own = await programCommand(settings);
  const keyboard = join(settings.home, "keyboard");
  const { success } = await new Deno.Command("mkfifo", { args: [keyboard] }).output();
  if (!success) throw new Error(`mkfifo cannot make ${keyboard}`);
  // `script` takes stdin and stdout for the terminal: the client's ends go past it as 3 and 4.
  const script = shellLine({
    command: "script",
    args: scriptArguments(`exec ${shellLine(own)} <&3 3<&- >&4 4>&-`),
  });
  const program = await startProgram({
    ...settings,
    args: [],
    command: ["sh", "-c", `exec ${script} 3<&0 4>&1 <"$0" >&2`, keyboard],
    env: { ...terminalVariables, ...own.env },
  });
  // Open for both, it does not wait for a reader that may never come.
  const keys = await Deno.open(keyboard, { read: true, write: true });
  return {
    ...program,
    get exit() {
      return program.exit;
    },
    type: async (line) => void await keys.write(new TextEncoder().encode(`${line}\n`)),
    async [Symbol.asyncDispose]() {
      keys.close();
      await program[Symbol.asyncDispose]();
    },
  };
}

const terminalVariables = { TERM: "xterm-256color", SHELL: "/bin/sh" };

function scriptArguments(command: string): string[] {
  return ["--quiet", "--flush", "--return", "--echo", "never", "--command", command, "/dev/null"];
}

function shellLine({ command, args }: Pick<ProgramCommand, "command" | "args">): string {
  return [command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
