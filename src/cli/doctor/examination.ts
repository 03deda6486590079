import type { Log } from "../../base/log.ts";
import type { Connections, HttpFetch } from "../../net/http_client.ts";
import type { ResolvedSettings } from "../../settings/resolve_settings.ts";
import type { CheckName, Finding } from "./finding.ts";

/** What a check has to work with, and what earlier checks learned. */
export interface Examination {
  /** The settings, and where each came from. */
  resolved: ResolvedSettings;
  /** Reads an environment variable. */
  env(name: string): string | undefined;
  /** The operating system, as `Deno.build.os` names it. */
  os: string;
  /** Sends requests as the bridge does. */
  fetch: HttpFetch;
  /** What they go on. */
  connections: Connections;
  /** Swallows what the modules say while they are tried out. */
  log: Log;
  /** The `Date` fields of the answers so far. */
  dates: { origin: string; skew: number }[];
  /** The hosts that cannot be talked to. */
  unreachable: Set<string>;
  /** The checks that found a failure. */
  failed: Set<CheckName>;
  /** Ends everything. */
  signal: AbortSignal;
}

/** One check. */
export type Check = (examination: Examination) => Promise<Finding[]> | Finding[];
