import { parseArgs, type ParseArgsConfig } from "node:util";

/** What {@linkcode scriptArguments} lets pass. */
export interface ScriptArguments<Options extends NonNullable<ParseArgsConfig["options"]>> {
  /** How the script is called, for those who called it in another way. */
  usage: string;
  /** The flags, as `parseArgs` of `node:util` takes them. */
  options?: Options;
  /** How many words without a flag there may be; none unless told otherwise. */
  words?: number;
}

/** The arguments of this script. Wrong ones end it with exit code 2, and with what is right. */
export function scriptArguments<
  const Options extends NonNullable<ParseArgsConfig["options"]> = Record<never, never>,
>({ usage, options, words = 0 }: ScriptArguments<Options>) {
  try {
    const { values, positionals } = parseArgs({
      args: Deno.args,
      options: options ?? {} as Options,
      allowPositionals: words > 0,
    });
    if (positionals.length > words) throw new Error(`Unexpected argument '${positionals[words]}'`);
    return { flags: values, words: positionals };
  } catch (error) {
    endWithUsage(usage, (error as Error).message);
  }
}

/** Ends the script with exit code 2, because it was called in another way than it can be. */
export function endWithUsage(usage: string, what?: string): never {
  console.error(`${what ? `${what}\n` : ""}Usage: ${usage}`);
  Deno.exit(2);
}
