import { isAbsolute, resolve } from "node:path";
import type { CredentialSource } from "../credentials/credential_source.ts";
import { describe } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { readTextFile } from "../base/read_file.ts";
import { asWritten } from "../net/proxy.ts";
import { ownCommand } from "../platform/own_command.ts";
import { startDetached } from "../platform/start_detached.ts";
import { type FlagTexts, type OptionName, optionNames, options } from "../settings/options.ts";
import type { SettingOption } from "../settings/setting_option.ts";
import type { Settings } from "../settings/settings.ts";
import { discoversConfiguration } from "./access.ts";
import { backendHeaders } from "./backend_headers.ts";
import { finishSignInArgument, type SignInTask } from "./sign_in_task.ts";

/** What {@linkcode handOver} needs besides the settings. */
export interface HandOverOptions {
  /** The settings as they were written. */
  texts: FlagTexts;
  /** What does the sign-in here. */
  source: Pick<CredentialSource, "leave">;
  /** The directory of the store. */
  cacheDir: string;
  /** Where it says what it does. */
  log: Log;
}

/** How long another process may take to be there, in milliseconds. */
const patience = 10_000;
const interval = 20;

/**
 * Has a process of its own go on with the sign-in that this one has begun, as soon as this one closes
 * its source: a client may give this one two seconds, and the person needs longer.
 *
 * @returns whether that process is there; false when there can be none, and this one is not replaced
 */
export async function handOver(
  settings: Settings,
  { texts, source, cacheDir, log }: HandOverOptions,
): Promise<boolean> {
  const command = ownCommand({ keychain: settings.credentialEncryption === "keychain" });
  if (!command) {
    log.debug("the sign-in is left to the next start: this program may not start itself");
    return false;
  }
  try {
    const left = await source.leave(await taskOf(settings, texts));
    if (!left) return false;
    if (await left.isTaken()) return true;
    const directory = resolve(cacheDir);
    const { args } = command;
    const own = [finishSignInArgument, directory, settings.credentialEncryption, left.digest];
    const ended = startDetached({ ...command, args: [...args, ...own] }, { cwd: directory });
    let hasEnded = false;
    ended.finally(() => hasEnded = true);
    for (let waited = 0; waited < patience && !hasEnded; waited += interval) {
      if (await left.isTaken()) {
        log.info("another process goes on with the sign-in in the background");
        return true;
      }
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
    log.debug("the process that was to go on with the sign-in has ended");
  } catch (error) {
    log.debug(`the sign-in is left to the next start: ${describe(error)}`);
  }
  return false;
}

/** Settings that name files, which another process looks for elsewhere unless it is told where. */
const files: readonly OptionName[] = optionNames.filter((name) => {
  const row: SettingOption<unknown> = options[name];
  return row.value === "<file>";
});

async function taskOf(settings: Settings, texts: FlagTexts): Promise<SignInTask> {
  // What was read from these files is among the texts.
  const { config: _config, envFile: _envFile, ...rest } = texts;
  const own: FlagTexts = { ...rest };
  for (const name of files) {
    const text = own[name];
    if (text !== undefined) own[name] = text.split("\n").map(absolute).join("\n");
  }
  const read = asWritten((name) => Deno.env.get(name));
  const variables: Record<string, string> = {};
  const note = (name: string) => {
    const value = read(name);
    if (value !== undefined) variables[name] = value;
    return value;
  };
  for (const name of Object.keys(Deno.env.toObject())) if (/_proxy$/i.test(name)) note(name);
  // The backend is asked only for what the settings leave open.
  if (discoversConfiguration(settings)) {
    await backendHeaders({ ...settings, getEnv: note, readTextFile });
  }
  return { texts: own, variables };
}

function absolute(path: string): string {
  const trimmed = path.trim();
  return trimmed === "" || isAbsolute(trimmed) ? trimmed : resolve(trimmed);
}
