import { isOptionName, optionNames, options } from "../../../settings/options.ts";
import type { SettingOption } from "../../../settings/setting_option.ts";

/** The key of our settings in the `_meta` of an entry of an MCP registry (reverse DNS). */
export const metaKey = "io.github.authful/mcp-proxy";

/** Where the official registry keeps what publishers add. */
const publisherKey = "io.modelcontextprotocol.registry/publisher-provided";

/** Where a registry says in which state an entry is. */
const officialKey = "io.modelcontextprotocol.registry/official";

/** A server of an MCP registry that can be reached over Streamable HTTP. */
export interface RegistryServer {
  /** Its name there: `com.company/tools`. */
  name: string;
  /** Its title. */
  title: string | undefined;
  /** What it is said to be. */
  description: string | undefined;
  /** Its settings, not yet read. */
  settings: Record<string, unknown>;
  /** Whether it is the latest version, as far as that is told. */
  isLatest: boolean;
}

/**
 * Reads a `server.json` or an entry of a list of the MCP registry's API (2025-12-11 and before): an object
 * with `server` and the registry's own `_meta`. Issuer, client id and other settings stand under
 * {@linkcode metaKey} in either `_meta`, or as variables of the remote that are named like ours.
 *
 * @returns `undefined` when it has no remote of type `streamable-http`, or was deleted
 */
export function readRegistryServer(value: unknown): RegistryServer | undefined {
  const item = object(value);
  const server = "server" in item ? object(item.server) : item;
  const { name, title, description } = server;
  if (typeof name !== "string") return undefined;
  const [own, registry] = [object(server._meta), object(item._meta)];
  const official = object(registry[officialKey] ?? own[officialKey]);
  if ((official.status ?? server.status) === "deleted") return undefined;
  const remotes = Array.isArray(server.remotes) ? server.remotes.map(object) : [];
  const remote = remotes.find(({ type }) => type === "streamable-http");
  if (!remote || typeof remote.url !== "string") return undefined;
  const variables = valuesOf(object(remote.variables));
  return {
    name,
    title: text(title),
    description: text(description),
    settings: {
      ...settingsAmong(variables),
      ...object(object(own[publisherKey])[metaKey]),
      ...object(own[metaKey]),
      // What the company's registry says of a server counts more than who published it.
      ...item === server ? {} : object(registry[metaKey]),
      backendUrl: remote.url.replaceAll(
        /\{([A-Za-z_]\w*)\}/g,
        (template, name) => variables.get(name) ?? template,
      ),
    },
    isLatest: official.isLatest !== false,
  };
}

/** What a registry gives its variables: a value for good, or one to begin with. */
function valuesOf(variables: Record<string, unknown>): Map<string, string> {
  return new Map(
    Object.entries(variables).flatMap(([name, input]): [string, string][] => {
      const value = object(input).value ?? object(input).default;
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

/** The variables that are settings of this program, by the name of the setting or of its variable. */
function settingsAmong(variables: ReadonlyMap<string, string>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [variable, value] of variables) {
    const name = isOptionName(variable) ? variable : optionNames.find((name) => {
      const row: SettingOption<unknown> = options[name];
      return row.env === variable;
    });
    if (name !== undefined) found[name] = value;
  }
  return found;
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
