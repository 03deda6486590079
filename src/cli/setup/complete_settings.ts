import { adviceText } from "../../base/errors.ts";
import type { Settings } from "../../settings/settings.ts";
import type { FlagTexts } from "../../settings/options.ts";
import type { CommandContext } from "../commands/command.ts";
import { type OptionName, optionNames, options } from "../../settings/options.ts";
import { requireSettings } from "../../settings/required_settings.ts";
import type { ResolvedSettings } from "../../settings/resolve_settings.ts";
import type { SettingOption } from "../../settings/setting_option.ts";
import { ask, confirm } from "../terminal/ask.ts";
import type { Sink } from "../terminal/terminal.ts";
import { askForOffer } from "./ask_backend.ts";
import { isSessionOnly } from "./configured_server.ts";
import { offerSignOn } from "./offer_sign_on.ts";
import { inputEnded, wrongValue } from "./questions.ts";
import { registrationAdvice } from "./registration_advice.ts";

/** How settings that nobody has to give are answered. */
const byItself = "register by itself";

/**
 * Asks for what is missing, where there is somebody to ask, and tells what to register at the
 * provider before the client id is asked for, which comes of it. The backend is asked first: what it
 * says itself is no question to the person.
 */
export async function completeSettings(context: CommandContext): Promise<ResolvedSettings> {
  const { terminal } = context;
  const { err } = terminal;
  if (!terminal.interactive) {
    const resolved = await context.resolve({}, { unnamed: "none" });
    requireSettings(resolved.settings, ["backendUrl"]);
    tellRegistration(resolved.settings, err);
    return resolved;
  }
  const answers: FlagTexts = {};
  const withoutVariables = await unwantedVariables(context);
  const resolve = () => context.resolve(answers, { unnamed: "none", withoutVariables });
  if (!(await resolve()).settings.backendUrl) {
    answers.backendUrl = await required(err, "backendUrl", "URL of the remote MCP server:");
  }
  await completeProvider({ answers, resolve, err });
  await offerSignOn((await resolve()).settings, { answers, err });
  return await resolve();
}

/** What the questions about the provider work with. */
interface Interview {
  answers: FlagTexts;
  resolve(): Promise<ResolvedSettings>;
  err: Sink;
}

async function completeProvider({ answers, resolve, err }: Interview): Promise<void> {
  let { settings } = await resolve();
  if (settings.oidcIssuerUrl && settings.oidcClientId !== undefined) {
    return tellRegistration(settings, err);
  }
  const { paint } = err;
  let offer = await askForOffer(settings);
  if (!settings.oidcIssuerUrl && offer.issuer !== undefined) {
    err.line(`${paint.ok} The backend trusts the provider ${offer.issuer}`);
  }
  while (offer.error) {
    if (offer.error.reason !== "not_advertised") {
      const { what, fix } = offer.error;
      err.line(`${paint.failure} ${adviceText({ what, fix })}`);
    } else {
      err.line(`${paint.warning} The backend does not say which provider it trusts`);
    }
    answers.oidcIssuerUrl = await required(
      err,
      "oidcIssuerUrl",
      "Issuer of the OpenID Provider:",
    );
    ({ settings } = await resolve());
    offer = await askForOffer(settings);
  }
  if (settings.oidcClientId !== undefined) return tellRegistration(settings, err);
  const issuer = new URL(offer.issuer!);
  tellRegistration({ ...settings, oidcIssuerUrl: settings.oidcIssuerUrl ?? issuer }, err);
  if (!offer.registers) {
    err.line(`${paint.dim("Clients are registered there by a person, not by programs.")}`);
    answers.oidcClientId = await required(err, "oidcClientId", "Client id registered there:");
    return;
  }
  const answer = await ask(err, "Client id registered there:", { fallback: byItself });
  if (answer === undefined) throw inputEnded();
  if (answer !== byItself) answers.oidcClientId = answer;
}

/** An answer that will do for a setting, asked for again until there is one. */
async function required(err: Sink, name: OptionName, question: string): Promise<string> {
  const answer = await ask(err, question, { check: (answer) => wrongValue(name, answer) });
  if (answer === undefined) throw inputEnded();
  return answer;
}

/**
 * Variables of this shell that are settings: they may be meant, or only happen to be set.
 *
 * @returns the names of those that are not to count
 */
async function unwantedVariables(context: CommandContext): Promise<ReadonlySet<string>> {
  const { flags, terminal: { err } } = context;
  const { sources } = await context.resolve({}, { unnamed: "none" });
  const set = optionNames.flatMap((name) => {
    const row: SettingOption<unknown> = options[name];
    const counts = sources[name] === "environment" && !isSessionOnly(name) && name !== "browser";
    return counts && row.env ? [row.env] : [];
  });
  if (set.length === 0 || flags.yes !== undefined) return new Set();
  err.line(`These variables are set in this shell: ${set.join(", ")}`);
  return await confirm(err, "Shall the server be set up with them?") ? new Set() : new Set(set);
}

function tellRegistration(settings: Settings, sink: Sink): void {
  const [heading, ...rows] = registrationAdvice(settings);
  if (heading === undefined) return;
  sink.line(`${sink.paint.bold(heading)}\n${rows.map((row) => `  ${row}`).join("\n")}\n`);
}
