import assert from "node:assert/strict";
import { openTunnel, TunnelRefusal } from "../../src/net/proxy_tunnel.ts";
import type { Proxy } from "../../src/net/proxy_environment.ts";
import { startHttpsServer } from "../support/https_server.ts";
import { within } from "../support/within.ts";

/** A proxy that answers the first request head with these pieces, and what it was asked. */
function startProxy(
  pieces: readonly string[],
  { ends = false, hostname = "127.0.0.1" } = {},
) {
  const listener = Deno.listen({ hostname, port: 0 });
  const asked = Promise.withResolvers<string>();
  const closed = Promise.withResolvers<void>();
  (async () => {
    const connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    let head = "";
    while (!head.includes("\r\n\r\n")) {
      const count = await connection.read(buffer);
      if (count === null) break;
      head += new TextDecoder().decode(buffer.subarray(0, count));
    }
    asked.resolve(head);
    for (const piece of pieces) await connection.write(new TextEncoder().encode(piece));
    if (ends) return connection.close();
    try {
      while (await connection.read(buffer) !== null);
    } catch {
      // It was cut.
    }
    closed.resolve();
    connection.close();
  })().catch(asked.reject);
  return {
    port: listener.addr.port,
    asked: within(asked.promise, { what: "the request to the proxy" }),
    closed: within(closed.promise, { what: "the end of the connection to the proxy" }),
    [Symbol.dispose]: () => listener.close(),
  };
}

const at = (port: number, userInfo = ""): Proxy =>
  ({ url: new URL(`http://${userInfo}127.0.0.1:${port}`), variable: "HTTPS_PROXY" }) as Proxy;

const { signal } = new AbortController();

for (
  const [target, authority] of [
    ["https://backend.test/mcp", "backend.test:443"],
    ["http://backend.test/mcp", "backend.test:80"],
    ["https://backend.test:8443/", "backend.test:8443"],
    ["https://[2001:db8::1]/", "[2001:db8::1]:443"],
  ]
) {
  Deno.test(`a tunnel to ${target} is asked for as ${authority}`, async () => {
    using proxy = startProxy(["HTTP/1.1 200 Connection established\r\n\r\n"]);
    const socket = await openTunnel(new URL(target!), { proxy: at(proxy.port), signal });
    assert.equal(
      await proxy.asked,
      `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`,
    );
    socket.destroy();
    await proxy.closed;
  });
}

Deno.test("user and password of the proxy go along as they are meant", async () => {
  for (const [userInfo, plain] of [["ada:s%40c@", "ada:s@c"], ["ada@", "ada:"], [":pw@", ":pw"]]) {
    using proxy = startProxy(["HTTP/1.0 200\n\n"]);
    const socket = await openTunnel(new URL("https://b.test/"), {
      proxy: at(proxy.port, userInfo),
      signal,
    });
    assert.ok((await proxy.asked).includes(`\r\nProxy-Authorization: Basic ${btoa(plain!)}\r\n`));
    socket.destroy();
  }
});

const hasIpv6 = (() => {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
})();

Deno.test({
  name: "a proxy may have an IPv6 address (needs IPv6)",
  ignore: !hasIpv6,
  async fn() {
    using proxy = startProxy(["HTTP/1.1 200 OK\r\n\r\n"], { hostname: "::1" });
    const socket = await openTunnel(new URL("https://b.test/"), {
      proxy: { url: new URL(`http://[::1]:${proxy.port}`), variable: "HTTPS_PROXY" },
      signal,
    });
    socket.destroy();
  },
});

Deno.test("an answer may come in pieces, with header fields", async () => {
  using proxy = startProxy(["HTT", "P/1.1 20", "0 OK\r\nVia: x\r", "\n\r\n"]);
  const socket = await openTunnel(new URL("https://b.test/"), { proxy: at(proxy.port), signal });
  socket.destroy();
});

