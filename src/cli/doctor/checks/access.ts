import { accountName } from "../../../base/account.ts";
import type { Credential } from "../../../base/credential.ts";
import { adviceText, asProxyError, oneLine } from "../../../base/errors.ts";
import { createBackendAuthorizer } from "../../../app/backend_authorizer.ts";
import { backendHeaders } from "../../../app/backend_headers.ts";
import { createAccess } from "../../../app/access.ts";
import { formatDuration } from "../../terminal/duration.ts";
import { type Answers, askThroughBridge } from "../ask_through_bridge.ts";
import { isUnattendedFlow } from "../../../oidc/client_options.ts";
import type { HttpFetch } from "../../../net/http_client.ts";
import { readTextFile } from "../../../base/read_file.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

/** Whether the backend accepts the stored token, and what it offers then. Never signs in. */
export async function checkAccess(examination: Examination): Promise<Finding[]> {
  const { resolved, fetch, connections, env, log, unreachable, signal } = examination;
  const { settings } = resolved;
  const { backendUrl } = settings;
  if (!backendUrl) return [];
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, fix?: string) =>
    findings.push({ check: "access", verdict, found, fix });
  const access = createAccess(settings, log);
  const { source } = access;
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const credential = await source.current({ interactive: false, signal: limited });
    const account = accountName(credential.claims);
    add(
      "ok",
      `signed in${account ? ` as ${oneLine(account)}` : ""}, ${
        lifetime(credential, { unattended: isUnattendedFlow(settings.oidcFlow) })
      }`,
    );
    if (unreachable.has(backendUrl.host)) return findings;
    const authorizer = createBackendAuthorizer(settings, { access, fetch, log });
    const sessions = new Set<string>();
    const answers = await askThroughBridge({
      backendUrl,
      authorizer: {
        ...authorizer,
        authorize: (request) => authorizer.authorize({ ...request, purpose: "background" }),
        refused: (refusal) =>
          authorizer.refused({
            ...refusal,
            request: { ...refusal.request, purpose: "background" },
          }),
      },
      log,
      signal: limited,
      connections: { ...connections, fetch: noting(sessions, connections.fetch) },
      transport: settings.transport,
      protocol: settings.protocol,
      headers: await backendHeaders({
        ...settings,
        getEnv: env,
        readTextFile,
      }),
    });
    findings.push(...judge(answers, sessions.size));
  } catch (error) {
    const { reason, what, fix } = asProxyError(error);
    if (reason === "signed_out") {
      add(
        "unknown",
        "not signed in: whether the provider gives a token, and whether the backend takes it, " +
          "cannot be told before you sign in",
        "run authful-mcp-proxy login, or let the client start a sign-in",
      );
    } else {
      add("failure", what, fix);
    }
  } finally {
    await source.close();
  }
  return findings;
}

/** Takes note of the sessions that a backend begins. */
function noting(sessions: Set<string>, fetch: HttpFetch): HttpFetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const id = response.ok ? response.headers.get("mcp-session-id") : null;
    if (id !== null) sessions.add(id);
    return response;
  };
}

function judge(
  { initialized, tools, pings = [], discovered }: Answers,
  sessions: number,
): Finding[] {
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, fix?: string) =>
    findings.push({ check: "access", verdict, found, fix });
  if (initialized.error) {
    const { message, data } = initialized.error;
    const fix = data?.hint ?? "ask who runs the backend";
    add("failure", whatOf(message, fix), fix);
    return findings;
  }
  const { protocolVersion, serverInfo } = initialized.result ?? {};
  const { name } = Object(serverInfo);
  const modern = discovered?.result !== undefined;
  add(
    "ok",
    `accepts the token: ${oneLine(String(name ?? "the server"))}, protocol ${protocolVersion}${
      modern ? " and 2026-07-28" : ""
    }`,
  );
  if (sessions > 1) {
    add(
      "failure",
      `loses the session: ${sessions} had to be begun for ${pings.length + 2} requests`,
      "let the copies of the backend share their sessions, or keep each session at one copy (docs/gateways.md)",
    );
  }
  const broken = [tools, ...pings].find((answer) => answer?.error?.data?.reason);
  if (broken?.error) {
    const { message, data } = broken.error;
    const fix = data?.hint ?? "ask who runs the backend";
    add("failure", `does not answer what follows: ${whatOf(message, fix)}`, fix);
    return findings;
  }
  const list = tools?.result?.tools;
  if (Array.isArray(list)) {
    const more = tools?.result?.nextCursor === undefined ? "" : " on the first page";
    add("ok", `offers ${list.length} ${list.length === 1 ? "tool" : "tools"}${more}`);
  } else {
    add(
      "warning",
      `lists no tools: ${oneLine(tools?.error?.message ?? "no list")}`,
      "check that your account may use them",
    );
  }
  return findings;
}

/** What a message of ours says besides its category and what to do. */
function whatOf(message: string, fix: string): string {
  const what = oneLine(message).replace(/^\w+ error: /, "");
  const end = adviceText({ what: "", fix });
  return what.endsWith(end) ? what.slice(0, -end.length) : what;
}

function lifetime(
  { expiresAt, refreshToken }: Credential,
  { unattended }: { unattended: boolean },
): string {
  const left = expiresAt === undefined
    ? "the token's end is not known"
    : `the token lasts ${formatDuration(expiresAt - Date.now())}`;
  return `${left} and ${
    refreshToken !== undefined || unattended ? "renews itself" : "does not renew itself"
  }`;
}
