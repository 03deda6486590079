import { adviceText, ProxyError } from "../../errors.ts";
import { SettingValueError } from "../../setting_values.ts";
import type { Settings } from "../../settings.ts";
import type { FlagTexts } from "../command_line.ts";
import type { CommandContext } from "../command_table.ts";
import { type OptionName, options } from "../options.ts";
import { thisMachine } from "../places.ts";
import { requireSettings } from "../required_settings.ts";
import type { ResolvedSettings } from "../resolve_settings.ts";
import type { ClientFormat } from "../setup/client_format.ts";
import { clients } from "../setup/clients.ts";
import { checkBeforeSetup } from "../setup/check_before_setup.ts";
import { jsonFormat } from "../setup/json_format.ts";
import { makeEntry, suggestName } from "../setup/make_entry.ts";
import { registrationAdvice } from "../setup/registration_advice.ts";
import { selfCommand } from "../setup/self_command.ts";
import type { ServerEntry } from "../setup/server_entry.ts";
import { formatDifference } from "../setup/show_difference.ts";
import { readConfiguration, writeConfiguration } from "../setup/write_configuration.ts";
import { ask, confirm } from "../terminal/ask.ts";
import type { Sink } from "../terminal/terminal.ts";
import { UsageError } from "../usage_error.ts";
import { signInByHand } from "./login.ts";

