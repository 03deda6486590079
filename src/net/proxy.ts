import { rememberSecret } from "../base/redactor.ts";
import { isLoopback } from "../base/is_loopback.ts";
import type { Proxy, ProxyEnvironment, ReadVariable } from "./proxy_environment.ts";

/** While none of these is set, nothing else has to be read. */
const variables = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

let applied: ProxyEnvironment | undefined;
/** What has been replaced in the environment, as it was. */
const replaced = new Map<string, string | undefined>();

/**
 * Has Deno go through the proxies that the environment names, in the forms that people write. It
 * reads its variables when it connects for the first time: call this before.
 *
 * @param targets what is known to be requested, with its ports
 */
export async function applyProxyEnvironment(targets: readonly URL[]): Promise<void> {
  if (applied || !variables.some((name) => Deno.env.get(name))) return;
  const { readProxyEnvironment } = await import("./proxy_environment.ts");
  const read = readProxyEnvironment((name) => Deno.env.get(name), targets);
  for (const [name, value] of Object.entries(read.forDeno)) {
    const original = Deno.env.get(name);
    if (original === value) continue;
    replaced.set(name, original);
    if (value !== undefined) Deno.env.set(name, value);
    else Deno.env.delete(name);
  }
  for (const { url: { password } } of read.proxies) {
    rememberSecret(password);
    rememberSecret(decodeURIComponent(password));
  }
  applied = read;
}

/** The proxy that a request of this program goes through; `undefined` for none. */
export function proxyFor(url: URL): Proxy | undefined {
  return isLoopback(url.hostname) ? undefined : applied?.proxyFor(url);
}

/** Variables that name no proxy that can be used, so that requests go without. */
export function unusableProxyVariables(): readonly string[] {
  return applied?.unusable ?? [];
}

/** What {@linkcode applyProxyEnvironment} has replaced, for other programs that are started. */
export function replacedProxyVariables(): Readonly<Record<string, string>> {
  // What was not set cannot be taken back for them; it says the same in other words.
  return Object.fromEntries(
    [...replaced].filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Reads variables as the person has set them. */
export function asWritten(env: ReadVariable): ReadVariable {
  return (name) => replaced.has(name) ? replaced.get(name) : env(name);
}

/** Where a proxy is and which variable names it, without its password. */
export function shownProxy({ url, variable }: Proxy): string {
  return `${url.protocol}//${url.host} (${variable})`;
}
