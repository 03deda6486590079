import { startTimer } from "../../base/timer.ts";

/** The two ends of a connection on this machine. */
export interface LocalConnection {
  /** The other end. */
  peer: Deno.NetAddr;
  /** Ours. */
  own: Deno.NetAddr;
}

/**
 * Whose the other end of a connection is: a user id; `closing` when nobody waits for an answer there
 * any more; `busy` when Linux was too slow to say, so that it may be asked again; `unknown` when it
 * cannot be told.
 */
export type PeerUser = number | "closing" | "busy" | "unknown";

/** What {@linkcode peerUser} may be told. */
export interface PeerUserOptions {
  /** Where the kernel's tables are read. */
  files?: readonly string[];
  /** How long reading may take, in milliseconds. */
  patience?: number;
}

const kernelTables = ["/proc/self/uid_map", "/proc/net/tcp", "/proc/net/tcp6"];

/** A table of 250,000 connections, more than which Linux hardly keeps, takes two seconds. */
const usualPatience = 10_000;

/**
 * Asks Linux which user of this machine has opened a connection to us. Elsewhere, and wherever the
 * kernel's tables cannot be read, it is `unknown`.
 *
 * Any user can fill those tables with connections that have ended, by the ten thousand and without
 * keeping one open. So nothing hangs on their length: the two rows of the connection are picked out of
 * all, and a visitor who would have to be let through because it took too long is `busy` instead.
 *
 * Deno opens files in `/proc` only for programs that may do everything, so `grep` reads them.
 */
export async function peerUser(
  connection: LocalConnection,
  { files = kernelTables, patience = usualPatience }: PeerUserOptions = {},
): Promise<PeerUser> {
  if (Deno.build.os !== "linux") return "unknown";
  const stop = new AbortController();
  using _timer = startTimer(() => stop.abort(), patience);
  const patterns = [...rowsOf(connection), wholeRange].flatMap((text) => ["-e", text]);
  try {
    const { stdout } = await new Deno.Command("grep", {
      // Without IPv6 there is no second table, which `-s` says nothing of.
      args: ["-hsF", ...patterns, "--", ...files],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal: stop.signal,
    }).output();
    if (stop.signal.aborted) return "busy";
    return peerUserIn(new TextDecoder().decode(stdout), connection);
  } catch {
    return stop.signal.aborted ? "busy" : "unknown";
  }
}

/** How the rows of both ends begin, after their number, in either table. */
function rowsOf({ peer, own }: LocalConnection): string[] {
  const others = namesOf(peer);
  return namesOf(own).flatMap((mine, at) => [`${others[at]} ${mine}`, `${mine} ${others[at]}`]);
}

/** How the line of `uid_map` ends where all users have numbers (user_namespaces(7)). */
const wholeRange = " 4294967295";

const established = "01";
const closeWait = "08";
/** What stands for users that a user namespace does not know. */
const overflowUser = 65_534;

/**
 * The same, from the text of `uid_map`, `tcp` and `tcp6` (proc_net(5), user_namespaces(7)).
 *
 * A socket whose program has let go of it counts as one of user 0 there, so the user of one that is
 * not established any more says nothing.
 */
export function peerUserIn(tables: string, { peer, own }: LocalConnection): PeerUser {
  const ends = [namesOf(peer), namesOf(own)] as const;
  let isClosing = false;
  for (const [, local, remote, state, uid] of tables.matchAll(row)) {
    if (ends[0].includes(local) && ends[1].includes(remote)) {
      if (state !== established) return "closing";
      const user = Number(uid);
      const isNamed = user !== overflowUser || /^\s*0\s+0\s+4294967295\s*$/m.test(tables);
      return isNamed ? user : "unknown";
    }
    // Where the other end is not listed, as with the browser of a Windows around this Linux.
    if (ends[1].includes(local) && ends[0].includes(remote)) isClosing = state === closeWait;
  }
  return isClosing ? "closing" : "unknown";
}

/** `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid …` */
const row =
  /^ *\d+: ([\dA-F]+:[\dA-F]{4}) ([\dA-F]+:[\dA-F]{4}) ([\dA-F]{2}) \S+ \S+ \S+ +(\d+) /gm;

/** How the tables name an address of the loopback interface: words in the order of the processor. */
function namesOf({ hostname, port }: Deno.NetAddr): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  if (hostname === "::1") return [`00000000000000000000000001000000${suffix}`];
  const word = hostname.split(".").reverse()
    .map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, "0")).join("");
  return [`${word}${suffix}`, `0000000000000000FFFF0000${word}${suffix}`];
}
