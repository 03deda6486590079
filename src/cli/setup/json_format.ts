import { isDeepStrictEqual } from "node:util";
import { programVariables } from "../../settings/program_variables.ts";
import type { ClientFormat } from "./client_format.ts";
import { editJsonc, readJsonc } from "./edit_jsonc.ts";
import { maskJson } from "./mask_json.ts";
import { entriesOf, type ServerEntry } from "./server_entry.ts";

/** What distinguishes one client that is configured in JSON from the others. */
export interface JsonFormatOptions {
  /** The member that holds all servers. */
  key: "mcpServers" | "servers" | "context_servers";
  /** Members that this client wants besides `command`, `args` and `env`, put in front of them. */
  extra?: Readonly<Record<string, unknown>>;
}

/**
 * Adds and removes servers in a JSON file with comments. A server that is there keeps its place and
 * what else is said of it (`disabled`, variables of other programs, comments around it).
 */
export function jsonFormat(
  options: JsonFormatOptions,
): Pick<ClientFormat, "entries" | "add" | "remove" | "masked"> {
  const { key, extra = {} } = options;
  return {
    masked: maskJson,
    entries(text) {
      return entriesOf(readJsonc(text, [key]));
    },
    add(text = "", entry) {
      const present = readJsonc(text, [key, entry.name]);
      if (!isObject(present)) {
        return editJsonc(text, [key, entry.name], { ...extra, ...members(entry) });
      }
      const env = {
        ...Object.fromEntries(
          Object.entries(isObject(present.env) ? present.env : {})
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

function members(
  { command, args, env }: Pick<ServerEntry, "command" | "args"> & { env: unknown },
) {
  return { command, args, env };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
