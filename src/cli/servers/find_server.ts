import { isDeepStrictEqual } from "node:util";
import {
  configuredServer,
  type SettingInputs,
  unknownServer,
  type WantedServer,
} from "../../settings/resolve_settings.ts";
import { UsageError } from "../../base/usage_error.ts";
import type { ClientServersInputs } from "./client_servers.ts";
import type { KnownServer } from "./known_server.ts";
import { knownServers } from "./known_servers.ts";

/** What is done when nobody says which server is meant. */
export interface FindServerOptions extends ClientServersInputs {
  /**
   * Has one of several chosen; `undefined` for none of them.
   *
   * @throws {UsageError} where there is nobody to choose
   */
  choose(servers: readonly KnownServer[]): Promise<KnownServer | undefined>;
}

/**
 * Finds the server that a command is about among those that were set up: by its name or the URL of
 * its backend, in our configuration file first and then in the entries of clients, which are only
 * read. Without either, it is the one that there is.
 */
export function serverFinder(
  { choose, ...inputs }: FindServerOptions,
): NonNullable<SettingInputs["findServer"]> {
  return async ({ text, config, system, isIdentified, commandNames = [] }) => {
    const isUrl = text.includes("://");
    // Whoever names provider and client means those, and no server that was set up.
    if (isIdentified && (isUrl || text === "")) return undefined;
    const own = isUrl ? undefined : configuredServer(text, { config, system });
    if (own) return own;
    const all = (await knownServers({ config, system }, inputs))
      .filter(({ hiddenBy }) => hiddenBy === undefined);
    if (text === "") return all.length > 1 ? await choose(all) : all[0];
    const matching = all.filter(({ name, texts }) =>
      isUrl ? isSameUrl(texts.backendUrl, text) : name === text
    );
    const first = matching[0];
    if (!first && !isUrl) {
      return await unknown(text, {
        config: config ?? system,
        names: [...commandNames, ...all.map(({ name }) => name)],
      });
    }
    const others = matching.filter(({ origin }) => origin === first.origin);
    const isClear = others.every(({ texts }) => isDeepStrictEqual(texts, first.texts));
    if (!isClear) throw severalServers(others, `${JSON.stringify(text)} was set up more than once`);
    return first;
  };
}

/** The error that lists the servers of which one is to be named. */
export function severalServers(
  servers: readonly KnownServer[],
  what = "several servers are set up",
): UsageError {
  return new UsageError({
    what: `${what}: ${servers.map(describeServer).join("; ")}`,
    fix: "name the one that is meant",
  });
}

/** A server in a few words: its name, its backend, and where it was set up. */
export function describeServer({ name, texts, origin, path, clients }: KnownServer): string {
  const where = origin === "client"
    ? `${clients.map(({ title }) => title).join(", ")}, ${path}`
    : path;
  return `${name} (${texts.backendUrl ?? "no URL"}, in ${where})`;
}

/** @throws {UsageError} for a word that could be the name of a server */
async function unknown(
  text: string,
  { config, names }: Pick<WantedServer, "config"> & { names: readonly string[] },
): Promise<undefined> {
  if (!/^[A-Za-z][\w-]*$/.test(text)) return undefined;
  throw await unknownServer(text, { config, names });
}

function isSameUrl(left: string | undefined, right: string): boolean {
  const [one, other] = [left, right].map((text) => text && URL.parse(text)?.href);
  return one !== undefined && one === other;
}
