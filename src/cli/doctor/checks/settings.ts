import { clientSecrets, shownSecret } from "../../shown_secret.ts";
import { oneLine } from "../../../base/errors.ts";
import { isLoopback } from "../../../base/is_loopback.ts";
import { type OptionName, optionNames, options } from "../../../settings/options.ts";
import type { SettingOption } from "../../../settings/setting_option.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

const needed: readonly OptionName[] = ["backendUrl", "oidcIssuerUrl", "oidcClientId"];

/** Which settings are set, where each came from, and which are missing. */
export function checkSettings({ resolved }: Examination): Finding[] {
  const { settings, sources, texts, system, server } = resolved;
  const findings: Finding[] = [];
  const add = (finding: Omit<Finding, "check">) => findings.push({ check: "settings", ...finding });
  for (const name of optionNames) {
    const row: SettingOption<unknown> = options[name];
    const source = sources[name];
    if (source !== "default") {
      const where = source === "flag"
        ? row.flag.startsWith("--") ? row.flag : "argument"
        : source === "client"
        ? `${server!.path}, ${server!.name}`
        : source === "config file" || source === "system file"
        ? inFile(source, name, resolved)
        : source === "policy"
        ? `locked in ${system!.path}`
        : source === "env file"
        ? `${row.env} in ${settings.envFile}`
        : row.env;
      add({
        verdict: "ok",
        found: `${label(name)}: ${shown(settings[name], { row, text: texts[name] })} (${where})`,
      });
    } else if (name !== "backendUrl" && settings.backendUrl && needed.includes(name)) {
      add({
        verdict: "warning",
        found: `${label(name)}: not set, the ${
          name === "oidcIssuerUrl" ? "backend is asked for it" : "program registers itself"
        }`,
        fix: `set ${row.env} or pass ${row.flag} if that does not work`,
      });
    } else if (needed.includes(name)) {
      add({
        verdict: "failure",
        found: `${label(name)}: missing`,
        fix: row.flag.startsWith("--")
          ? `set ${row.env} or pass ${row.flag}: ${row.help}`
          : `give the URL as the argument or set ${row.env}: ${row.help}`,
      });
    }
  }
  const { backendUrl, allowHttp } = settings;
  if (backendUrl?.protocol === "http:" && !isLoopback(backendUrl.hostname)) {
    add({
      verdict: allowHttp ? "warning" : "failure",
      found: `${backendUrl.origin} would be shown the token in the clear`,
      fix: "use its https address, or pass --allow-http if the network is safe",
    });
  }
  for (const name of clientSecrets) {
    if (sources[name] !== "flag") continue;
    const { what, fix } = shownSecret(name);
    add({ verdict: "warning", found: what, fix });
  }
  return findings;
}

/** The file that a setting stands in, with the server that it is of. */
function inFile(
  source: "config file" | "system file",
  name: OptionName,
  { config, system, server }: Examination["resolved"],
): string {
  const path = (source === "config file" ? config : system)?.path;
  const isOfServer = server?.origin === source && server.texts[name] !== undefined;
  return isOfServer ? `${path}, ${server.name}` : `${path}`;
}

function label(name: OptionName): string {
  return name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`).replace(/^oidc /, "")
    .replace(/\b(url|id)(?=s?\b)/g, (word) => word.toUpperCase());
}

function shown(
  value: unknown,
  { row, text }: { row: SettingOption<unknown>; text: string | undefined },
): string {
  // Header fields and further parameters often are credentials themselves.
  if (row.secret || row.repeatable || /param|header/.test(row.flag)) return "set, not shown";
  // As it was written: a slash at the end of an issuer makes it another one.
  if (value instanceof URL) return oneLine(text ?? value.href);
  if (Array.isArray(value)) return oneLine(value.join(" "));
  return oneLine(typeof value === "object" ? JSON.stringify(value) : String(value));
}
