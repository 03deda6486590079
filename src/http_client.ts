import { describe, ProxyError } from "./errors.ts";
import { applyProxyEnvironment } from "./net/proxy_environment.ts";

/** The shape of `fetch` that requests are sent through. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** The settings that say how hosts are connected to. */
export interface HttpClientOptions {
  /** Certificate authorities that are trusted besides those of the system and of Mozilla. */
  caCerts: readonly string[];
  /** The certificate that this client shows (mutual TLS, RFC 8446 section 4.4.2). */
  clientCert: string | undefined;
  /** Its private key. */
  clientKey: string | undefined;
  /** The backend, which an exception from the proxy may name with its port. */
  backendUrl?: URL;
  /** The provider, likewise. */
  oidcIssuerUrl?: URL;
}

/**
 * A `fetch` that trusts the certificate authorities of the system and of Mozilla and those in the
 * given files, goes through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, and
 * reaches this machine directly. Call it before anything else is fetched: Deno reads both when it
 * makes its first connection.
 *
 * @throws {ProxyError} a configuration error when a file cannot be read or has no certificate
 */
export async function createHttpFetch(options: HttpClientOptions): Promise<Fetch> {
  const { caCerts, clientCert, clientKey, backendUrl, oidcIssuerUrl } = options;
  trustSystem();
  applyProxyEnvironment([backendUrl, oidcIssuerUrl].filter((url) => url !== undefined));
  if (caCerts.length === 0 && !clientCert && !clientKey) return (url, init) => fetch(url, init);
  if (!clientCert !== !clientKey) {
    throw new ProxyError({
      category: "Configuration error",
      what: `--client-${clientCert ? "cert" : "key"} is set without --client-${
        clientCert ? "key" : "cert"
      }`,
      fix: "give both, or neither",
      reason: "invalid_setting",
    });
  }
  const authorities = await Promise.all(caCerts.map((path) => readPem(path, "--ca-cert")));
  const identity = clientCert && clientKey
    ? {
      cert: await readPem(clientCert, "--client-cert"),
      key: await readPem(clientKey, "--client-key"),
    }
    : {};
  const client = createClient({ caCerts: authorities, ...identity });
  return (url, init) => fetch(url, { ...init, client });
}

/**
 * Deno trusts Mozilla's roots alone unless this variable says otherwise, and a program cannot be
 * compiled with another default.
 */
function trustSystem() {
  if (!Deno.env.get("DENO_TLS_CA_STORE")) Deno.env.set("DENO_TLS_CA_STORE", "system,mozilla");
}

async function readPem(path: string, flag: string): Promise<string> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw unusable(`${flag} names a file that cannot be read: ${describe(error)}`, error);
  }
  if (!/-----BEGIN [A-Z ]+-----/.test(text)) {
    throw unusable(`${path} of ${flag} is not in PEM form`);
  }
  return text;
}

function createClient(options: Deno.CreateHttpClientOptions & Partial<Deno.TlsCertifiedKeyPem>) {
  try {
    return Deno.createHttpClient(options);
  } catch (error) {
    throw unusable(
      `the files of --ca-cert, --client-cert and --client-key do not fit: ${describe(error)}`,
      error,
    );
  }
}

function unusable(what: string, cause?: unknown): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what,
    fix: "name a PEM file with what the option asks for",
    reason: "invalid_setting",
    cause,
  });
}
