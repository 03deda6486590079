import { adviceText } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import { readTextFile } from "../../base/read_file.ts";
import type { CommandContext } from "./command.ts";
import { defaultConfigPath } from "../../settings/config_file.ts";
import { type OptionName, options } from "../../settings/options.ts";
import { thisMachine } from "../../platform/paths.ts";
import type { ResolvedSettings } from "../../settings/resolve_settings.ts";
import { changeFiles, type FileChange } from "../setup/change_files.ts";
import type { ClientFormat } from "../setup/client_format.ts";
import { clientLocation } from "../setup/client_location.ts";
import { chooseClient } from "../setup/choose_client.ts";
import { clients } from "../setup/clients.ts";
import { checkBackendAccess, checkBeforeSetup } from "../setup/check_before_setup.ts";
import { completeSettings } from "../setup/complete_settings.ts";
import { addConfiguredServer, settingsToWrite } from "../setup/configured_server.ts";
import { jsonFormat } from "../setup/json_format.ts";
import { makeEntry, makeNamedEntry, suggestName } from "../setup/make_entry.ts";
import { maskJson } from "../setup/mask_json.ts";
import { inputEnded, nobodyToAsk } from "../setup/questions.ts";
import { reportSetup } from "../setup/report_setup.ts";
import { removeServer } from "../setup/remove_server.ts";
import { readClientServers } from "../servers/client_servers.ts";
import { selfCommand } from "../setup/self_command.ts";
import type { ServerEntry } from "../setup/server_entry.ts";
import { ask } from "../terminal/ask.ts";
import type { Sink } from "../terminal/terminal.ts";
import { UsageError } from "../../base/usage_error.ts";
import { signInByHand } from "./login.ts";

/** `setup`: from nothing to a client that works, one step after the other. */
export async function setup(context: CommandContext): Promise<number> {
  const { flags, terminal } = context;
  const { err } = terminal;
  const person = Deno.env.get("SUDO_USER");
  if (person && person !== "root" && Deno.build.os !== "windows" && Deno.uid() === 0) {
    err.line(
      `${err.paint.warning} ${
        adviceText({
          what: `this is for the clients of root, not for those of ${excerpt(person)}`,
          fix: "run setup without sudo",
        })
      }`,
    );
  }
  if (flags.remove !== undefined && flags.client === undefined) {
    return await removeServer(context, undefined);
  }
  if (flags.from !== undefined) {
    const { setUpFromCatalogue } = await import("../setup/catalogue/set_up_from_catalogue.ts");
    return await setUpFromCatalogue(context);
  }
  const client = await chooseClient(context);
  if (flags.remove !== undefined) return await removeServer(context, client);

  const dry = flags["dry-run"] !== undefined;
  if (!dry && client !== "json" && !terminal.interactive && flags.yes === undefined) {
    throw nobodyToAsk();
  }
  const resolved = await completeSettings(context);
  const name = await chooseName(context, resolved);
  const isChecked = !dry && flags["no-check"] === undefined;
  if (isChecked && !await checkBeforeSetup(resolved, err)) return nothingWritten(err);
  if (!dry && flags["no-login"] === undefined) {
    await signInByHand(resolved, { force: false, sink: err });
    err.line();
    if (isChecked && !await checkBackendAccess(resolved, err)) return nothingWritten(err);
  }
  const { changes, entry, leftOut, confidential } = plan(context, { client, resolved, name });
  tellSecrets({ leftOut, confidential }, err);
  const { command, perishesWith } = selfCommand();
  if (perishesWith !== undefined) {
    err.line(
      `${err.paint.warning} ${
        adviceText({
          what: `${command} goes when ${perishesWith} is removed`,
          fix: "run setup again after that, or install the executable from the release page",
        })
      }`,
    );
  }
  if (client === "json") {
    terminal.out.write(await jsonFormat({ key: "mcpServers" }).add(undefined, entry));
    return 0;
  }
  const outcome = await changeFiles(context, changes);
  reportSetup(context, { server: name, client: client.id, outcome, changes });
  if (outcome === "refused") return 1;
  if (outcome === "written") {
    await offerToOthers(context, { client, resolved, entry });
    err.line(`Now: ${client.afterwards}`);
  }
  return 0;
}

/** Clients that start the same backend with settings of their own may use the named server, too. */
async function offerToOthers(
  context: CommandContext,
  { client, resolved, entry }: {
    client: ClientFormat;
    resolved: ResolvedSettings;
    entry: ServerEntry;
  },
): Promise<void> {
  const { flags, terminal: { err, interactive } } = context;
  if (!interactive || flags.inline !== undefined || flags.yes !== undefined) return;
  const { backendUrl } = resolved.settings;
  const others = (await readClientServers({
    machine: thisMachine(),
    readTextFile: (path) => readTextFile(path, { pipes: false }),
  })).filter(({ client: { id }, texts, server }) =>
    id !== client.id && server === undefined &&
    URL.parse(texts.backendUrl ?? "")?.href === backendUrl?.href
  );
  if (others.length === 0) return;
  err.line(
    `${others.map(({ client }) => client.title).join(" and ")} may use these settings, too, ` +
      "instead of those in its own file:",
  );
  await changeFiles(
    context,
    others.map(({ client: { id, path }, name }) => {
      const format = clients.find((client) => client.id === id)!;
      return {
        path,
        change: (text) => format.add(text, { ...entry, name }),
        unchanged: "needs no change",
        masked: format.masked,
      };
    }),
  );
}

