import { redirectTarget } from "../../../bridge/http/redirect_target.ts";
import { asProxyError } from "../../../base/errors.ts";
import { fetchCause } from "../../../net/fetch_cause.ts";
import { readTextFile } from "../../../base/read_file.ts";
import { backendHeaders } from "../../../app/backend_headers.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";
import { initializeRequest } from "../initialize_request.ts";

/** Whether the backend is there, refuses requests without a token, and says where tokens come from. */
export async function checkBackend(examination: Examination): Promise<Finding[]> {
  const { resolved, fetch, env, unreachable, signal } = examination;
  const { settings } = resolved;
  const { backendUrl } = settings;
  if (!backendUrl || unreachable.has(backendUrl.host)) return [];
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, fix?: string) =>
    findings.push({ check: "backend", verdict, found, fix });
  let response: Response;
  try {
    response = await fetch(backendUrl, {
      method: "POST",
      redirect: "manual",
      headers: {
        ...await backendHeaders({
          ...settings,
          getEnv: env,
          readTextFile,
        }),
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify(initializeRequest),
      signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]),
    });
    await response.body?.cancel();
  } catch (error) {
    add("failure", `no answer: ${fetchCause(error)}`, "check MCP_BACKEND_URL");
    return findings;
  }
  const { status, headers } = response;
  const challenge = headers.get("www-authenticate");
  if (status === 401) {
    add("ok", `refuses it with 401${challenge ? ` and ${challenge.split(/\s/, 1)[0]}` : ""}`);
  } else if (status >= 200 && status < 300) {
    add(
      "warning",
      `accepts requests without a token (${status}): it does not validate tokens`,
      "check MCP_BACKEND_URL, or connect to the backend without this program",
    );
  } else if (status >= 300 && status < 400) {
    try {
      const target = redirectTarget(response, backendUrl, "POST");
      add("ok", `redirects to ${target.origin}${target.pathname} (${status}), which is followed`);
    } catch (error) {
      const { what, fix } = asProxyError(error);
      add("failure", what, fix);
    }
  } else {
    add(
      "failure",
      `answers ${status}`,
      status === 404 || status === 405
        ? "check the path in MCP_BACKEND_URL: most MCP servers end in /mcp or /sse"
        : "check MCP_BACKEND_URL, or ask who runs the backend",
    );
    return findings;
  }
  await lookForMetadata(challenge, { backendUrl, examination, add });
  return findings;
}

/** RFC 9728: which authorization server the backend names. */
async function lookForMetadata(
  challenge: string | null,
  { backendUrl, examination, add }: {
    backendUrl: URL;
    examination: Examination;
    add: (verdict: Finding["verdict"], found: string, fix?: string) => void;
  },
): Promise<void> {
  const { resolved, fetch, signal } = examination;
  const { oidcIssuerUrl } = resolved.settings;
  const [, named] = challenge?.match(/resource_metadata="([^"]+)"/) ?? [];
  const path = backendUrl.pathname === "/" ? "" : backendUrl.pathname;
  const wellKnown = new URL(`/.well-known/oauth-protected-resource${path}`, backendUrl);
  const url = URL.parse(named ?? wellKnown.href);
  // What a stranger names is asked only where the backend itself is.
  if (!url || url.origin !== backendUrl.origin) return;
  let servers: unknown;
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`${response.status}`);
    }
    ({ authorization_servers: servers } = await response.json());
  } catch {
    add("ok", "does not advertise an authorization server: OIDC_ISSUER_URL decides");
    return;
  }
  const issuers = Array.isArray(servers) ? servers.map(String) : [];
  const same = (issuer: string) =>
    oidcIssuerUrl && issuer.replace(/\/$/, "") === oidcIssuerUrl.href.replace(/\/$/, "");
  if (!oidcIssuerUrl || issuers.length === 0 || issuers.some(same)) {
    add("ok", `advertises ${issuers.join(", ") || "no authorization server"}`);
  } else {
    add(
      "warning",
      `advertises ${issuers.join(", ")}, not ${oidcIssuerUrl.href}`,
      "check OIDC_ISSUER_URL: the backend probably trusts the other one",
    );
  }
}
