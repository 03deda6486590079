import type { Credential } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import { cacheDirectory } from "../../app/cache_directory.ts";
import type { CommandContext } from "./command.ts";
import { createSource } from "../../app/access.ts";
import { requirePermissions } from "../../platform/missing_permission.ts";
import { listenForStopSignals } from "../../platform/stop_signals.ts";
import { createTerminalLog } from "../terminal/terminal_log.ts";
import { UsageError } from "../../base/usage_error.ts";

const forms = ["id", "header", "header-json"] as const;

/** `token`: a valid token on stdout, and nothing else there. */
export async function token(
  { flags, resolve, terminal }: CommandContext,
): Promise<number> {
  const given = forms.filter((form) => flags[form] !== undefined);
  if (given.length > 1) {
    throw new UsageError({
      what: `--${given[0]} cannot be used with --${given[1]}`,
      fix: "leave one of them out",
      command: "token",
    });
  }
  if (terminal.out.isTerminal && flags["yes-print-secret"] === undefined) {
    throw new UsageError({
      what: "a token is not printed to a terminal",
      fix: "pipe it into a program, or add --yes-print-secret",
      command: "token",
    });
  }
  const { settings } = await resolve();
  const log = createTerminalLog({
    sink: terminal.err,
    level: settings.debug ? "debug" : flags.login ? "info" : "warn",
  });
  requirePermissions({
    urls: [settings.oidcIssuerUrl ?? settings.backendUrl],
    cacheDir: cacheDirectory(settings.cacheDir),
  });
  using stop = listenForStopSignals();
  const source = createSource(settings, log);
  try {
    const request = { interactive: flags.login !== undefined, signal: stop.signal };
    terminal.out.line(render(await source.current(request), given[0]));
    return 0;
  } catch (error) {
    if (!(error instanceof ProxyError) || error.reason !== "signed_out") throw error;
    const { category, what, reason } = error;
    const fix = "run authful-mcp-proxy login, or add --login";
    throw new ProxyError({ category, what, fix, reason, cause: error });
  } finally {
    await source.close();
  }
}

function render(credential: Credential, form: typeof forms[number] | undefined): string {
  if (form === "id") {
    if (credential.idToken !== undefined) return credential.idToken;
    throw new ProxyError({
      category: "Authentication error",
      what: "the provider gave no ID token",
      fix: "add openid to OIDC_SCOPES if it is not there, then sign in again",
      reason: "no_id_token",
    });
  }
  const { accessToken, tokenType } = credential;
  if (form === undefined) return accessToken;
  if (tokenType === "DPoP") {
    throw new ProxyError({
      category: "Configuration error",
      what:
        "the access token is bound to a key (DPoP) and needs a proof of its own for each request",
      fix: "send requests through the bridge, or leave OIDC_DPOP out and sign in again",
      reason: "dpop_bound",
    });
  }
  const value = `Bearer ${accessToken}`;
  return form === "header" ? `Authorization: ${value}` : JSON.stringify({ Authorization: value });
}
