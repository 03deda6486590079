import type { Socket } from "node:net";
import { connect } from "node:tls";
import { portOf } from "./port_of.ts";
import { proxyFor } from "./proxy.ts";
import type { Proxy } from "./proxy_environment.ts";

/** What {@linkcode speaksHttp2} is told. */
export interface ProtocolQuestion {
  /** How long to wait for the server's answer, in milliseconds; without one it does not. */
  timeout: number;
  /** The proxy on the way; that of the environment unless told otherwise. */
  proxy?: Proxy;
}

/**
 * Whether an https server speaks HTTP/2 to this program (ALPN, RFC 7301): all requests to it share one
 * connection then. Nothing is sent to it, and its certificate does not matter.
 */
export async function speaksHttp2(
  url: URL,
  { timeout, proxy = proxyFor(url) }: ProtocolQuestion,
): Promise<boolean> {
  if (url.protocol !== "https:") return false;
  const hostname = url.hostname.replace(/[[\]]/g, "");
  const signal = AbortSignal.timeout(timeout);
  let tunnel: Socket | undefined;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  try {
    if (proxy?.url.protocol.startsWith("socks")) return false;
    if (proxy) {
      const { openTunnel } = await import("./proxy_tunnel.ts");
      tunnel = await openTunnel(url, { proxy, signal });
    }
    const socket = connect({
      ...tunnel ? { socket: tunnel } : { host: hostname, port: portOf(url) },
      servername: /^[\d.]+$|:/.test(hostname) ? undefined : hostname,
      ALPNProtocols: ["h2", "http/1.1"],
      rejectUnauthorized: false,
    }, () => resolve(socket.alpnProtocol === "h2"));
    socket.on("error", () => resolve(false));
    signal.addEventListener("abort", () => resolve(false));
    try {
      return await promise;
    } finally {
      socket.destroy();
    }
  } catch {
    return false;
  } finally {
    tunnel?.destroy();
  }
}
