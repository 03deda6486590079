import assert from "node:assert/strict";
import { speaksHttp2 } from "../../src/net/application_protocol.ts";
import { startForwardProxy } from "../support/forward_proxy.ts";
import { certificateFile, startHttpsServer } from "../support/https_server.ts";
import { within } from "../support/within.ts";

/** Longer than any answer takes here. */
const timeout = 20_000;

/** A server that speaks HTTP/2 and HTTP/1.1, with a certificate that nobody trusts. */
function startHttp2Server(hostname = "127.0.0.1") {
  return Deno.serve({
    hostname,
    port: 0,
    cert: Deno.readTextFileSync(certificateFile("server.pem")),
    key: Deno.readTextFileSync(certificateFile("server.key")),
    onListen() {},
  }, () => new Response());
}

/** A server that takes connections and says nothing. */
function startSilentServer() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closed = Promise.withResolvers<void>();
  (async () => {
    const connection = await listener.accept();
    try {
      for await (const _ of connection.readable);
    } catch {
      // It was cut.
    }
    closed.resolve();
  })().catch(closed.reject);
  return {
    url: new URL(`https://127.0.0.1:${listener.addr.port}/`),
    closed: within(closed.promise, { what: "the end of the connection" }),
    [Symbol.dispose]: () => listener.close(),
  };
}

const proxyAt = (url: URL | string) => ({ url: new URL(url), variable: "HTTPS_PROXY" });

Deno.test("a server that speaks HTTP/2 is told from one that does not", async () => {
  await using both = startHttp2Server();
  for (const host of ["127.0.0.1", "localhost"]) {
    assert.equal(
      await speaksHttp2(new URL(`https://${host}:${both.addr.port}/`), { timeout }),
      true,
    );
  }
  await using old = await startHttpsServer();
  assert.equal(await speaksHttp2(old.url, { timeout }), false);
  // By http, nobody speaks it here.
  const plain = new URL(`http://127.0.0.1:${both.addr.port}/`);
  assert.equal(await speaksHttp2(plain, { timeout }), false);
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
  name: "a server at an IPv6 address is asked there (needs IPv6)",
  ignore: !hasIpv6,
  async fn() {
    await using server = startHttp2Server("::1");
    assert.equal(
      await speaksHttp2(new URL(`https://[::1]:${server.addr.port}/`), { timeout }),
      true,
    );
  },
});

Deno.test("who is not asked by TLS does not speak it here", async () => {
  await using plain = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(),
  );
  const { port } = plain.addr;
  assert.equal(await speaksHttp2(new URL(`http://127.0.0.1:${port}/`), { timeout }), false);
  assert.equal(await speaksHttp2(new URL(`https://127.0.0.1:${port}/`), { timeout }), false);
  assert.equal(await speaksHttp2(new URL("https://127.0.0.1:2/"), { timeout }), false);
});

Deno.test("a server that says nothing is waited for no longer than told, and left", async () => {
  using silent = startSilentServer();
  assert.equal(await speaksHttp2(silent.url, { timeout: 20 }), false);
  await silent.closed;
});

Deno.test("a server behind a proxy is asked through it", async () => {
  await using server = startHttp2Server();
  await using proxy = startForwardProxy({ destination: `127.0.0.1:${server.addr.port}` });
  const url = new URL("https://backend.test/mcp");
  assert.equal(await speaksHttp2(url, { timeout, proxy: proxyAt(proxy.url) }), true);
  assert.deepEqual(proxy.requests, ["CONNECT backend.test:443 HTTP/1.1"]);
});

Deno.test("a proxy that lets nobody through, or that cannot be asked, is no answer", async () => {
  await using refusing = startForwardProxy({ answer: () => "HTTP/1.1 403 Forbidden\r\n\r\n" });
  const url = new URL("https://backend.test/mcp");
  assert.equal(await speaksHttp2(url, { timeout, proxy: proxyAt(refusing.url) }), false);
  // Whatever lies behind it: it is not asked at all.
  await using server = startHttp2Server();
  await using other = startForwardProxy({ destination: `127.0.0.1:${server.addr.port}` });
  const proxy = proxyAt(`socks5h://${other.url.host}`);
  assert.equal(await speaksHttp2(url, { timeout, proxy }), false);
  assert.deepEqual(other.requests, []);
});

Deno.test("a server is told its name, unless that is an address, and what there is to choose from", async () => {
  const hello = async (host: string, options: { tunnel: boolean }) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const said = (async () => {
      const connection = await listener.accept();
      const buffer = new Uint8Array(4096);
      const length = await connection.read(buffer);
      connection.close();
      return new TextDecoder("latin1").decode(buffer.subarray(0, length ?? 0));
    })();
    const { port } = listener.addr;
    await using proxy = startForwardProxy({ destination: `127.0.0.1:${port}` });
    const url = new URL(`https://${host}:${port}/`);
    const way = options.tunnel ? { proxy: proxyAt(proxy.url) } : {};
    assert.equal(await speaksHttp2(url, { timeout, ...way }), false);
    return await within(said, { what: "the first message of the handshake" });
  };
  for (
    const [host, tunnel] of [["localhost", false], ["backend.test", true], ["node7", true]] as const
  ) {
    const said = await hello(host, { tunnel });
    assert.ok(said.includes(host), host);
    assert.ok(said.includes("\u0002h2\u0008http/1.1"));
  }
  assert.ok(!(await hello("127.0.0.1", { tunnel: false })).includes("127.0.0.1"));
});

Deno.test("a tunnel is closed when the server has answered, or has not", async () => {
  using silent = startSilentServer();
  await using proxy = startForwardProxy({ destination: silent.url.host });
  const url = new URL("https://backend.test/");
  assert.equal(await speaksHttp2(url, { timeout: 50, proxy: proxyAt(proxy.url) }), false);
  await silent.closed;
});
