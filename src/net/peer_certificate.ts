import type { Socket } from "node:net";
import { portOf } from "./port_of.ts";
import { proxyFor } from "./proxy.ts";
import type { Proxy } from "./proxy_environment.ts";

/** What identifies the certificate that a server shows. */
export interface PeerCertificate {
  /** Whom it is for, as `CN=…, O=…`. */
  subject: string;
  /** Who issued it. */
  issuer: string;
}

/** How {@linkcode peerCertificate} asks. */
export interface CertificateQuestion {
  /** The proxy on the way; that of the environment unless told otherwise. */
  proxy?: Proxy;
  /** How long a server that does not answer is waited for, in milliseconds. */
  timeout?: number;
}

/**
 * The certificate that a server shows, or whoever answers for it behind the proxy that requests to it
 * go through, whether it is trusted or not: for the person who has to find out why it is not. Nothing
 * is sent to the server. `undefined` when it cannot be had.
 */
export async function peerCertificate(
  url: URL,
  { proxy = proxyFor(url), timeout = 3_000 }: CertificateQuestion = {},
): Promise<PeerCertificate | undefined> {
  const { connect } = await import("node:tls");
  const hostname = url.hostname.replace(/[[\]]/g, "");
  let tunnel: Socket | undefined;
  try {
    tunnel = proxy && await tunnelTo(url, { proxy, timeout });
  } catch {
    return undefined;
  }
  const { promise, resolve } = Promise.withResolvers<PeerCertificate | undefined>();
  const socket = connect({
    ...tunnel ? { socket: tunnel } : { host: hostname, port: portOf(url) },
    servername: /^[\d.]+$|:/.test(hostname) ? undefined : hostname,
    rejectUnauthorized: false,
  }, () => {
    const { subject, issuer } = socket.getPeerCertificate() ?? {};
    const [of, by] = [nameOf(subject), nameOf(issuer)];
    resolve(of && by ? { subject: of, issuer: by } : undefined);
  });
  socket.setTimeout(timeout, () => resolve(undefined));
  socket.on("error", () => resolve(undefined));
  try {
    return await promise;
  } finally {
    socket.destroy();
    tunnel?.destroy();
  }
}

/** The way through the proxy. */
async function tunnelTo(
  url: URL,
  { proxy, timeout }: { proxy: Proxy; timeout: number },
): Promise<Socket> {
  if (proxy.url.protocol.startsWith("socks")) throw new Error("cannot look behind this proxy");
  const { openTunnel } = await import("./proxy_tunnel.ts");
  return await openTunnel(url, { proxy, signal: AbortSignal.timeout(timeout) });
}

function nameOf(parts: unknown): string {
  if (typeof parts !== "object" || parts === null) return "";
  return Object.entries(parts).map(([key, value]) => `${key}=${value}`).join(", ");
}
