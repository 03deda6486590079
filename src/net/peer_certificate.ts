import type { Socket } from "node:net";
import { proxyFor } from "./proxy.ts";

/** What identifies the certificate that a server shows. */
export interface PeerCertificate {
  /** Whom it is for, as `CN=…, O=…`. */
  subject: string;
  /** Who issued it. */
  issuer: string;
}

/** A server that does not answer is not waited for longer than this, in milliseconds. */
const timeout = 3_000;

/**
 * The certificate that a server shows, or whoever answers for it behind the proxy that requests to it go through, whether it is trusted or not: for the person who has to find
 * out why it is not. Nothing is sent to the server. `undefined` when it cannot be had.
 */
export async function peerCertificate(url: URL): Promise<PeerCertificate | undefined> {
  const { connect } = await import("node:tls");
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  let tunnel: Socket | undefined;
  try {
    tunnel = await tunnelTo(url);
  } catch {
    return undefined;
  }
  const { promise, resolve } = Promise.withResolvers<PeerCertificate | undefined>();
  const socket = connect({
    ...tunnel ? { socket: tunnel } : { host: hostname, port: Number(url.port || 443) },
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

/** The way through the proxy; `undefined` where there is none. */
async function tunnelTo(url: URL): Promise<Socket | undefined> {
  const proxy = proxyFor(url);
  if (!proxy) return undefined;
  if (proxy.url.protocol.startsWith("socks")) throw new Error("cannot look behind this proxy");
  const { openTunnel } = await import("./proxy_tunnel.ts");
  return await openTunnel(url, { proxy, signal: AbortSignal.timeout(timeout) });
}

function nameOf(parts: unknown): string {
  if (typeof parts !== "object" || parts === null) return "";
  return Object.entries(parts).map(([key, value]) => `${key}=${value}`).join(", ");
}
