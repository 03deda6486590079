import type { FlagTexts } from "../../settings/options.ts";
import { type OptionName, optionNames, options } from "../../settings/options.ts";
import type { SearchableMachine } from "../../platform/paths.ts";
import type { SettingOption } from "../../settings/setting_option.ts";
import type { ClientFormat } from "../setup/client_format.ts";
import { clients } from "../setup/clients.ts";
import type { ServerEntry } from "../setup/server_entry.ts";
import type { StartingClient } from "./known_server.ts";
import { readPlainArguments } from "../arguments/plain_arguments.ts";
import { ownArguments } from "./own_arguments.ts";

/** An entry of a client that starts this program. */
export interface ClientServer {
  /** Whose entry it is. */
  client: StartingClient;
  /** What the client calls it. */
  name: string;
  /** The server of our configuration file that it names, if it names one. */
  server: string | undefined;
  /** The texts of the settings that stand in the entry itself. */
  texts: FlagTexts;
}

/** Where {@linkcode readClientServers} looks. */
export interface ClientServersInputs {
  /** Whose clients are meant. */
  machine: SearchableMachine;
  /** Reads a text file. */
  readTextFile(path: string): Promise<string>;
}

/**
 * The entries in the configurations of known clients that start this program. Nothing is written; a
 * file that is not there or not understood has none, and one in the current directory is not looked at:
 * a setting can name a program to be started, and the directory may be a repository of anybody's.
 */
export async function readClientServers(inputs: ClientServersInputs): Promise<ClientServer[]> {
  const own = clients.filter(({ inCurrentDirectory }) => !inCurrentDirectory);
  return (await Promise.all(own.map((client) => serversOf(client, inputs)))).flat();
}

async function serversOf(
  format: ClientFormat,
  { machine, readTextFile }: ClientServersInputs,
): Promise<ClientServer[]> {
  let path: string;
  let entries: readonly ServerEntry[];
  try {
    path = format.location(machine);
    entries = await format.entries(await readTextFile(path));
  } catch {
    return [];
  }
  const { id, title } = format;
  return entries.flatMap((entry) => {
    const read = readEntry(entry);
    return read ? [{ client: { id, title, path }, name: entry.name, ...read }] : [];
  });
}

/** What an entry says of this program's settings. */
function readEntry(entry: ServerEntry): Pick<ClientServer, "server" | "texts"> | undefined {
  const own = ownArguments(entry);
  if (!own) return undefined;
  const flags = readPlainArguments(own);
  // With anything else, a client would not get it started either.
  if (!flags) return undefined;
  const texts: FlagTexts = { ...variables(entry.env), ...flags };
  const { backendUrl = "", ...rest } = texts;
  return backendUrl === "" || backendUrl.includes("://")
    ? { server: undefined, texts }
    : { server: backendUrl, texts: rest };
}

function variables(env: ServerEntry["env"]): FlagTexts {
  const texts: FlagTexts = {};
  for (const name of optionNames) {
    const row: SettingOption<unknown> = options[name as OptionName];
    const text = row.env === undefined ? undefined : env[row.env];
    // What the client fills in, as VS Code does with `${input:…}`, is not known here.
    if (text && !/^\$\{\w+:.*\}$/.test(text)) texts[name] = text;
  }
  return texts;
}
