import type { CommandName } from "./names.ts";
import type { FlagTexts } from "../../settings/options.ts";
import type { ResolvedSettings } from "../../settings/resolve_settings.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** A flag of one command, beside those of the option table, which every command takes. */
export interface CommandFlag {
  /** The long flag. */
  flag: `--${string}`;
  /** The placeholder of its value in help; absent for switches. */
  value?: string;
  /** The values it can take. */
  choices?: readonly string[];
  /** What it does, in one sentence without a full stop. */
  help: string;
}

/** How a command finds the server that it is about. */
export interface ResolveOptions {
  /**
   * Which one it is when none is named: `ask`, the default, asks the person when there are several;
   * `the only one` takes it if there is one; `none` leaves it open.
   */
  unnamed?: "ask" | "the only one" | "none";
  /** Environment variables that are to count as not set. */
  withoutVariables?: ReadonlySet<string>;
}

/** What a command is started with. */
export interface CommandContext {
  /** Its own flags that were given, by name without the dashes; switches are `"true"`. */
  flags: Readonly<Partial<Record<string, string>>>;
  /** Its argument, when it takes another one than the backend URL. */
  argument: string | undefined;
  /** What was given for the backend on the command line: a URL, or the name of a server. */
  given: string | undefined;
  /**
   * The settings, as the bridge would have them; with answers of the person, as if they were flags.
   *
   * @throws {ProxyError} for a value that a setting cannot take
   * @throws {UsageError} when it is not clear which server is meant
   */
  resolve(answers?: FlagTexts, options?: ResolveOptions): Promise<ResolvedSettings>;
  /** Where it talks. */
  terminal: Terminal;
  /** All commands there are. */
  commands: readonly CommandRow[];
}

/** A command at work; resolves with the exit code. */
export type CommandRun = (context: CommandContext) => Promise<number>;

/** One command: everything that help, parsing, completion and documentation need to know of it. */
export interface CommandRow {
  /** What people type. */
  name: CommandName;
  /** What it is for, in a few words without a full stop. */
  summary: string;
  /** What it does, in a few sentences. */
  description: string;
  /** Its argument when that is not the backend URL. */
  argument?: { name: string; choices: readonly string[]; help: string };
  /** Whether it is about no server in particular, so that it takes none. */
  isGlobal?: true;
  /** Its own flags. */
  flags: readonly CommandFlag[];
  /** Command lines to copy, without the program's name, each with what it does. */
  examples: readonly (readonly [command: string, meaning: string])[];
  /** Loads it. */
  load(): Promise<CommandRun>;
}
