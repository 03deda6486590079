import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";

/** Where {@linkcode listenOnLoopback} listens. */
export interface LoopbackAddress {
  /** The loopback host; `127.0.0.1` unless told otherwise. */
  host?: string;
  /** The port; a free one unless told otherwise. */
  port?: number;
}

/** Makes a server listen and returns its port. */
export function listenOnLoopback(server: Server, address: LoopbackAddress = {}): Promise<number> {
  const { host = "127.0.0.1", port = 0 } = address;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const bound = server.address();
      resolve(typeof bound === "object" && bound ? bound.port : port);
    });
  });
}

/** Stops a server at once: no new connections, and none of the old ones left. */
export async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

/**
 * What answers requests, as a server takes it: a client that goes away in the middle, as an ended program
 * does, is no error of the server's.
 */
export function answeringWith(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): RequestListener {
  return (request, response) => void answer(request, response).catch(() => response.destroy());
}