/** `setup`: from nothing to a client that works, one step after the other. */
export async function setup(context: CommandContext): Promise<number> {
  const { flags, terminal } = context;
  const { err } = terminal;
  const client = await chooseClient(context);
  if (flags.remove !== undefined) return await removeServer(context, client);

  const dry = flags["dry-run"] !== undefined;
  if (!dry && client !== "json" && !terminal.interactive && flags.yes === undefined) {
    throw nobodyToAsk();
  }
  const resolved = await completeSettings(context);
  const name = await chooseName(context, resolved);
  const includeSecret = flags["include-secret"] !== undefined;
  const made = makeEntry(resolved, { name, self: selfCommand(), includeSecret });
  if (!dry && flags["no-check"] === undefined && !await checkBeforeSetup(resolved, err)) {
    err.line(
      adviceText({
        what: "Nothing was written",
        fix: "correct what is marked above and run setup again, or add --no-check",
      }),
    );
    return 1;
  }
  if (!dry && flags["no-login"] === undefined) {
    await signInByHand(resolved, { force: false, sink: err });
    err.line();
  }
  for (const option of made.leftOut) {
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
  for (const option of made.confidential) {
    err.line(
      `${err.paint.warning} ${
        options[option].env
      } is written in plain text: whoever can read the file can read it`,
    );
  }
  if (client === "json") {
    terminal.out.write(await printed(made.entry));
    return 0;
  }
  return await changeFile(context, client, {
    change: (text) => client.add(text, made.entry),
    unchanged: "needs no change",
    next: client.afterwards,
    secrets: [...made.leftOut, ...made.confidential]
      .flatMap((option) => resolved.texts[option] ?? []),
  });
}

/** What other clients want: one member of `mcpServers`. */
async function printed(entry: ServerEntry): Promise<string> {
  return await jsonFormat({ key: "mcpServers" }).add(undefined, entry);
}

async function removeServer(
  context: CommandContext,
  client: ClientFormat | "json",
): Promise<number> {
  if (client === "json") {
    throw new UsageError({
      what: "--remove needs a client whose file can be written",
      fix: "name another client with --client",
      command: "setup",
    });
  }
  let { name } = context.flags;
  if (name === undefined) {
    const { settings, server } = await context.resolve();
    name = server ?? (settings.backendUrl && suggestName(settings.backendUrl));
  }
  if (name === undefined) {
    throw new UsageError({
      what: "--remove does not know which server is meant",
      fix: "pass --name with the name that the client has for it",
      command: "setup",
    });
  }
  return await changeFile(context, client, {
    change: (text) => text === undefined ? "" : client.remove(text, name),
    next: `restart ${client.title} if it still shows the server`,
    unchanged: `has no server ${JSON.stringify(name)}`,
  });
}

interface FileChange {
  /** What becomes of the text; `undefined` stands for a file that is not there. */
  change(text: string | undefined): string | Promise<string>;
  /** What is said of the file when that is the same text. */
  unchanged: string;
  /** What the person does next for the client to notice. */
  next: string;
  /** What must not be on the screen. */
  secrets?: readonly string[];
}

async function changeFile(
  { flags, terminal }: CommandContext,
  client: ClientFormat,
  { change, unchanged, next, secrets = [] }: FileChange,
): Promise<number> {
  const { err, out, interactive } = terminal;
  const file = await readConfiguration(flags.file ?? client.location(thisMachine()));
  const after = await change(file.text);
  if (after === (file.text ?? "")) {
    err.line(`${err.paint.ok} ${file.path} ${unchanged}`);
    return 0;
  }
  const dry = flags["dry-run"] !== undefined;
  const sink = dry ? out : err;
  const { path, text: before } = file;
  const difference = await formatDifference({ path, before, after }, sink.paint);
  sink.line(secrets.reduce((text, secret) => text.replaceAll(secret, "********"), difference));
  if (dry) return 0;
  if (flags.yes === undefined) {
    if (!interactive) throw nobodyToAsk();
    if (!await confirm(err, `Write ${path}?`)) {
      err.line("Nothing was written");
      return 1;
    }
  }
  const backup = await writeConfiguration(file, after);
  err.line(`${err.paint.ok} Wrote ${path}${backup ? `; what was there is in ${backup}` : ""}`);
  err.line(`Now: ${next}`);
  return 0;
}

async function chooseClient({ flags, terminal }: CommandContext): Promise<ClientFormat | "json"> {
  const { err, interactive } = terminal;
  const all = [...clients.map(({ id }) => id), "json"];
  let { client: id } = flags;
  if (id === undefined) {
    if (!interactive) {
      throw new UsageError({
        what: "--client is missing",
        fix: `pass --client with one of ${all.join(", ")}`,
        command: "setup",
      });
    }
    err.line(err.paint.bold("Which client do you want to set up?"));
    for (const [i, { title, id }] of clients.entries()) {
      err.line(`  ${String(i + 1).padStart(2)}  ${title} ${err.paint.dim(id)}`);
    }
    err.line(`  ${all.length}  any other: print the entry as JSON`);
    const answer = await ask(err, "Number or name:", {
      check: (answer) =>
        all.includes(answer) || all[Number(answer) - 1] !== undefined
          ? undefined
          : `there is no ${JSON.stringify(answer)}`,
    });
    if (answer === undefined) throw inputEnded();
    id = all.includes(answer) ? answer : all[Number(answer) - 1];
  }
  // The command line takes no other names.
  return clients.find((client) => client.id === id) ?? "json";
}

async function chooseName(
  { flags, terminal }: CommandContext,
  { server, settings }: ResolvedSettings,
): Promise<string> {
  const check = (name: string) =>
    /^[A-Za-z0-9_-]{1,64}$/.test(name) ? undefined : {
      what: `${JSON.stringify(name)} has characters that clients do not accept, or more than 64`,
      fix: "use letters, digits, - and _",
    };
  const fallback = server ?? suggestName(settings.backendUrl!);
  const name = flags.name ??
    (terminal.interactive && flags.yes === undefined
      ? await ask(terminal.err, "Name of the server in the client:", {
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

/**
 * Asks for what is missing, where there is somebody to ask, and tells what to register at the
 * provider: before the client id is asked for, which comes of it.
 */
async function completeSettings(context: CommandContext): Promise<ResolvedSettings> {
  const { terminal, resolve } = context;
  const resolved = await resolve();
  const { settings } = resolved;
  if (!terminal.interactive) {
    requireSettings(settings, ["backendUrl"]);
    tellRegistration(settings, terminal.err);
    return resolved;
  }
  const answers: FlagTexts = {};
  const complete = async (name: OptionName, question: string, fallback?: string) => {
    if (settings[name] !== undefined) return;
    const answer = await ask(terminal.err, question, {
      fallback,
      check: (answer) => answer === fallback ? undefined : wrong(name, answer),
    });
    if (answer === undefined) throw inputEnded();
    if (answer !== fallback) answers[name] = answer;
  };
  await complete("backendUrl", "URL of the remote MCP server:");
  await complete("oidcIssuerUrl", "Issuer of the OpenID Provider:", "ask the backend");
  tellRegistration((await resolve(answers)).settings, terminal.err);
  await complete("oidcClientId", "Client id registered there:", "register by itself");
  return await resolve(answers);
}

function tellRegistration(settings: Settings, sink: Sink): void {
  const [heading, ...rows] = registrationAdvice(settings);
  if (heading === undefined) return;
  sink.line(`${sink.paint.bold(heading)}\n${rows.map((row) => `  ${row}`).join("\n")}\n`);
}

function wrong(name: OptionName, answer: string): string | undefined {
  try {
    options[name].parse(answer);
    return undefined;
  } catch (error) {
    if (!(error instanceof SettingValueError)) throw error;
    const what = `That ${error.message}`;
    return error.fix === undefined ? what : adviceText({ what, fix: error.fix });
  }
}

function nobodyToAsk(): UsageError {
  return new UsageError({
    what: "there is no terminal to ask in",
    fix: "add --yes to write the file or --dry-run to only show the change",
    command: "setup",
  });
}

function inputEnded(): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: "the input ended before every question was answered",
    fix: "run it again, or give the answers as flags",
    reason: "input_ended",
  });
}
