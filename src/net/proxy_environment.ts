import { portOf } from "./port_of.ts";

/** A proxy that the environment names. */
export interface Proxy {
  /** Where it is, with user name and password if it wants them. */
  readonly url: URL;
  /** The variable that names it, for people to look at. */
  readonly variable: string;
}

/** What the environment says of proxies. */
export interface ProxyEnvironment {
  /** The proxy that a request goes through; `undefined` for none. */
  proxyFor(url: URL): Proxy | undefined;
  /** The proxies that there are. */
  readonly proxies: readonly Proxy[];
  /** Variables that name no proxy that can be used, so that requests go without. */
  readonly unusable: readonly string[];
  /** What Deno has to find in the environment in order to do the same; `undefined` for nothing. */
  readonly forDeno: Readonly<Record<string, string | undefined>>;
}

/** Reads one variable of the environment. */
export type ReadVariable = (name: string) => string | undefined;

/**
 * Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not, as people write
 * them for curl and others: the variable of the scheme before `ALL_PROXY`, an empty one as if it was
 * not set, a proxy without a scheme, a user without a password, exceptions as `corp.test`,
 * `.corp.test`, `*.corp.test`, `host:443`, `10.0.0.0/8`, `10.*` and `[::1]`, between commas or spaces.
 * This machine is always reached directly: a proxy cannot reach what listens here alone.
 *
 * @param targets what is known to be requested: an exception for one port holds for a host when its
 * port here is that one
 */
export function readProxyEnvironment(
  env: ReadVariable,
  targets: readonly URL[] = [],
): ProxyEnvironment {
  const unusable: string[] = [];
  const proxies = { "https:": find("HTTPS_PROXY"), "http:": find("HTTP_PROXY") };
  const exceptions = [
    ...(env("NO_PROXY")?.trim() || env("no_proxy") || "").split(/[\s,]+/)
      .map((entry) => plainException(entry.toLowerCase(), targets))
      .filter((entry) => entry !== ""),
    ...loopback,
  ];
  const isProxied = proxies["https:"] || proxies["http:"];

  function find(name: "HTTPS_PROXY" | "HTTP_PROXY"): Proxy | undefined {
    const names = [name, name.toLowerCase(), "ALL_PROXY", "all_proxy"];
    // To a CGI program this one is a header field of whoever asks, `Proxy:`.
    if (name === "HTTP_PROXY" && env("REQUEST_METHOD") !== undefined) return undefined;
    for (const variable of names) {
      const text = env(variable)?.trim();
      if (!text) continue;
      const url = proxyUrl(text);
      if (url) return { url, variable };
      if (!unusable.includes(variable)) unusable.push(variable);
    }
    return undefined;
  }

  return {
    proxyFor(url) {
      return exceptions.some((exception) => matches(url.hostname, exception))
        ? undefined
        : proxies[url.protocol as keyof typeof proxies];
    },
    proxies: Object.values(proxies).filter((proxy) => proxy !== undefined),
    unusable,
    forDeno: {
      HTTPS_PROXY: textFor(proxies["https:"]),
      HTTP_PROXY: textFor(proxies["http:"]),
      NO_PROXY: isProxied ? exceptions.join(",") : undefined,
      // Deno prefers these to those of the scheme.
      ALL_PROXY: undefined,
      all_proxy: undefined,
    },
  };
}

const loopback = ["localhost", "127.0.0.0/8", "::1"];

function proxyUrl(text: string): URL | undefined {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  return url && url.hostname !== "" && /^(?:https?|socks5h?):$/.test(url.protocol)
    ? url
    : undefined;
}

/** Deno ignores a proxy with a user name and no colon behind it. */
function textFor(proxy: Proxy | undefined): string | undefined {
  if (!proxy) return undefined;
  const { protocol, username, password, host } = proxy.url;
  return `${protocol}//${username || password ? `${username}:${password}@` : ""}${host}`;
}

/** One exception in a form that Deno knows: `*`, a name, an address or a network. */
function plainException(entry: string, targets: readonly URL[]): string {
  const [, bracketed, bracketedPort] = /^\[([\da-f:.]+)\](?::(\d+))?$/.exec(entry) ?? [];
  if (bracketed) {
    return hasPort(`[${bracketed}]`, { port: bracketedPort, targets }) ? bracketed : "";
  }
  const [, named, port] = /^([^:]+):(\d+)$/.exec(entry) ?? [];
  const host = (named ?? entry).replace(/^\*?\.(?=.)/, "").replace(/\.$/, "");
  if (!hasPort(host, { port, targets })) return "";
  // As Windows and older programs have it: 10.* or 192.168.
  const beginning = host.replace(/(?:\.\*)+$/, "");
  if (/^\d{1,3}(?:\.\d{1,3}){0,2}$/.test(beginning)) {
    const parts = beginning.split(".");
    return `${[...parts, "0", "0", "0"].slice(0, 4).join(".")}/${8 * parts.length}`;
  }
  return host;
}

/** Whether an exception for one port holds: for what is requested, else for the usual ports. */
function hasPort(
  host: string,
  { port, targets }: { port: string | undefined; targets: readonly URL[] },
): boolean {
  if (port === undefined) return true;
  const same = targets.filter(({ hostname }) => matches(hostname, host));
  if (same.length === 0) return port === "443" || port === "80";
  return same.some((url) => portOf(url) === Number(port));
}

function matches(hostname: string, exception: string): boolean {
  if (exception === "*") return true;
  const host = hostname.replace(/[[\]]/g, "");
  const address = addressOf(host);
  const [network, bits] = exception.replace(/[[\]]/g, "").split("/");
  const base = addressOf(network);
  if (address && base) {
    if (address.length !== base.length) return false;
    const length = bits === undefined ? Infinity : Number(bits);
    return isWithin(address, { base, length });
  }
  if (address) return false;
  return host === exception || host.endsWith(`.${exception}`);
}

function isWithin(
  address: readonly number[],
  { base, length }: { base: readonly number[]; length: number },
): boolean {
  return address.every((byte, index) => {
    const bits = Math.min(Math.max(length - 8 * index, 0), 8);
    const mask = 0xff & (0xff << (8 - bits));
    return (byte & mask) === (base[index] & mask);
  });
}

/** The bytes of an IP address; `undefined` when it is none. */
function addressOf(text: string): number[] | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return text.split(".").map(Number);
  // Whatever the notation, the URL parser writes groups of hexadecimal digits.
  const written = URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1);
  if (written === undefined) return undefined;
  const [front, back] = written.split("::").map((half) => half === "" ? [] : half.split(":"));
  const groups = back
    ? [...front, ...Array<string>(8 - front.length - back.length).fill("0"), ...back]
    : front;
  return groups.flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
