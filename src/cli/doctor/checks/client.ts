import { asProxyError } from "../../../base/errors.ts";
import { excerpt } from "../../../base/excerpt.ts";
import type { SilentAnswer } from "../../../oidc/flows/silent_request.ts";
import { createAccess, createFlows, discoversConfiguration } from "../../../app/access.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

/** More redirect URLs than these are not asked about. */
const maxRedirectUrls = 4;

/** Whether the provider knows the client and its redirect URLs. Signs nobody in, registers nobody. */
export async function checkClient(examination: Examination): Promise<Finding[]> {
  const { resolved: { settings }, unreachable, failed, log, signal } = examination;
  // What is wrong with the provider was said; it need not be said of the client, too.
  if (failed.has("provider")) return [];
  const origin = settings.oidcIssuerUrl ?? settings.backendUrl;
  if (!origin || unreachable.has(origin.host)) return [];
  if (discoversConfiguration(settings) && !settings.backendUrl) return [];
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, fix?: string) =>
    findings.push({ check: "client", verdict, found, fix });
  const access = createAccess(settings, log);
  try {
    const flows = await createFlows(settings, { log, notes: access.source.notes });
    if (settings.oidcClientId === undefined) {
      const { from, clientId } = await flows.clientOrigin!(signal);
      switch (from) {
        case "document":
          add("ok", `is the metadata document ${clientId}`);
          break;
        case "registration":
          add(
            "ok",
            `was registered by itself, as ${excerpt(clientId ?? "a client without a name")}`,
          );
          break;
        case "new registration":
          add("unknown", "not registered yet: the first sign-in registers it");
          return findings;
        default:
          add(
            "failure",
            "no client ID is set, and the provider registers nobody",
            "register a client there and set OIDC_CLIENT_ID",
          );
          return findings;
      }
    }
    if (!["auto", "browser", "paste"].includes(settings.oidcFlow)) {
      add(
        "unknown",
        `whether the client may use the flow ${settings.oidcFlow} shows when you sign in`,
      );
      return findings;
    }
    for (const url of settings.oidcRedirectUrls.slice(0, maxRedirectUrls)) {
      const answer = await flows.askSilently({ redirectUrl: url.href, signal });
      findings.push(judge(answer, url.href));
      // Of a client that is not known, no redirect URL is.
      if (answer.kind === "error page" && answer.isClientUnknown !== false) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    const { what, fix, reason } = asProxyError(error);
    if (reason === "provider_unreachable") add("unknown", `could not be asked about: ${what}`, fix);
    else add("failure", what, fix);
  } finally {
    await access.source.close();
  }
  return findings;
}

function judge(answer: SilentAnswer, redirectUrl: string): Finding {
  const check = "client";
  switch (answer.kind) {
    case "known":
      return { check, verdict: "ok", found: `known to the provider, with ${redirectUrl}` };
    case "refused": {
      const { error, description } = answer;
      const words = excerpt(description === undefined ? error : `${error}: ${description}`);
      return {
        check,
        verdict: "failure",
        found:
          `known to the provider, with ${redirectUrl}, and refused what a sign-in asks for (${words})`,
        fix: error === "invalid_scope"
          ? "leave the scope out of OIDC_SCOPES, or let the provider's administrator allow it"
          : "ask the provider's administrator what the client may ask for",
      };
    }
    case "error page": {
      const said = `HTTP ${answer.status}${answer.page === "" ? "" : `: ${answer.page}`}`;
      if (answer.isClientUnknown === undefined) {
        return {
          check,
          verdict: "failure",
          found:
            `the provider refuses the client ID or ${redirectUrl}, and does not say which (${said})`,
          fix: "check OIDC_CLIENT_ID, and that OIDC_REDIRECT_URL is registered for it exactly so",
        };
      }
      return answer.isClientUnknown
        ? {
          check,
          verdict: "failure",
          found: `not known to the provider (${said}; a made-up client gets the same)`,
          fix: "check OIDC_CLIENT_ID and OIDC_ISSUER_URL",
        }
        : {
          check,
          verdict: "failure",
          found: `the provider refuses the client's request with ${redirectUrl} (${said})`,
          fix:
            `register exactly this redirect URL for the client, or set OIDC_REDIRECT_URL to one that is`,
        };
    }
    case "unclear":
      return {
        check,
        verdict: "unknown",
        found:
          `whether the provider knows it, with ${redirectUrl}, cannot be told before you sign in ` +
          `(HTTP ${answer.status} to a request that asks nobody)`,
      };
  }
}