Deno.test("a refusal has its status and its words", async () => {
  for (
    const [line, message] of [
      ["HTTP/1.1 407 Proxy Authentication Required\r\n", "HTTP 407 Proxy Authentication Required"],
      ["HTTP/1.1 403\r\n", "HTTP 403"],
      ["HTTP/1.1 302 Found\r\n", "HTTP 302 Found"],
    ]
  ) {
    using proxy = startProxy([line!, "\r\n"]);
    await assert.rejects(
      openTunnel(new URL("https://b.test/"), { proxy: at(proxy.port), signal }),
      (error: unknown) => {
        assert.ok(error instanceof TunnelRefusal);
        assert.equal(error.message, message);
        assert.equal(String(error.status), message!.slice(5, 8));
        return true;
      },
    );
    await proxy.closed;
  }
});

Deno.test("what answers without an end, or with no HTTP at all, is left", async () => {
  const much = "x".repeat(16 * 1024 + 1);
  for (
    const [answer, says] of [
      [much, /no answer of a proxy/],
      [`HTTP/1.1 200 OK\r\nX: ${much}`, /the proxy's answer has no end/],
    ] as const
  ) {
    using proxy = startProxy([answer]);
    await assert.rejects(
      openTunnel(new URL("https://b.test/"), { proxy: at(proxy.port), signal }),
      says,
    );
    await proxy.closed;
  }
});

Deno.test("an answer of 16 KiB is not too long", async () => {
  const max = 16 * 1024;
  const ok = "HTTP/1.1 200 OK\r\n";
  const rows: [string, RegExp][] = [
    ["x".repeat(max), /the proxy closed the connection/],
    ["x".repeat(max + 1), /no answer of a proxy/],
    [ok.padEnd(max, "x"), /the proxy closed the connection/],
    [ok.padEnd(max + 1, "x"), /the proxy's answer has no end/],
  ];
  for (const [answer, says] of rows) {
    using proxy = startProxy([answer], { ends: true });
    await assert.rejects(
      openTunnel(new URL("https://b.test/"), { proxy: at(proxy.port), signal }),
      says,
    );
  }
});

Deno.test("a proxy that closes the connection, or that nobody is, is an error", async () => {
  using proxy = startProxy([], { ends: true });
  await assert.rejects(
    openTunnel(new URL("https://b.test/"), { proxy: at(proxy.port), signal }),
    /the proxy closed the connection/,
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assert.rejects(
    openTunnel(new URL("https://b.test/"), { proxy: at(port), signal }),
    /ECONNREFUSED/,
  );
});

Deno.test("nobody waits for longer than the signal lets", async () => {
  using proxy = startProxy([]);
  const stop = new AbortController();
  const opening = openTunnel(new URL("https://b.test/"), {
    proxy: at(proxy.port),
    signal: stop.signal,
  });
  await proxy.asked;
  stop.abort(new Error("enough"));
  await assert.rejects(opening, /enough/);
  await proxy.closed;
  await assert.rejects(
    openTunnel(new URL("https://b.test/"), { proxy: at(proxy.port), signal: stop.signal }),
    /enough/,
  );
});

Deno.test("a tunnel is left to whoever asked for it", async () => {
  using proxy = startProxy(["HTTP/1.1 200 OK\r\n\r\n"]);
  const listening = new Set<unknown>();
  const { signal } = new AbortController();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener) => {
    listening.add(listener);
    add(type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listening.delete(listener);
    remove(type, listener);
  };
  const socket = await openTunnel(new URL("https://b.test/"), { proxy: at(proxy.port), signal });
  assert.equal(listening.size, 0, "nobody waits for its end any more");
  assert.equal(socket.listenerCount("data"), 0, "nobody else reads it");
  socket.destroy();
});

Deno.test("a proxy that is reached by TLS has to show a certificate that is trusted", async () => {
  await using server = await startHttpsServer();
  const proxy = { url: server.url, variable: "HTTPS_PROXY" };
  await assert.rejects(
    openTunnel(new URL("https://b.test/"), { proxy, signal }),
    /certificate|issuer/i,
  );
});
