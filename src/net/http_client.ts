import { describe, ProxyError } from "../base/errors.ts";
import { applyProxyEnvironment } from "./proxy.ts";
import { readTextFile } from "../base/read_file.ts";

/** The shape of `fetch` that requests are sent through. */
export type HttpFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

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

/** The connections of this program, which can be given up for new ones. */
export interface Connections {
  /** Sends a request on any of them. */
  readonly fetch: HttpFetch;
  /** Sends a request on a connection of its own, without waiting for the body of the answer. */
  readonly fetchAlone: HttpFetch;
  /** Has later requests use new connections; what is on its way on the old ones goes on. */
  replace(): void;
}

/** A pooled connection that nobody uses is kept this long, in milliseconds. */
const poolIdleTimeout = 50_000;

/**
 * A `fetch` as {@linkcode createConnections} has it, for whoever gives up what is not answered in time:
 * later requests use new connections then. One that was forgotten on the way would be used again and
 * again over HTTP/2, and none of the requests on it answered.
 *
 * @throws {ProxyError} a configuration error when a file cannot be read or has no certificate
 */
export async function createHttpFetch(options: HttpClientOptions): Promise<HttpFetch> {
  const { fetch, replace } = await createConnections(options);
  return async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (isTimeout(init?.signal)) replace();
      throw error;
    }
  };
}

/** Whether a request was given up because its time was over, and for no other reason. */
function isTimeout(signal: AbortSignal | null | undefined): boolean {
  return signal?.reason instanceof DOMException && signal.reason.name === "TimeoutError";
}

/**
 * Connections that trust the certificate authorities of the system and of Mozilla and those in the
 * given files, go through the proxies that the environment names, and reach this machine directly.
 * Call it before anything else is fetched: Deno reads both when it makes its first connection.
 *
 * @throws {ProxyError} a configuration error when a file cannot be read or has no certificate
 */
export async function createConnections(options: HttpClientOptions): Promise<Connections> {
  const { caCerts, clientCert, clientKey, backendUrl, oidcIssuerUrl } = options;
  trustSystem();
  await applyProxyEnvironment([backendUrl, oidcIssuerUrl].filter((url) => url !== undefined));
  // Deno's own client costs a start nothing.
  if (caCerts.length === 0 && !clientCert && !clientKey) return connectionsOf({}, undefined);
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
  const files = { caCerts: authorities, ...identity };
  return connectionsOf(files, createClient(files));
}

type ClientFiles = Pick<Deno.CreateHttpClientOptions, "caCerts"> & Partial<Deno.TlsCertifiedKeyPem>;

function connectionsOf(files: ClientFiles, first: Deno.HttpClient | undefined): Connections {
  let client = first;
  return {
    fetch: (url, init) => client ? fetch(url, { ...init, client }) : fetch(url, init),
    async fetchAlone(url, init) {
      using own = createClient(files);
      const response = await fetch(url, { ...init, client: own });
      await response.body?.cancel();
      return response;
    },
    replace() {
      const old = client;
      client = createClient(files);
      old?.close();
    },
  };
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
    text = await readTextFile(path);
  } catch (error) {
    throw unusable(`${flag} names a file that cannot be read: ${describe(error)}`, error);
  }
  if (!/-----BEGIN [A-Z ]+-----/.test(text)) {
    throw unusable(`${path} of ${flag} is not in PEM form`);
  }
  return text;
}

function createClient(files: ClientFiles): Deno.HttpClient {
  try {
    return Deno.createHttpClient({ ...files, poolIdleTimeout });
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
