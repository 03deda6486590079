/** Which process listens on a TCP port of this machine, where the system's own tools tell. */
export async function portHolder(port: string, os: string): Promise<string | undefined> {
  if (os === "windows") {
    const pid = listenerOf(port, await output("netstat", ["-ano"]) ?? "");
    return pid && `process ${pid}`;
  }
  const listed = await output("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const [, pid] = listed?.match(/^p(\d+)$/m) ?? [];
  const [, name] = listed?.match(/^c(.+)$/m) ?? [];
  if (pid) return named(name, pid);
  const sockets = await output("ss", ["-Hltnp", `sport = :${port}`]);
  const [, program, id] = sockets?.match(/users:\(\("([^"]+)",pid=(\d+)/) ?? [];
  return id && named(program, id);
}

/**
 * The process id that a table of `netstat -ano` has for the listener on a TCP port. The state is
 * written in the language of the system, so a listener is known by having nobody at its other end.
 */
export function listenerOf(port: string, table: string): string | undefined {
  const listener = new RegExp(
    `^\\s*TCP\\s+\\S+:${port}\\s+(?:0\\.0\\.0\\.0|\\[::\\]):0\\s+\\S+\\s+(\\d+)\\s*$`,
    "m",
  );
  return listener.exec(table)?.[1];
}

function named(name: string | undefined, pid: string): string {
  return name ? `${name} (process ${pid})` : `process ${pid}`;
}

async function output(command: string, args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(command, {
      args,
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(3_000),
    }).output();
    return new TextDecoder().decode(stdout);
  } catch {
    // Not installed, or not permitted: then it is not told.
    return undefined;
  }
}
