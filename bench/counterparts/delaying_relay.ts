/** A TCP relay that is as far from its backend as a network makes it. */
export interface DelayingRelay extends Disposable {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** How many connections were opened to it. */
  readonly connections: number;
}

/** What {@linkcode startDelayingRelay} is told. */
export interface DelayingRelayOptions {
  /** How long the way there and back takes, in milliseconds. */
  roundTrip: number;
}

/**
 * Starts a relay in front of a port of this machine that delivers every byte, and the end, half a
 * round trip late in both directions. It knows nothing of what it carries, be it HTTP/1.1 or TLS.
 *
 * To set a connection up takes a round trip, too. No program can hold back the kernel's part of it, so
 * that the client believes to be connected at once; what it sends is taken up a round trip after that
 * instead, when it could have sent it in truth. It arrives and is answered to the millisecond as it
 * would be. One thing is lost: a client that uses another connection instead, because that became free
 * while the new one was being set up.
 */
export function startDelayingRelay(
  backendPort: number,
  { roundTrip }: DelayingRelayOptions,
): DelayingRelay {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let connections = 0;

  async function accept(client: Deno.TcpConn) {
    const acceptedAt = performance.now();
    connections++;
    open.add(client);
    try {
      const backend = await Deno.connect({ hostname: "127.0.0.1", port: backendPort });
      open.add(backend);
      client.setNoDelay(true);
      backend.setNoDelay(true);
      await Promise.all([
        carry(client, { to: backend, delay: roundTrip / 2, from: acceptedAt + roundTrip }),
        carry(backend, { to: client, delay: roundTrip / 2, from: acceptedAt }),
      ]);
      close(backend);
    } finally {
      close(client);
    }
  }

  function close(connection: Deno.Conn) {
    if (open.delete(connection)) connection.close();
  }

  (async () => {
    // What happens to one connection does not concern the others.
    for await (const client of listener) accept(client).catch(() => {});
  })();
  return {
    port: listener.addr.port,
    get connections() {
      return connections;
    },
    [Symbol.dispose]() {
      listener.close();
      for (const connection of [...open]) close(connection);
    },
  };
}

/** Delivers what comes `delay` milliseconds late, and none of it as if it had come before `from`. */
async function carry(
  source: Deno.TcpConn,
  { to, delay, from }: { to: Deno.TcpConn; delay: number; from: number },
): Promise<void> {
  let delivered = Promise.resolve();
  for (;;) {
    const buffer = new Uint8Array(65_536);
    const length = await source.read(buffer).catch(() => null);
    const due = Math.max(performance.now(), from) + delay;
    const isTime = new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    delivered = delivered.then(async () => {
      await isTime;
      if (length === null) await to.closeWrite();
      else await writeAll(to, buffer.subarray(0, length));
    });
    delivered.catch(() => {});
    if (length === null) return await delivered.catch(() => {});
  }
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
