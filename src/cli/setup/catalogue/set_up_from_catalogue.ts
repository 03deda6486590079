import { accountName } from "../../../base/account.ts";
import { asProxyError, oneLine } from "../../../base/errors.ts";
import { UsageError } from "../../../base/usage_error.ts";
import { cacheDirectory } from "../../../app/cache_directory.ts";
import { identityOf } from "../../../app/access.ts";
import {
  findStoredIdentity,
  listStoredIdentities,
} from "../../../credentials/stored_credentials.ts";
import { createConnections } from "../../../net/http_client.ts";
import { thisMachine } from "../../../platform/paths.ts";
import { listenForStopSignals } from "../../../platform/stop_signals.ts";
import type { ConfigTexts } from "../../../settings/config_document.ts";
import { defaultConfigPath } from "../../../settings/config_file.ts";
import { type OptionName, optionNames } from "../../../settings/options.ts";
import type { ResolvedSettings } from "../../../settings/resolve_settings.ts";
import type { CommandContext } from "../../commands/command.ts";
import { silentLog } from "../../doctor/silent_log.ts";
import { ownArguments } from "../../servers/own_arguments.ts";
import { resolveServer } from "../../servers/resolve_server.ts";
import { ask } from "../../terminal/ask.ts";
import { formatFacts } from "../../terminal/facts.ts";
import { formatJson } from "../../terminal/format_json.ts";
import type { Sink } from "../../terminal/terminal.ts";
import { changeFiles, type FileChange } from "../change_files.ts";
import { clientLocation } from "../client_location.ts";
import { chooseClient } from "../choose_client.ts";
import type { ClientFormat } from "../client_format.ts";
import { putConfiguredServer } from "../configured_server.ts";
import { jsonFormat } from "../json_format.ts";
import { makeNamedEntry } from "../make_entry.ts";
import { maskJson } from "../mask_json.ts";
import { inputEnded } from "../questions.ts";
import { selfCommand } from "../self_command.ts";
import type { ServerEntry } from "../server_entry.ts";
import { type ComparedEntry, compareEntry, decisive } from "./compare_entry.ts";
import { type CatalogueRecord, readRecord, recordPath, writeRecord } from "./catalogue_record.ts";
import { readCatalogue } from "./read_catalogue.ts";

/** The exit code when something was left alone that a person would have to agree to. */
const leftAlone = 3;

/**
 * `setup --from`: offers the servers of a catalogue and writes those that are wanted, into our
 * configuration file and by name into that of a client. A second run changes nothing.
 */
export async function setUpFromCatalogue(context: CommandContext): Promise<number> {
  const { flags, terminal, given } = context;
  const { err, out } = terminal;
  const isAsking = terminal.interactive && flags.yes === undefined &&
    flags["dry-run"] === undefined;
  if (!isAsking && flags.all === undefined && given === undefined) {
    throw new UsageError({
      what: "nobody says which servers of the catalogue are wanted",
      fix: "add --all, or name one of them",
      command: "setup",
    });
  }
  const client = flags.client === undefined && !terminal.interactive
    ? undefined
    : await chooseClient(context);
  // What stands in place of a backend is a name of the catalogue.
  const resolved = await context.resolve({ backendUrl: "" }, { unnamed: "none" });
  const { config, system } = resolved;
  using stop = listenForStopSignals();
  const { fetch } = await createConnections(resolved.settings);
  const catalogue = await readCatalogue(flags.from!, { fetch, signal: stop.signal });
  const configPath = config?.path ?? resolved.texts.config ?? defaultConfigPath(thisMachine());
  const record = await readRecord(recordPath(configPath));

  const compared: ComparedEntry[] = [];
  for (const entry of named(catalogue.entries, given, flags.from!)) {
    const found = await compareEntry(entry, {
      source: catalogue.source,
      config,
      system,
      record,
      holdsCredential: async (name, texts) =>
        await signedInAs({ name, texts }, resolved) !== undefined,
    });
    compared.push(await obeyPolicy(found, resolved));
  }
  for (const entry of compared) await show(entry, { resolved, err });
  if (catalogue.others > 0) {
    err.line(err.paint.dim(`${catalogue.others} more cannot be reached over Streamable HTTP`));
  }
  const wanted = flags.all === undefined && given === undefined
    ? await choose(compared, err)
    : compared;
  const taken = await agree(wanted, { isAsking, err });

  // A server of the person's own is not the catalogue's to hand out.
  const entries = taken.filter(({ state, isOfSystem }) => state !== "hidden" || isOfSystem)
    .map((entry) => clientEntry(entry, resolved));
  const changes = [
    ...configChange(taken, configPath),
    ...client && client !== "json" ? [clientChange(client, { flags, entries, err })] : [],
  ];
  const outcome = changes.length === 0 ? "written" : await changeFiles(context, changes);
  if (client === "json" && flags.json === undefined && outcome === "written") {
    const format = jsonFormat({ key: "mcpServers" });
    let text = "";
    for (const entry of entries) text = await format.add(text, entry);
    out.write(text);
  }
  if (outcome === "written") {
    await writeRecord(recordPath(configPath), {
      before: record,
      after: withTaken(record, { source: catalogue.source, taken }),
    });
  }
  const left = wanted.filter((entry) => !taken.includes(entry));
  if (flags.json !== undefined) {
    out.line(formatJson(report(catalogue.source, { compared, taken, outcome, client })));
  } else if (outcome === "written" && entries.length > 0 && client && client !== "json") {
    err.line(`Now: ${client.afterwards}; you are asked to sign in at the first use`);
  }
  if (outcome === "refused") return 1;
  return left.length > 0 ? leftAlone : 0;
}

