import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { excerpt } from "../base/excerpt.ts";
import { portOf } from "./port_of.ts";
import type { Proxy } from "./proxy_environment.ts";

/** A proxy's answer that opens no tunnel. */
export class TunnelRefusal extends Error {
  /** Tells this kind of error from others. */
  override readonly name = "TunnelRefusal";
  /** The status of the answer. */
  readonly status: number;

  /** Takes the status and its text. */
  constructor(status: number, text: string) {
    super(`HTTP ${status}${text && ` ${text}`}`);
    this.status = status;
  }
}

/** A proxy's answer to CONNECT is no longer than this, in bytes. */
const maxAnswer = 16 * 1024;

/**
 * Opens a tunnel to where a URL leads through an HTTP proxy (RFC 9110 section 9.3.6), as `fetch` does.
 * The caller ends it.
 *
 * @throws {TunnelRefusal} when the proxy answers something else
 * @throws {Error} when there is no connection to the proxy, or no answer before the signal is aborted
 */
export async function openTunnel(
  url: URL,
  { proxy, signal }: { proxy: Proxy; signal: AbortSignal },
): Promise<Socket> {
  const { protocol, hostname, username, password } = proxy.url;
  const host = hostname.replace(/[[\]]/g, "");
  const isTls = protocol === "https:";
  const address = { host, port: portOf(proxy.url) };
  const socket = isTls ? connectTls({ ...address, servername: host }) : connectTcp(address);
  const target = `${url.hostname}:${portOf(url)}`;
  const credentials = username || password
    ? `Proxy-Authorization: Basic ${
      btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
    }\r\n`
    : "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal.reason);
  let answer = "";
  const read = (bytes: Uint8Array) => {
    answer += new TextDecoder("latin1").decode(bytes);
    const [, status, text] = /^HTTP\/1\.[01] (\d{3}) ?([^\r\n]*)\r?\n/.exec(answer) ?? [];
    if (status === undefined) {
      if (answer.length > maxAnswer) reject(new Error("no answer of a proxy"));
    } else if (!/^2/.test(status)) {
      reject(new TunnelRefusal(Number(status), excerpt(text, { max: 100 })));
    } else if (/\r?\n\r?\n/.test(answer)) resolve();
    else if (answer.length > maxAnswer) reject(new Error("the proxy's answer has no end"));
  };
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("the proxy closed the connection")));
  socket.on("data", read);
  socket.once(isTls ? "secureConnect" : "connect", () => {
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${credentials}\r\n`);
  });
  try {
    await promise;
    socket.off("data", read);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
