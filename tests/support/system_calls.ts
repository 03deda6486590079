/**
 * What a program asked of the system, as `strace -f -e trace=execve,connect,openat` wrote it down.
 *
 * @module
 */

/** The flags that {@linkcode parseSystemCalls} understands the output of. */
export const straceFlags = ["-f", "-qq", "-s", "4096", "-e", "trace=execve,connect,openat"];

/** What a program and the programs that it started have done. */
export interface SystemCalls {
  /** The programs that were started, the program itself first. */
  started: string[];
  /** The files that it opened itself, each once; not those of programs that it started. */
  opened: string[];
  /** Where it connected to itself: `address:port`, or the path of a Unix socket. */
  connected: string[];
}

/** Reads the output of strace. */
export function parseSystemCalls(trace: string): SystemCalls {
  const started: string[] = [];
  const opened = new Set<string>();
  const connected = new Set<string>();
  const foreign = new Set<string>();
  for (const line of trace.split("\n")) {
    const [, pid, call, rest] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (!pid || !call || rest === undefined) continue;
    if (call === "execve") {
      const path = quoted(rest);
      // A search along PATH shows up as attempts that find nothing.
      if (!path || / = -1 E/.test(rest)) continue;
      if (started.length > 0) foreign.add(pid);
      started.push(path);
    } else if (foreign.has(pid)) {
      continue;
    } else if (call === "openat") {
      const path = quoted(rest);
      if (path) opened.add(path);
    } else if (call === "connect") {
      connected.add(addressOf(rest));
    }
  }
  return { started, opened: [...opened], connected: [...connected] };
}

function quoted(text: string): string | undefined {
  return /"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
}

function addressOf(text: string): string {
  const port = /sin6?_port=htons\((\d+)\)/.exec(text)?.[1];
  const host = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/.exec(text);
  return port && host ? `${host[1] ?? host[2]}:${port}` : quoted(text) ?? text;
}
