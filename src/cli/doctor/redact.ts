import { isLoopback } from "../../base/is_loopback.ts";

/** What {@linkcode createRedaction} hides. */
export interface RedactionOptions {
  /** The home directory. */
  home: string | undefined;
  /** Texts that tell who somebody is: client ids, accounts. */
  names: readonly string[];
}

/**
 * Makes a text fit for a public issue: host names become `host1.example`, the same one each time,
 * the home directory `~`, mail addresses and the given names are taken out.
 */
export function createRedaction({ home, names }: RedactionOptions): (text: string) => string {
  const hosts = new Map<string, string>();
  const host = (name: string) => {
    if (isLoopback(name)) return name;
    if (!hosts.has(name)) hosts.set(name, `host${hosts.size + 1}.example`);
    return hosts.get(name)!;
  };
  return (text) => {
    // Before the names, which may be part of it.
    let redacted = home ? text.replaceAll(home, "~") : text;
    redacted = redacted.replace(/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g, "<account>");
    for (const name of names) redacted = withoutName(redacted, name);
    redacted = redacted.replace(
      /(https?:\/\/)([^/\s:?#"]+|\[[\da-f:]+\])/gi,
      (_, scheme: string, name: string) => scheme + host(name),
    );
    // Names that stand alone, such as in "auth.company.com has no address".
    for (const [name, alias] of hosts) redacted = redacted.replaceAll(name, alias);
    return redacted.replace(
      /\b(?:\d{1,3}\.){3}\d{1,3}\b/g,
      (address) => isLoopback(address) ? address : "<address>",
    );
  };
}

/** A shorter name than this is a part of many words, and hidden where it stands alone only. */
const shortName = 6;

function withoutName(text: string, name: string): string {
  if (name === "") return text;
  if (name.length >= shortName) return text.replaceAll(name, "<redacted>");
  const escaped = name.replace(/[^\w]/g, "\\$&");
  return text.replace(new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, "g"), "<redacted>");
}

/**
 * A report as JSON, each text of it made fit for a public issue. What this program is (`program`) names
 * nobody, and has versions that look like addresses.
 */
export function redactReport(given: object, options: RedactionOptions): string {
  const redact = createRedaction(options);
  const { program, ...report } = given as { program?: unknown };
  // Before it becomes JSON, which writes the backslashes of a Windows path twice.
  const text = () =>
    JSON.stringify(
      report,
      (_, value: unknown) => typeof value === "string" ? redact(value) : value,
      2,
    );
  // Hosts are learned from URLs, and may stand alone in front of the first one.
  text();
  return JSON.stringify(
    { ...program !== undefined && { program }, ...JSON.parse(text()) },
    null,
    2,
  );
}
