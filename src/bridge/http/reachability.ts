import { ProxyError } from "../../base/errors.ts";
import { proxyFor, shownProxy } from "../../net/proxy.ts";
import type { Proxy } from "../../net/proxy_environment.ts";
import { startTimer, type Timer } from "../../base/timer.ts";

/** Notices that a backend cannot be reached any more, for those who wait for it. */
export interface Reachability {
  /**
   * Watches one wait; `onLost` is called at most once, unless the wait ends before. One that
   * `mayBeSilent` is given up only when the machine has slept.
   */
  watch(onLost: (error: ProxyError) => void, mayBeSilent?: boolean): Wait;
}

/** Something that is waited for. */
export interface Wait {
  /** Bytes came from the backend. */
  alive(): void;
  /** What was waited for is there. */
  end(): void;
}

/** What {@linkcode createReachability} needs. */
export interface ReachabilityOptions {
  /** The backend. */
  url: URL;
  /** How long connecting may take, in milliseconds. */
  connectTimeout: number;
  /** Tries to connect; rejects when that fails or takes longer than it may. */
  connect?: (url: URL, milliseconds: number) => Promise<void>;
  /** The present, in milliseconds; goes on while the machine sleeps. */
  now?: () => number;
  /** After how long a silence a backend that has answered before is doubted, in milliseconds. */
  longSilence: number;
  /**
   * Asked when a request has been silent for long: whether the connections that there are are dead
   * though the backend can be reached. Whoever says so has put others in their place.
   */
  areConnectionsDead?: () => Promise<boolean>;
}

/** How often what is waited for is looked at, in milliseconds. */
const pollInterval = (connectTimeout: number) => Math.min(1_000, connectTimeout / 5);
const idleInterval = (connectTimeout: number) => Math.min(20_000, connectTimeout);
/** Connections outlive short outages of the network; this is how long one is given. */
const outage = 60_000;
/** Connections that nobody uses are not kept for longer than this. */
const longestIdle = 120_000;
/** A machine that has slept for longer than this has lost its connections, most likely. */
const longSleep = 300_000;
/** How long they have to show that they are still there. */
const wakeUp = 30_000;

/**
 * Watches waits without touching their connections: it tries another connection from time to time.
 * That tells a backend that is slow from one that is gone, and it is the only way to limit the time
 * that connecting takes.
 */
export function createReachability(options: ReachabilityOptions): Reachability {
  const { url, connectTimeout, connect = connectTcp, now = Date.now, areConnectionsDead } = options;
  const { longSilence } = options;
  const waits = new Set<Waiting>();
  let timer: Timer | undefined;
  let isTimerUrgent = false;
  let lastTick = 0;
  let lastSign = -Infinity;
  let lastProbe = 0;
  let failingSince: number | undefined;
  let probing = false;
  let isChecking = false;
  let lastCheck = 0;

  interface Waiting {
    lastSign: number;
    /** Nothing came from the backend when it began: there may be no connection yet. */
    isFirst: boolean;
    mayBeSilent: boolean;
    /** When it is given up unless there is a sign of life. */
    suspectUntil: number;
    onLost: (error: ProxyError) => void;
  }

  /** All that was silent before the check and still is waits on what is dead. */
  async function checkConnections(since: number) {
    isChecking = true;
    lastCheck = since;
    try {
      if (!await areConnectionsDead?.()) return;
      for (const wait of [...waits]) {
        if (wait.lastSign < since) lose(wait, connectionDead(url));
      }
    } finally {
      isChecking = false;
    }
  }

  function check() {
    const present = now();
    const slept = present - lastTick > longSleep;
    lastTick = present;
    let isSilent = false;
    let isSilentForLong = false;
    for (const wait of [...waits]) {
      const silence = present - wait.lastSign;
      if (slept) wait.suspectUntil = present + wakeUp;
      if (present >= wait.suspectUntil) {
        lose(wait, networkLost(url));
        continue;
      }
      if (wait.mayBeSilent) continue;
      isSilentForLong ||= !wait.isFirst && silence >= longSilence;
      isSilent ||= silence >= (wait.isFirst ? connectTimeout / 2 : longSilence);
      if (wait.isFirst && silence >= connectTimeout && failingSince !== undefined) {
        lose(wait, notConnected(url, connectTimeout));
      } else if (failingSince !== undefined && present - failingSince >= outage) {
        lose(wait, networkLost(url));
      }
    }
    const isDue = failingSince !== undefined || present - lastProbe >= longSilence ||
      [...waits].some(({ isFirst }) => isFirst);
    if (isSilent && isDue && !probing) probe(present);
    if (isSilentForLong && !isChecking && present - lastCheck >= longSilence) {
      checkConnections(present);
    }
    timer = undefined;
    setTimer();
  }

  /** What may be silent is looked at seldom: an idle program should not wake the machine. */
  function setTimer() {
    const isUrgent = [...waits].some(({ mayBeSilent }) => !mayBeSilent);
    if (timer && (isTimerUrgent || !isUrgent)) return;
    timer?.stop();
    isTimerUrgent = isUrgent;
    const milliseconds = isUrgent ? pollInterval(connectTimeout) : idleInterval(connectTimeout);
    timer = waits.size > 0 ? startTimer(check, milliseconds) : undefined;
  }

  async function probe(since: number) {
    probing = true;
    lastProbe = since;
    try {
      await connect(url, connectTimeout / 2);
      failingSince = undefined;
      for (const wait of waits) wait.isFirst = false;
    } catch {
      failingSince ??= since;
    } finally {
      probing = false;
    }
  }

  function lose(wait: Waiting, error: ProxyError) {
    waits.delete(wait);
    wait.onLost(error);
  }

  return {
    watch(onLost, mayBeSilent = false) {
      const present = now();
      const wait: Waiting = {
        lastSign: present,
        isFirst: present - lastSign > longestIdle,
        mayBeSilent,
        suspectUntil: Infinity,
        onLost,
      };
      waits.add(wait);
      if (timer === undefined) lastTick = present;
      if (timer === undefined || !isTimerUrgent) setTimer();
      const alive = () => {
        lastSign = wait.lastSign = now();
        wait.isFirst = false;
        wait.suspectUntil = Infinity;
        failingSince = undefined;
      };
      return {
        alive,
        end() {
          waits.delete(wait);
          if (waits.size > 0) return;
          timer?.stop();
          timer = undefined;
        },
      };
    },
  };
}

