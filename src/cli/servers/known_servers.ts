import { isDeepStrictEqual } from "node:util";
import type { ConfigFile } from "../../settings/config_document.ts";
import { type ClientServersInputs, readClientServers } from "./client_servers.ts";
import type { KnownServer } from "./known_server.ts";

/** The configuration files that servers are set up in. */
export interface ConfigFiles {
  /** The person's. */
  config: ConfigFile | undefined;
  /** The administrator's, which every user of the machine has. */
  system: ConfigFile | undefined;
}

/**
 * Every server that was set up: those of the configuration files first, the person's before the
 * administrator's, each with the clients whose entries name it, then those whose settings stand in a
 * client's own entry.
 */
export async function knownServers(
  { config, system }: ConfigFiles,
  inputs: ClientServersInputs,
): Promise<KnownServer[]> {
  const entries = await readClientServers(inputs);
  const startedBy = (name: string) =>
    entries.filter(({ server }) => server === name).map(({ client }) => client);
  const named = Object.entries(config?.servers ?? {}).map(([name, texts]): KnownServer => ({
    name,
    origin: "config file",
    path: config!.path,
    texts,
    clients: startedBy(name),
  }));
  for (const [name, texts] of Object.entries(system?.servers ?? {})) {
    const isHidden = config !== undefined && Object.hasOwn(config.servers, name);
    named.push({
      name,
      origin: "system file",
      path: system!.path,
      texts,
      clients: isHidden ? [] : startedBy(name),
      ...isHidden && { hiddenBy: config.path },
    });
  }
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
