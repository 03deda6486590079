import { ProxyError } from "../../../base/errors.ts";
import { isLoopback } from "../../../base/is_loopback.ts";
import { type ConfigTexts, configTexts } from "../../../settings/config_document.ts";
import { type OptionName, options } from "../../../settings/options.ts";
import { SettingValueError } from "../../../settings/values.ts";

/**
 * The settings that a catalogue may give. It comes from elsewhere, so it names no program to start, no
 * file of this machine, no header field (which may have a variable of the person's in it), no secret,
 * and nothing that makes the person less safe than the program's own defaults do.
 */
export const catalogueSettings: ReadonlySet<OptionName> = new Set([
  "backendUrl",
  "transport",
  "protocol",
  "allowTools",
  "ignoreTools",
  "keepAlive",
  "retryWindow",
  "connectTimeout",
  "requestTimeout",
  "maxMessageBytes",
  "noCookies",
  "oidcIssuerUrl",
  "oidcClientId",
  "oidcScopes",
  "oidcClientAuth",
  "oidcMetadataUrl",
  "oidcIssuerTemplate",
  "oidcClientMetadataUrl",
  "oidcResource",
  "oidcAudience",
  "oidcAuthParams",
  "oidcTokenParams",
  "oidcToken",
  "noOpenid",
  "oidcPar",
  "oidcDpop",
  "strict",
  "oidcFlow",
  "oidcExchangeAudience",
  "oidcExchangeResource",
  "oidcExchangeScopes",
  "oidcExchangeGrant",
  "backendClientId",
  "backendClientAuth",
  "backendIssuerUrl",
  "oidcRedirectUrls",
  "loginTimeout",
  "instantStart",
  "startGrace",
  "listGrace",
  "eagerLogin",
  "noLinger",
  "noBrowser",
  "profile",
]);

/** No setting of a catalogue is longer, in UTF-16 code units. */
const maxTextLength = 4_096;

/**
 * What a catalogue says of a server, as the texts of settings.
 *
 * @throws {ProxyError} with what is wrong with it
 */
export async function catalogueTexts(
  given: Record<string, unknown>,
  source: string,
): Promise<ConfigTexts> {
  const texts = await configTexts(given, source, "settings");
  for (const [name, text] of Object.entries(texts)) {
    // A list, of scopes for instance, as a person would write it in one text.
    if (!options[name as OptionName].repeatable) {
      texts[name as OptionName] = text.replaceAll("\n", " ");
    }
  }
  for (const [key, text] of Object.entries(texts)) {
    const name = key as OptionName;
    if (!catalogueSettings.has(name)) throw refusal(`it sets ${name}, which no catalogue may`);
    if (text.length > maxTextLength) throw refusal(`its ${name} is too long`);
    let value: unknown;
    try {
      value = options[name].parse(text);
    } catch (error) {
      if (!(error instanceof SettingValueError)) throw error;
      throw refusal(`its ${name} ${error.message}`);
    }
    const isPlain = value instanceof URL && value.protocol !== "https:" &&
      !isLoopback(value.hostname);
    if (isPlain) throw refusal(`its ${name} is no https URL: ${text}`);
  }
  const { backendUrl } = texts;
  if (backendUrl === undefined) throw refusal("it names no backendUrl");
  const [template] = /\{[^}]*\}/.exec(backendUrl) ?? [];
  if (template !== undefined) throw refusal(`its URL needs a value for ${template}`);
  return texts;
}

function refusal(what: string): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what,
    fix: "tell whoever keeps the catalogue",
    reason: "invalid_catalogue",
  });
}
