import type { Socket } from "node:net";
import { connect } from "node:tls";
import { proxyFor } from "./proxy.ts";

/**
 * Whether an https server speaks HTTP/2 to this program (ALPN, RFC 7301): all requests to it share one
 * connection then. Nothing is sent to it, and its certificate does not matter.
 *
 * @param timeout how long to wait for its answer, in milliseconds; without one it does not
 */
export async function speaksHttp2(url: URL, timeout: number): Promise<boolean> {
  if (url.protocol !== "https:") return false;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const signal = AbortSignal.timeout(timeout);
  let tunnel: Socket | undefined;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  try {
    const proxy = proxyFor(url);
    if (proxy?.url.protocol.startsWith("socks")) return false;
    if (proxy) {
      const { openTunnel } = await import("./proxy_tunnel.ts");
      tunnel = await openTunnel(url, { proxy, signal });
    }
    const socket = connect({
      ...tunnel ? { socket: tunnel } : { host: hostname, port: Number(url.port || 443) },
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
