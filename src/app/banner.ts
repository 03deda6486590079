import { oneLine } from "../base/errors.ts";
import { programName, version } from "../base/version.ts";

/** What the banner tells: how the program was set up, nothing secret. */
export interface BannerFacts {
  /** The backend's MCP endpoint. */
  backendUrl: URL;
  /** The provider's issuer identifier. */
  issuer: string;
  /** The client id registered at the provider. */
  clientId: string;
  /** The scopes to ask for. */
  scopes: readonly string[];
  /** Where credentials are kept. */
  cacheDir: string;
  /** Whether a person, not a client, would write the messages. */
  atTerminal: boolean;
}

/** A few lines for the person who reads the client's log: who is speaking, and with which settings. */
export function banner(facts: BannerFacts): string {
  const rows: [string, string][] = [
    ["backend", facts.backendUrl.href],
    ["issuer", facts.issuer],
    ["client id", facts.clientId],
    ["scopes", facts.scopes.join(" ")],
    ["cache", facts.cacheDir],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(9)}  ${oneLine(value)}\n`);
  const hint = facts.atTerminal
    ? `waiting for the messages of an MCP client; for people there are ${programName} setup, login and doctor\n`
    : "";
  return `${programName} ${version}\n${lines.join("")}${hint}`;
}
