import { abortable } from "../base/abortable.ts";
import { describe, ProxyError } from "../base/errors.ts";
import { rememberSecret } from "../base/redactor.ts";
import type { Log } from "../base/log.ts";
import type { Assertion, WorkloadOptions } from "../oidc/client_options.ts";
import { createProviderFetch, type Fetch } from "../oidc/provider_fetch.ts";
import type { Settings } from "../settings/settings.ts";
import { readRegularFile } from "../base/read_regular_file.ts";

/** What {@linkcode createAssertionReader} needs besides the settings. */
export interface AssertionReaderOptions {
  /** Sends the request to GitHub Actions. */
  fetch: Fetch;
  /** Looks an environment variable up. */
  getEnv(name: string): string | undefined;
  /** Where it says what it does. */
  log: Log;
}

/** Longer ones are no JWT that a platform gives out, in bytes. */
const longest = 65_536;

/** So long a file may take to be read, in milliseconds: one on a network may never be. */
const patience = 10_000;

/** Reads the JWT of a workload. */
export type ReadAssertion = WorkloadOptions["readAssertion"];

/**
 * Reads the JWT of a workload where the settings say that it is: a file, a variable, or else GitHub
 * Actions' own endpoint. Anew each time, since platforms replace it before it ends.
 *
 * @throws {ProxyError} `assertion_missing` when there is no such place, `assertion_unreadable`
 */
export function createAssertionReader(
  settings: Pick<Settings, "oidcAssertionFile" | "oidcAssertionEnv" | "oidcAssertionAudience">,
  { fetch, getEnv, log }: AssertionReaderOptions,
): ReadAssertion {
  const { oidcAssertionFile: file, oidcAssertionEnv: variable, oidcAssertionAudience } = settings;
  const requestUrl = getEnv("ACTIONS_ID_TOKEN_REQUEST_URL");
  const requestToken = getEnv("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  if (file !== undefined && variable !== undefined) {
    throw new ProxyError({
      category: "Configuration error",
      what: `the JWT of this workload is said to be in two places, the file ${file} and the ` +
        `variable ${variable}`,
      fix: "set one of OIDC_ASSERTION_FILE and OIDC_ASSERTION_ENV",
      reason: "assertion_missing",
    });
  }
  const read = async (request: Parameters<ReadAssertion>[0]): Promise<Assertion> => {
    if (file !== undefined) return await fromFile(file, request.signal);
    if (variable !== undefined) return fromVariable(variable, getEnv);
    if (requestUrl && requestToken) {
      return await fromGitHub({
        requestUrl,
        requestToken,
        audience: oidcAssertionAudience ?? request.audience,
        fetch: createProviderFetch({ fetch, log, setting: "ACTIONS_ID_TOKEN_REQUEST_URL" }),
        signal: request.signal,
      });
    }
    throw new ProxyError({
      category: "Configuration error",
      what: "nothing says where the JWT of this workload is",
      fix:
        "set OIDC_ASSERTION_FILE to the file that the platform projects, or OIDC_ASSERTION_ENV " +
        "to the name of a variable; in GitHub Actions give the job the permission id-token: write",
      reason: "assertion_missing",
    });
  };
  return async (request) => {
    const { token, origin } = await read(request);
    rememberSecret(token);
    return { token, origin };
  };
}

async function fromFile(path: string, signal: AbortSignal): Promise<Assertion> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const bytes = await abortable(readRegularFile(path, { maxBytes: longest }), limited);
    return { token: new TextDecoder().decode(bytes).trim(), origin: `the file ${path}` };
  } catch (error) {
    signal.throwIfAborted();
    throw new ProxyError({
      category: "Configuration error",
      what: `cannot read the file of OIDC_ASSERTION_FILE: ${describe(error)}`,
      fix: "set it to a file that this user can read and that the platform keeps a JWT in",
      reason: "assertion_unreadable",
      cause: error,
    });
  }
}

function fromVariable(name: string, getEnv: (name: string) => string | undefined): Assertion {
  const token = getEnv(name)?.trim() ?? "";
  if (token !== "" && token.length <= longest) return { token, origin: `the variable ${name}` };
  throw new ProxyError({
    category: "Configuration error",
    what: `the variable ${name}, which OIDC_ASSERTION_ENV names, ${
      token === "" ? "is not set" : `is longer than ${longest} characters`
    }`,
    fix: `set ${name} to the JWT of this workload, or OIDC_ASSERTION_ENV to another variable`,
    reason: "assertion_unreadable",
  });
}

async function fromGitHub(
  { requestUrl, requestToken, audience, fetch, signal }: {
    requestUrl: string;
    requestToken: string;
    audience: string;
    fetch: Fetch;
    signal: AbortSignal;
  },
): Promise<Assertion> {
  const refuse = (what: string) =>
    new ProxyError({
      category: "Configuration error",
      what: `GitHub Actions gave no JWT: ${what}`,
      fix: "give the job the permission id-token: write, or set OIDC_ASSERTION_FILE",
      reason: "assertion_unreadable",
    });
  const url = URL.parse(requestUrl);
  if (!url) throw refuse("ACTIONS_ID_TOKEN_REQUEST_URL is not a URL");
  url.searchParams.set("audience", audience);
  const response = await fetch(url.href, {
    headers: { authorization: `Bearer ${requestToken}`, accept: "application/json" },
    signal,
  });
  if (!response.ok) throw refuse(`${url.origin} answered ${response.status}`);
  const answer = await response.json().catch(() => undefined);
  const token = Object(answer).value;
  if (typeof token !== "string" || token === "" || token.length > longest) {
    throw refuse(`${url.origin} answered without one`);
  }
  return { token, origin: `GitHub Actions (audience ${audience})` };
}
