import { isDeepStrictEqual } from "node:util";
import type { ConfigFile } from "../../settings/config_file.ts";
import { type ClientServersInputs, readClientServers } from "./client_servers.ts";
import type { KnownServer } from "./known_server.ts";

/**
 * Every server that was set up: those of the configuration file first, each with the clients whose
 * entries name it, then those whose settings stand in a client's own entry.
 */
export async function knownServers(
  config: ConfigFile | undefined,
  inputs: ClientServersInputs,
): Promise<KnownServer[]> {
  const entries = await readClientServers(inputs);
  const named = Object.entries(config?.servers ?? {}).map(([name, texts]): KnownServer => ({
    name,
    origin: "config file",
    path: config!.path,
    texts,
    clients: entries.filter(({ server }) => server === name).map(({ client }) => client),
  }));
  const inline: KnownServer[] = [];
  for (const { client, name, server, texts } of entries) {
    if (server !== undefined) continue;
    const at = inline.findIndex((known) =>
      known.name === name && isDeepStrictEqual(known.texts, texts)
    );
    if (at === -1) {
      inline.push({ name, origin: "client", path: client.path, texts, clients: [client] });
    } else {
      inline[at] = { ...inline[at], clients: [...inline[at].clients, client] };
    }
  }
  return [...named, ...inline];
}
