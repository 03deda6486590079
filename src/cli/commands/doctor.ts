import { asProxyError, describe, ProxyError } from "../../base/errors.ts";
import { createConnections } from "../../net/http_client.ts";
import type { Log } from "../../base/log.ts";
import { cacheDirectory } from "../../app/cache_directory.ts";
import type { CommandContext } from "./command.ts";
import { examine } from "../doctor/examine.ts";
import { checkTitles, type Finding } from "../doctor/finding.ts";
import { silentLog } from "../doctor/silent_log.ts";
import { redactReport } from "../doctor/redact.ts";
import { requirePermissions } from "../../platform/missing_permission.ts";
import { homeDirectory } from "../../platform/paths.ts";
import { listenForStopSignals } from "../../platform/stop_signals.ts";
import { createTerminalLog } from "../terminal/terminal_log.ts";
import type { Sink } from "../terminal/terminal.ts";
import { versionReport } from "../version_report.ts";
import { formatJson } from "../terminal/format_json.ts";

/** `doctor`: checks everything in order and says for each what was found and what to do. */
export async function doctor(
  { flags, resolve, terminal }: CommandContext,
): Promise<number> {
  const { out, err } = terminal;
  using stop = listenForStopSignals();
  // Before it is changed for this process: what the person set is to be shown.
  const noProxy = Deno.env.get("NO_PROXY");
  const env = (name: string) => name === "NO_PROXY" ? noProxy : Deno.env.get(name);
  const tell = flags.json ? () => {} : createReporter(out);
  let findings: Finding[];
  let names: string[] = [];
  try {
    const resolved = await resolve();
    const { settings } = resolved;
    // Without them the checks would find what is not there.
    requirePermissions({
      urls: [settings.backendUrl, settings.oidcIssuerUrl],
      cacheDir: cacheDirectory(settings.cacheDir, { os: Deno.build.os, env }),
    });
    names = [settings.oidcClientId ?? ""];
    const log: Log = settings.debug ? createTerminalLog({ sink: err, level: "debug" }) : silentLog;
    const connections = await createConnections(settings);
    findings = await examine({
      resolved,
      env,
      os: Deno.build.os,
      fetch: connections.fetch,
      connections,
      log,
      dates: [],
      unreachable: new Set(),
      failed: new Set(),
      signal: stop.signal,
    }, tell);
  } catch (error) {
    const { category, what, fix } = asProxyError(error);
    if (category !== "Configuration error") throw error;
    findings = [{ check: "settings", verdict: "failure", found: what, fix }];
    tell(findings);
  }
  const failures = findings.filter(({ verdict }) => verdict === "failure").length;
  const warnings = findings.filter(({ verdict }) => verdict === "warning").length;
  const unknown = findings.filter(({ verdict }) => verdict === "unknown").length;
  const works = failures > 0 ? false : unknown > 0 ? null : true;
  const report = { works, program: versionReport(), os: Deno.build.os, findings };
  if (flags.json) {
    out.line(formatJson(report));
  } else {
    out.line();
    out.line(
      failures > 0
        ? `${out.paint.failure} The bridge would not work: ${count(failures, "problem")}, ${
          count(warnings, "warning")
        }`
        : unknown > 0
        ? `${out.paint.open} Nothing is wrong as far as can be told: ${
          count(unknown, "question")
        } open${warnings > 0 ? `, ${count(warnings, "warning")}` : ""}`
        : `${out.paint.ok} The bridge would work${
          warnings > 0 ? `, with ${count(warnings, "warning")}` : ""
        }`,
    );
  }
  if (flags.report !== undefined) {
    const home = homeDirectory({ os: Deno.build.os, env });
    await writeReport(flags.report, `${redactReport(report, { home, names })}\n`);
    err.line(`Wrote ${flags.report}; look through it before you attach it to an issue`);
  }
  return failures > 0 ? 1 : 0;
}

async function writeReport(path: string, text: string): Promise<void> {
  try {
    await refuseLinkOfAnother(path);
    await Deno.writeTextFile(path, text);
  } catch (cause) {
    throw new ProxyError({
      category: "System error",
      what: `cannot write the file of --report: ${describe(cause)}`,
      fix: "name a file in an existing directory that you can write to",
      reason: "report_unwritable",
      cause,
    });
  }
}

/** Where everybody may write, a link of another user can lead to any file of this one. */
async function refuseLinkOfAnother(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch(() => undefined);
  if (info?.isSymlink && info.uid !== null && info.uid !== Deno.uid()) {
    throw new Error(`${path} is a symbolic link of user ${info.uid}`);
  }
}

/** Shows findings as they come, each check under its heading. */
function createReporter(sink: Sink): (findings: readonly Finding[]) => void {
  const { paint } = sink;
  let shown: string | undefined;
  return (findings) => {
    for (const { check, verdict, found, fix } of findings) {
      if (shown !== check) {
        if (shown !== undefined) sink.line();
        sink.line(paint.bold(checkTitles[check]));
        shown = check;
      }
      const sign = {
        ok: paint.ok,
        warning: paint.warning,
        failure: paint.failure,
        unknown: paint.open,
      }[verdict];
      sink.line(`  ${sign} ${found}`);
      if (fix !== undefined) sink.line(`    ${paint.dim("Fix:")} ${fix}`);
    }
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
