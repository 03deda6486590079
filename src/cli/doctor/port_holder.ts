/** Which process listens on a TCP port of this machine, where the system's own tools tell. */
export async function portHolder(port: string, os: string): Promise<string | undefined> {
  if (os === "windows") {
    const rows = await output("netstat", ["-ano", "-p", "TCP"]);
    const row = rows?.split("\n").find((row) =>
      new RegExp(`:${port}\\s+\\S+\\s+LISTENING`, "i").test(row)
    );
    const pid = row?.trim().split(/\s+/).at(-1);
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
