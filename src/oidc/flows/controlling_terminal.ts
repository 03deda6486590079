/** The terminal a person sits at, which is not stdin: that belongs to the client. */
export interface ControllingTerminal {
  /** The next line that the person types; `undefined` when there will be none. */
  readLine(signal: AbortSignal): Promise<string | undefined>;
}

/**
 * The controlling terminal, when the person sees what is written to stderr there.
 *
 * Deno opens `/dev/tty` only for programs that may do everything, so the line is read by `head`,
 * which needs no such right.
 */
export async function openControllingTerminal(): Promise<ControllingTerminal | undefined> {
  if (!Deno.stderr.isTerminal()) return undefined;
  if (Deno.build.os === "windows") return { readLine: readConsoleLine };
  const probe = await head("0", new AbortController().signal);
  return probe?.success ? { readLine: readTerminalLine } : undefined;
}

async function readTerminalLine(signal: AbortSignal): Promise<string | undefined> {
  const output = await head("1", signal);
  return output?.success ? new TextDecoder().decode(output.stdout) : undefined;
}

async function head(lines: string, signal: AbortSignal): Promise<Deno.CommandOutput | undefined> {
  try {
    return await new Deno.Command("head", {
      args: ["-n", lines, "/dev/tty"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal,
    }).output();
  } catch {
    return undefined;
  }
}

async function readConsoleLine(signal: AbortSignal): Promise<string | undefined> {
  let console: Deno.FsFile;
  try {
    console = await Deno.open("CON");
  } catch {
    return undefined;
  }
  const close = () => console.close();
  signal.addEventListener("abort", close, { once: true });
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of console.readable) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes("\n")) break;
    }
    return text;
  } catch {
    return undefined;
  } finally {
    signal.removeEventListener("abort", close);
  }
}
