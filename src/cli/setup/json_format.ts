import { isDeepStrictEqual } from "node:util";
import { programVariables } from "../../settings/program_variables.ts";
import type { ClientFormat } from "./client_format.ts";
import { editJsonc, readJsonc } from "./edit_jsonc.ts";
import { maskJson } from "./mask_json.ts";
import { entriesOf, type ServerEntry } from "./server_entry.ts";

/** What distinguishes one client that is configured in JSON from the others. */
export interface JsonFormatOptions {
  /** The member that holds all servers. */
  key: "mcpServers" | "servers" | "context_servers" | "mcp" | "amp.mcpServers";
  /** Members that this client wants besides `command`, `args` and `env`, put in front of them. */
  extra?: Readonly<Record<string, unknown>>;
  /** Members that a new server gets behind them; the person may change them. */
  initial?: Readonly<Record<string, unknown>>;
  /** The client has `command` as one list with the arguments, and `environment` for `env`. */
  commandIsList?: true;
}

/**
 * Adds and removes servers in a JSON file with comments. A server that is there keeps its place and
 * what else is said of it (`disabled`, variables of other programs, comments around it).
 */
export function jsonFormat(
  options: JsonFormatOptions,
): Pick<ClientFormat, "entries" | "add" | "remove" | "masked"> {
  const { key, extra, initial, commandIsList } = options;
  const members = commandIsList ? listMembers : plainMembers;
  const variables = commandIsList ? "environment" : "env";
  return {
    masked: maskJson,
    entries(text) {
      const servers = readJsonc(text, [key]);
      return entriesOf(commandIsList ? plainServers(servers) : servers);
    },
    add(text = "", entry) {
      const present = readJsonc(text, [key, entry.name]);
      if (!isObject(present)) {
        return editJsonc(text, [key, entry.name], { ...extra, ...members(entry), ...initial });
      }
      const given = present[variables];
      const env = {
        ...Object.fromEntries(
          Object.entries(isObject(given) ? given : {})
            .filter(([name]) => !programVariables.has(name)),
        ),
        ...entry.env,
      };
      let edited = text;
      for (const [name, value] of Object.entries({ ...extra, ...members({ ...entry, env }) })) {
        if (isDeepStrictEqual(present[name], value)) continue;
        edited = editJsonc(edited, [key, entry.name, name], value);
      }
      return edited;
    },
    remove(text, name) {
      if (readJsonc(text, [key, name]) === undefined) return text;
      return editJsonc(text, [key, name], undefined);
    },
  };
}

type Members = Pick<ServerEntry, "command" | "args"> & { env: unknown };

function plainMembers({ command, args, env }: Members) {
  return { command, args, env };
}

function listMembers({ command, args, env }: Members) {
  return { command: [command, ...args], environment: env };
}

/** Servers whose command is a list, as they would be written otherwise. */
function plainServers(servers: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(Object(servers)).map(([name, server]) => {
      const { command, environment } = Object(server);
      const [program, ...args] = Array.isArray(command) ? command : [];
      return [name, { command: program, args, env: environment }];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
