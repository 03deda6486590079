import type { CommandContext } from "../commands/command.ts";
import { type SearchableMachine, thisMachine } from "../../platform/paths.ts";
import { readClientServers } from "../servers/client_servers.ts";
import { UsageError } from "../../base/usage_error.ts";
import { changeFiles, type FileChange } from "./change_files.ts";
import type { ClientFormat } from "./client_format.ts";
import { clientLocation } from "./client_location.ts";
import { reportSetup } from "./report_setup.ts";
import { clients } from "./clients.ts";
import { removeConfiguredServer } from "./configured_server.ts";
import { readBackups } from "./write_configuration.ts";
import { maskJson } from "./mask_json.ts";
import { suggestName } from "./make_entry.ts";
import { readTextFile } from "../../base/read_file.ts";

/**
 * `setup --remove`: takes a server out of one client, or, when none is named, out of every client and
 * out of the configuration file; with `--all` every server.
 */
export async function removeServer(
  context: CommandContext,
  client: ClientFormat | "json" | undefined,
  { machine = thisMachine() }: { machine?: SearchableMachine } = {},
): Promise<number> {
  const { flags, terminal: { err } } = context;
  if (client === "json") {
    throw new UsageError({
      what: "--remove needs a client whose file can be written",
      fix: "name another client with --client",
      command: "setup",
    });
  }
  const name = flags.all === undefined ? flags.name ?? await givenName(context) : undefined;
  if (name === undefined && (flags.name ?? context.given ?? "") !== "") {
    throw new UsageError({
      what: "--all is every server, and one is named besides",
      fix: "leave one of them out",
      command: "setup",
    });
  }
  if (name === undefined && (flags.file !== undefined || flags.scope !== undefined)) {
    throw new UsageError({
      what: "--remove --all looks where each client keeps its servers, and not elsewhere",
      fix: "leave --file and --scope out, or name the server",
      command: "setup",
    });
  }
  const changes = client && name !== undefined
    ? [removal(client, { path: clientLocation(client, flags, machine), names: [name] })]
    : await everywhere(context, { name, client, machine });
  if (changes.length === 0 && name !== undefined) {
    throw new UsageError({
      what: `no server ${JSON.stringify(name)} is set up`,
      fix: "see authful-mcp-proxy servers for those that are",
      command: "setup",
    });
  }
  const files = changes.map(({ change }) => change);
  const outcome = await changeFiles(context, files);
  reportSetup(context, {
    server: name ?? null,
    client: client?.id ?? null,
    outcome,
    changes: files,
  });
  if (outcome === "refused") return 1;
  if (changes.length === 0) err.line(`${err.paint.ok} No server is set up`);
  const restart = changes.flatMap(({ title }) => title ?? []);
  if (outcome === "written" && restart.length > 0) {
    err.line(
      `Now: restart ${restart.join(" and ")} if ${
        restart.length > 1 ? "they still show" : "it still shows"
      } the server`,
    );
  }
  return 0;
}

interface Removal {
  change: FileChange;
  /** The client whose file it is. */
  title?: string;
}

function removal(
  client: ClientFormat,
  { path, names }: { path: string; names: readonly string[] },
): Removal {
  return {
    title: client.title,
    change: {
      path,
      async change(text) {
        let left = text ?? "";
        for (const name of names) left = await client.remove(left, name);
        return left;
      },
      unchanged: `has no server ${names.map((name) => JSON.stringify(name)).join(" and ")}`,
      masked: client.masked,
      async goes(text) {
        const nothing = await nothingFor(client);
        // Some clients make such a file themselves: then it was there before setup wrote into it.
        return text === nothing && !(await readBackups(path)).has(nothing);
      },
    },
  };
}

/** What is left of a file that setup made for this client, when its only server is taken out again. */
async function nothingFor(client: ClientFormat): Promise<string> {
  const entry = { name: "any", command: "any", args: [], env: {}, inherited: ["ANY"] };
  return await client.remove(await client.add(undefined, entry), entry.name);
}

/**
 * Every client that starts the server under its name, and our own file; without a name every server,
 * with a client that client only.
 */
async function everywhere(
  { resolve }: CommandContext,
  { name, client, machine }: {
    name: string | undefined;
    client: ClientFormat | undefined;
    machine: SearchableMachine;
  },
): Promise<Removal[]> {
  const isMeant = (server: string) => name === undefined || server === name;
  const entries = await readClientServers({
    machine,
    readTextFile: (path) => readTextFile(path, { pipes: false }),
  });
  const found = Map.groupBy(
    entries.filter((entry) =>
      isMeant(entry.server ?? entry.name) && (!client || entry.client.id === client.id)
    ),
    ({ client }) => client.id,
  );
  const removals = [...found].map(([id, entries]) =>
    removal(clients.find((client) => client.id === id)!, {
      path: entries[0].client.path,
      names: entries.map(({ name }) => name),
    })
  );
  if (client) return removals;
  const { config } = await resolve({ backendUrl: "" }, { unnamed: "none" });
  const names = Object.keys(config?.servers ?? {}).filter(isMeant);
  if (config && names.length > 0) {
    removals.push({
      change: {
        path: config.path,
        change: (text) => names.reduce<string | undefined>(removeConfiguredServer, text)!,
        unchanged: `has no server ${names.map((name) => JSON.stringify(name)).join(" and ")}`,
        masked: maskJson,
      },
    });
  }
  return removals;
}

/** The server that stands where a command takes the backend: its name, or what setup calls its URL. */
async function givenName({ given = "", resolve }: CommandContext): Promise<string> {
  if (given !== "" && !given.includes("://")) return given;
  const { settings, server } = await resolve({}, { unnamed: "none" });
  const name = server?.name ?? (settings.backendUrl && suggestName(settings.backendUrl));
  if (name !== undefined) return name;
  throw new UsageError({
    what: "--remove does not know which server is meant",
    fix: "name it, or pass --name with the name that the client has for it",
    command: "setup",
  });
}