/** The servers that are meant by name. */
function named<T extends { name: string }>(
  entries: readonly T[],
  given: string | undefined,
  from: string,
): readonly T[] {
  if (given === undefined) return entries;
  const found = entries.filter(({ name }) => name === given);
  if (found.length > 0) return found;
  throw new UsageError({
    what: `the catalogue ${from} has no server ${JSON.stringify(given)}`,
    fix: `name one of ${entries.map(({ name }) => name).join(", ")}`,
    command: "setup",
  });
}

/** A server that would not be started is not written. */
async function obeyPolicy(
  entry: ComparedEntry,
  { system, texts }: ResolvedSettings,
): Promise<ComparedEntry> {
  if (entry.state === "hidden" || entry.state === "refused") return entry;
  try {
    await resolveServer(serverOf(entry), { config: texts.config, system });
    return entry;
  } catch (error) {
    return { ...entry, state: "refused", why: asProxyError(error).what };
  }
}

function serverOf({ name, texts }: { name: string; texts: ConfigTexts }) {
  return { name, origin: "config file", path: "the catalogue", texts } as const;
}

/** Who is signed in with such settings. */
async function signedInAs(
  server: { name: string; texts: ConfigTexts },
  { system, texts }: ResolvedSettings,
): Promise<string | undefined> {
  try {
    const { settings } = await resolveServer(serverOf(server), { config: texts.config, system });
    const cacheDir = cacheDirectory(settings.cacheDir);
    const stored = findStoredIdentity(
      await listStoredIdentities({ cacheDir, log: silentLog }),
      identityOf(settings),
    );
    return stored && (accountName(stored.claims) ?? "somebody");
  } catch {
    // What cannot be used holds nothing.
    return undefined;
  }
}

const signs: Readonly<Record<ComparedEntry["state"], "ok" | "open" | "warning" | "failure">> = {
  new: "open",
  changed: "open",
  unchanged: "ok",
  "needs consent": "warning",
  hidden: "warning",
  refused: "failure",
};

/** Shows a server, before anything is written of it. */
async function show(
  entry: ComparedEntry,
  { resolved, err }: { resolved: ResolvedSettings; err: Sink },
): Promise<void> {
  const { name, title, description, texts, state, why, before } = entry;
  const { paint } = err;
  err.line(`${paint[signs[state]]} ${paint.bold(oneLine(name))}: ${state}${why ? `, ${why}` : ""}`);
  if (state === "unchanged" || state === "refused") return;
  const others = optionNames.filter((option) =>
    !["backendUrl", "oidcIssuerUrl", "oidcClientId"].includes(option) &&
    (texts[option] !== undefined || before?.[option] !== undefined)
  );
  // Settings that lead to a credential that is there send it to this backend without a question.
  const account = state === "new" ? await signedInAs(entry, resolved) : undefined;
  const value = (option: OptionName) =>
    before && before[option] !== texts[option]
      ? `${before[option] ?? "none"} → ${texts[option] ?? "none"}`
      : texts[option];
  err.write(formatFacts([
    ["is", [title, description].filter((text) => text).join(": ")],
    ["backend", value("backendUrl")],
    ["provider", value("oidcIssuerUrl") ?? "as the backend says"],
    ["client id", value("oidcClientId") ?? "registered by itself"],
    ...others.map((option) => [option, value(option)?.replaceAll("\n", " ")] as const),
    ["signed in", account && `${account}, with the same provider and client: used for this, too`],
  ], paint));
}

