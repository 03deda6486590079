/** A TCP relay on a free port, whose connections can be forgotten as a NAT or a VPN forgets them. */
export interface Relay extends Disposable {
  /** Where it listens. */
  readonly port: number;
  /** How many connections there have been. */
  readonly connections: number;
  /** From now on nothing passes on the connections that there are, and nobody is told. */
  forget(): void;
}

/** Starts one in front of a port of this machine. */
export function startRelay(port: number): Relay {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const open = new Set<Deno.Conn>();
  let generation = 0;
  let connections = 0;

  async function pump(from: Deno.Conn, { to, mine }: { to: Deno.Conn; mine: number }) {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const length = await from.read(buffer);
      if (mine < generation) return;
      if (length === null) return to.close();
      for (let at = 0; at < length;) at += await to.write(buffer.subarray(at, length));
    }
  }

  (async () => {
    for await (const here of listener) {
      connections++;
      const there = await Deno.connect({ port, hostname: "127.0.0.1" });
      open.add(here).add(there);
      const mine = generation;
      pump(here, { to: there, mine }).catch(() => {});
      pump(there, { to: here, mine }).catch(() => {});
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    get connections() {
      return connections;
    },
    forget() {
      generation++;
    },
    [Symbol.dispose]() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // It is closed already.
        }
      }
    },
  };
}