/** Where everything is written. */
interface Plan {
  /** What the client gets. */
  entry: ServerEntry;
  /** The files that change. */
  changes: FileChange[];
  /** The secret settings that were left out. */
  leftOut: readonly OptionName[];
  /** The settings that are written and are, or may contain, secrets. */
  confidential: readonly OptionName[];
}

/**
 * The settings go into our configuration file, once, and the client's entry names them; with
 * `--inline`, and where only an entry is printed, the entry holds them all.
 */
function plan(
  { flags }: CommandContext,
  { client, resolved, name }: {
    client: ClientFormat | "json";
    resolved: ResolvedSettings;
    name: string;
  },
): Plan {
  const self = selfCommand();
  const includeSecret = flags["include-secret"] !== undefined;
  const clientChange = (entry: ServerEntry): FileChange[] =>
    client === "json" ? [] : [{
      path: clientLocation(client, flags),
      change: (text) => client.add(text, entry),
      unchanged: "needs no change",
      masked: client.masked,
    }];
  if (client === "json" || flags.inline !== undefined) {
    const { entry, ...told } = makeEntry(resolved, { name, self, includeSecret });
    return { entry, changes: clientChange(entry), ...told };
  }
  const { server } = resolved;
  // The client may call it as it likes; our file has one name for it.
  const isNamed = server !== undefined && server.origin !== "client";
  const configured = isNamed ? server.name : name;
  const { texts: own, ...told } = settingsToWrite(resolved, { includeSecret, name: configured });
  const isOfSystem = server?.origin === "system file";
  const isAsItIs = isOfSystem && Object.keys(own).length === 0;
  // A server of the person's own is taken instead of the administrator's, and not beside it.
  const texts = isOfSystem ? { ...server.texts, ...own } : own;
  const entry = makeNamedEntry(resolved, {
    name,
    server: configured,
    self,
    leftOut: told.leftOut,
  });
  const config: FileChange = {
    path: resolved.texts.config ?? resolved.config?.path ?? defaultConfigPath(thisMachine()),
    change: (text) => addConfiguredServer(text, { name: configured, texts }),
    unchanged: "needs no change",
    masked: maskJson,
  };
  return { entry, changes: [...isAsItIs ? [] : [config], ...clientChange(entry)], ...told };
}

function nothingWritten(err: Sink): number {
  err.line(
    adviceText({
      what: "Nothing was written",
      fix: "correct what is marked above and run setup again, or add --no-check",
    }),
  );
  return 1;
}

function tellSecrets(
  { leftOut, confidential }: Pick<Plan, "leftOut" | "confidential">,
  err: Sink,
): void {
  for (const option of leftOut) {
    err.line(
      `${err.paint.warning} ${
        adviceText({
          what: `${options[option].env} is not written, since others may read the file`,
          fix:
            "set it where the client starts (or a file in OIDC_CLIENT_SECRET_FILE), or add --include-secret",
        })
      }`,
    );
  }
  for (const option of confidential) {
    err.line(
      `${err.paint.warning} ${
        options[option].env
      } is written in plain text: whoever can read the file can read it`,
    );
  }
}

async function chooseName(
  { flags, terminal }: CommandContext,
  { server, settings, config, texts }: ResolvedSettings,
): Promise<string> {
  const taken = (name: string) => {
    const url = config?.servers[name]?.backendUrl;
    return name !== server?.name && url !== undefined && url !== settings.backendUrl!.href &&
      url !== texts.backendUrl;
  };
  const check = (name: string) => {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
      return {
        what: `${JSON.stringify(name)} has characters that clients do not accept, or more than 64`,
        fix: "use letters, digits, - and _",
      };
    }
    return taken(name)
      ? {
        what: `${JSON.stringify(name)} is the name of the server at ${
          config!.servers[name].backendUrl
        }`,
        fix: "choose another name",
      }
      : undefined;
  };
  const suggested = server?.name ?? suggestName(settings.backendUrl!);
  let fallback = suggested;
  for (let count = 2; taken(fallback); count++) fallback = `${suggested}-${count}`;
  const name = flags.name ??
    (terminal.interactive && flags.yes === undefined
      ? await ask(terminal.err, "Name of the server:", {
        fallback,
        check: (answer) => {
          const wrong = check(answer);
          return wrong && adviceText(wrong);
        },
      })
      : fallback);
  if (name === undefined) throw inputEnded();
  const wrong = check(name);
  if (wrong) throw new UsageError({ ...wrong, what: `--name: ${wrong.what}`, command: "setup" });
  return name;
}