/** Asks which of them are wanted. */
async function choose(
  entries: readonly ComparedEntry[],
  err: Sink,
): Promise<readonly ComparedEntry[]> {
  const offered = entries.filter(({ state }) => state !== "refused");
  if (offered.length === 0) return [];
  const names = (answer: string) => answer.split(/[\s,]+/).filter((name) => name !== "");
  const answer = await ask(err, "Which of them? Names, or all:", {
    fallback: "all",
    check: (answer) => {
      const wrong = answer === "all"
        ? undefined
        : names(answer).find((name) => !offered.some((entry) => entry.name === name));
      return wrong === undefined ? undefined : `there is no ${JSON.stringify(wrong)}`;
    },
  });
  if (answer === undefined) throw inputEnded();
  return answer === "all" ? offered : offered.filter(({ name }) => names(answer).includes(name));
}

/** Those of the wanted that may be written; a person is asked about each credential that would move. */
async function agree(
  wanted: readonly ComparedEntry[],
  { isAsking, err }: { isAsking: boolean; err: Sink },
): Promise<readonly ComparedEntry[]> {
  const taken: ComparedEntry[] = [];
  for (const entry of wanted) {
    if (entry.state === "refused") continue;
    if (entry.state === "needs consent") {
      if (!isAsking) {
        err.line(`${err.paint.warning} ${entry.name} was left as it is: run this at a terminal`);
        continue;
      }
      const answer = await ask(err, `Let ${entry.name} go there, with your sign-in?`, {
        fallback: "y/N",
        check: (answer) => /^(?:y|yes|n|no|y\/n)$/i.test(answer) ? undefined : "answer yes or no",
      });
      if (answer === undefined || !["y", "yes"].includes(answer.toLowerCase())) continue;
    }
    taken.push(entry);
  }
  return taken;
}

function clientEntry({ name }: ComparedEntry, resolved: ResolvedSettings): ServerEntry {
  return makeNamedEntry(resolved, { name, server: name, self: selfCommand(), leftOut: [] });
}

function configChange(taken: readonly ComparedEntry[], path: string): FileChange[] {
  const written = taken.filter(isWritten);
  if (written.length === 0) return [];
  return [{
    path,
    change: (text) =>
      written.reduce<string>(
        (text, { name, texts, before }) => putConfiguredServer(text, { name, texts, before }),
        text ?? "",
      ),
    unchanged: "needs no change",
    masked: maskJson,
  }];
}

function isWritten({ state }: ComparedEntry): boolean {
  return state === "new" || state === "changed" || state === "needs consent";
}

/** Every entry in one change, except where the client has another program's under the name. */
function clientChange(
  client: ClientFormat,
  { flags, entries, err }: {
    flags: CommandContext["flags"];
    entries: readonly ServerEntry[];
    err: Sink;
  },
): FileChange {
  return {
    path: clientLocation(client, flags),
    async change(text) {
      let changed = text;
      for (const entry of entries) {
        if (changed !== undefined && !await isOurs(client, { text: changed, entry })) {
          err.line(`${err.paint.warning} ${client.title} has its own ${entry.name}: left as it is`);
          continue;
        }
        changed = await client.add(changed, entry);
      }
      return changed ?? "";
    },
    unchanged: "needs no change",
    masked: client.masked,
  };
}

/** Whether a name is free in a client's file, or starts this program by that name already. */
async function isOurs(
  client: ClientFormat,
  { text, entry }: { text: string; entry: ServerEntry },
): Promise<boolean> {
  if (await client.remove(text, entry.name) === text) return true;
  const present = (await client.entries(text)).find(({ name }) => name === entry.name);
  return present !== undefined && ownArguments(present)?.[0] === entry.name;
}

/** What is written now, beside what was. */
function withTaken(
  record: CatalogueRecord,
  { source, taken }: { source: string; taken: readonly ComparedEntry[] },
): CatalogueRecord {
  const written = taken.filter(isWritten);
  if (written.length === 0) return record;
  return {
    ...record,
    [source]: {
      ...record[source],
      ...Object.fromEntries(written.map(({ name, texts }) => [name, texts])),
    },
  };
}

function report(
  source: string,
  { compared, taken, outcome, client }: {
    compared: readonly ComparedEntry[];
    taken: readonly ComparedEntry[];
    outcome: "written" | "shown" | "refused";
    client: ClientFormat | "json" | undefined;
  },
) {
  return {
    source,
    client: client === "json" ? "json" : client?.id ?? null,
    outcome,
    servers: compared.map((entry) => ({
      name: entry.name,
      state: entry.state,
      ...entry.why !== undefined && { why: entry.why },
      ...Object.fromEntries(decisive.flatMap((option) => {
        const text = entry.texts[option];
        return text === undefined ? [] : [[option, text]];
      })),
      written: outcome === "written" && taken.includes(entry) && isWritten(entry),
    })),
  };
}