async function connectTcp(url: URL, milliseconds: number): Promise<void> {
  const proxy = proxyFor(url);
  if (proxy) return await connectThrough(proxy, { url, milliseconds });
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  await connectTo({ hostname, port, milliseconds });
}

async function connectTo(
  { hostname, port, milliseconds }: { hostname: string; port: number; milliseconds: number },
): Promise<void> {
  const late = Promise.withResolvers<never>();
  using _timer = startTimer(() => late.reject(new Error("too late")), milliseconds);
  const connecting = Deno.connect({ hostname, port });
  connecting.then((connection) => connection.close(), () => {});
  await Promise.race([connecting, late.promise]);
}

/** As `fetch` does it: a tunnel for https; for http, the proxy itself answers for what is behind it. */
async function connectThrough(
  proxy: Proxy,
  { url, milliseconds }: { url: URL; milliseconds: number },
): Promise<void> {
  const isTunnelled = url.protocol === "https:" && !proxy.url.protocol.startsWith("socks");
  if (!isTunnelled) {
    const port = proxy.url.port || (proxy.url.protocol.startsWith("socks") ? "1080" : "80");
    return await connectTo({
      hostname: proxy.url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(port),
      milliseconds,
    });
  }
  const { openTunnel } = await import("../../net/proxy_tunnel.ts");
  const signal = AbortSignal.timeout(milliseconds);
  (await openTunnel(url, { proxy, signal })).destroy();
}

function notConnected(url: URL, timeout: number): ProxyError {
  const proxy = proxyFor(url);
  return new ProxyError({
    category: "Network error",
    what: proxy
      ? `no connection to ${url.origin} through the proxy ${shownProxy(proxy)} within ${
        timeout / 1000
      } s`
      : `no connection to ${url.origin} within ${timeout / 1000} s`,
    fix: proxy
      ? `check ${proxy.variable} and the network, or name ${url.hostname} in NO_PROXY if it can be ` +
        "reached directly"
      : "check MCP_BACKEND_URL and the network, or raise --connect-timeout",
    // Not `backend_unreachable`: that nothing came back does not prove that nothing got there.
    reason: "connect_timeout",
    transient: true,
  });
}

function connectionDead(url: URL): ProxyError {
  return new ProxyError({
    category: "Network error",
    what: `the connection to ${url.origin} had died silently, while the backend answers on a new ` +
      "one; the request may have been carried out",
    fix: "check what was done before you try again",
    reason: "connection_lost",
    transient: true,
  });
}

function networkLost(url: URL): ProxyError {
  return new ProxyError({
    category: "Network error",
    what: `${url.origin} cannot be reached any more; the request may have been carried out`,
    fix: "check the network, and what was done before you try again",
    reason: "connection_lost",
    transient: true,
  });
}
