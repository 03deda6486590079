/** A forward proxy, as much of one as tests need, on a free port of this machine. */
export interface ForwardProxy extends AsyncDisposable {
  /** Where it is. */
  readonly url: URL;
  /** The first line of each request, with its credentials if there were any. */
  readonly requests: string[];
}

/** What {@linkcode startForwardProxy} may be told. */
export interface ForwardProxyOptions {
  /**
   * What it answers to a request's first line instead of doing what it asks for: a whole answer,
   * `silence`, or `hang up` to close the connection without one, as one that is ended does.
   */
  answer?: (request: string, head: string) => string | "silence" | "hang up" | undefined;
  /** Where CONNECT leads to, whatever was asked for: `host:port`. */
  destination?: string;
}

/** The answer of squid 5.7 to a request without credentials, without most of its page. */
export const authenticationRequired = [
  "HTTP/1.1 407 Proxy Authentication Required",
  "Server: squid/5.7",
  "Content-Type: text/html;charset=utf-8",
  "X-Squid-Error: ERR_CACHE_ACCESS_DENIED 0",
  'Proxy-Authenticate: Basic realm="proxy"',
  "Content-Length: 0",
  "",
  "",
].join("\r\n");

/** The answer of squid 5.7 to what its rules do not allow, without most of its page. */
export const accessDenied = [
  "HTTP/1.1 403 Forbidden",
  "Server: squid/5.7",
  "Content-Type: text/html;charset=utf-8",
  "X-Squid-Error: ERR_ACCESS_DENIED 0",
  "Via: 1.1 proxy (squid/5.7)",
  "Content-Length: 0",
  "",
  "",
].join("\r\n");

/** The answer of squid 5.7 when it cannot reach what was asked for. */
export const cannotConnect = accessDenied.replace("403 Forbidden", "503 Service Unavailable")
  .replace("ERR_ACCESS_DENIED 0", "ERR_CONNECT_FAIL 111");

/** Starts one. */
export function startForwardProxy(options: ForwardProxyOptions = {}): ForwardProxy {
  const requests: string[] = [];
  const open = new Set<Deno.Conn>();
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });

  async function serve(connection: Deno.Conn) {
    let head = "";
    const buffer = new Uint8Array(16_384);
    while (!head.includes("\r\n\r\n")) {
      const length = await connection.read(buffer);
      if (length === null) return;
      head += new TextDecoder("latin1").decode(buffer.subarray(0, length));
    }
    const [first] = head.split("\r\n");
    const [, credentials] = /^proxy-authorization: basic (.*)$/im.exec(head) ?? [];
    requests.push(credentials ? `${first} (${atob(credentials)})` : first);
    const answer = options.answer?.(first, head);
    if (answer === "hang up") return;
    if (answer === "silence") return await new Promise<void>(() => {});
    if (answer !== undefined) return void await connection.write(new TextEncoder().encode(answer));
    const [, target] = /^CONNECT (\S+)/.exec(first) ?? [];
    const [, hostname, port] = /^(.*):(\d+)$/.exec(options.destination ?? target ?? "") ?? [];
    const there = await Deno.connect({ hostname, port: Number(port) });
    open.add(there);
    await connection.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    await Promise.race([
      connection.readable.pipeTo(there.writable),
      there.readable.pipeTo(connection.writable),
    ]);
  }

  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      serve(connection).catch(() => {}).finally(() => close(connection));
    }
  })();
  return {
    url: new URL(`http://127.0.0.1:${listener.addr.port}`),
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await accepting;
    },
  };
}

function close(connection: Deno.Conn) {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
