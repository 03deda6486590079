import { startTimer } from "../../timer.ts";

/** The two ends of a connection on this machine. */
export interface LocalConnection {
  /** The other end. */
  peer: Deno.NetAddr;
  /** Ours. */
  own: Deno.NetAddr;
}

/**
 * Whose the other end of a connection is: a user id; `closing` when nobody waits for an answer there
 * any more; `unknown` when it cannot be told.
 */
export type PeerUser = number | "closing" | "unknown";

/** So much is read of each table, in bytes: some 27,000 connections. */
const maxTableBytes = 4 * 1024 * 1024;

/** Reading takes milliseconds; who has to wait longer is not kept from signing in. */
const patience = 2_000;

/**
 * Asks Linux which user of this machine has opened a connection to us. Elsewhere, and wherever the
 * kernel's tables cannot be read, it is `unknown`.
 *
 * Deno opens files in `/proc` only for programs that may do everything, so `head` reads them.
 */
export async function peerUser(connection: LocalConnection): Promise<PeerUser> {
  if (Deno.build.os !== "linux") return "unknown";
  const stop = new AbortController();
  using _timer = startTimer(() => stop.abort(), patience);
  try {
    const { stdout } = await new Deno.Command("head", {
      args: ["-c", String(maxTableBytes), "/proc/self/uid_map", "/proc/net/tcp", "/proc/net/tcp6"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal: stop.signal,
    }).output();
    return peerUserIn(new TextDecoder().decode(stdout), connection);
  } catch {
    return "unknown";
  }
}

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
