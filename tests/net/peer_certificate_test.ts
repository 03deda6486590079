import assert from "node:assert/strict";
import { peerCertificate } from "../../src/net/peer_certificate.ts";
import { startForwardProxy } from "../support/forward_proxy.ts";
import { certificateFile, startHttpsServer } from "../support/https_server.ts";
import { within } from "../support/within.ts";

const proxyAt = (url: URL | string) => ({ url: new URL(url), variable: "HTTPS_PROXY" });
const shown = { subject: "CN=test server", issuer: "CN=Test Authority" };

Deno.test("the certificate of a server is told, by name and by address", async () => {
  await using server = await startHttpsServer();
  assert.deepEqual(await peerCertificate(server.url), shown);
  assert.deepEqual(await peerCertificate(new URL(`https://127.0.0.1:${server.url.port}/`)), shown);
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
    await using server = Deno.serve({
      hostname: "::1",
      port: 0,
      cert: Deno.readTextFileSync(certificateFile("server.pem")),
      key: Deno.readTextFileSync(certificateFile("server.key")),
      onListen() {},
    }, () => new Response());
    const url = new URL(`https://[::1]:${server.addr.port}/`);
    assert.deepEqual(await peerCertificate(url), shown);
  },
});

Deno.test("where nobody answers by TLS there is none", async () => {
  await using plain = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(),
  );
  const url = new URL(`https://127.0.0.1:${plain.addr.port}/`);
  assert.equal(await peerCertificate(url), undefined);
});

Deno.test("a server that says nothing is waited for no longer than told, and left", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closed = (async () => {
    const connection = await listener.accept();
    try {
      for await (const _ of connection.readable);
    } catch {
      // It was cut.
    }
  })();
  const url = new URL(`https://127.0.0.1:${listener.addr.port}/`);
  assert.equal(await peerCertificate(url, { timeout: 20 }), undefined);
  await within(closed, { what: "the end of the connection" });
});

Deno.test("behind a proxy the certificate is that of whoever answers there", async () => {
  await using server = await startHttpsServer();
  await using proxy = startForwardProxy({ destination: `127.0.0.1:${server.url.port}` });
  const url = new URL("https://backend.test:8443/mcp");
  assert.deepEqual(await peerCertificate(url, { proxy: proxyAt(proxy.url) }), shown);
  assert.deepEqual(proxy.requests, ["CONNECT backend.test:8443 HTTP/1.1"]);
});

Deno.test("a server is told its name, unless that is an address", async () => {
  const hello = async (host: string) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const said = (async () => {
      const connection = await listener.accept();
      const buffer = new Uint8Array(4096);
      const length = await connection.read(buffer);
      connection.close();
      return new TextDecoder("latin1").decode(buffer.subarray(0, length ?? 0));
    })();
    await using proxy = startForwardProxy({ destination: `127.0.0.1:${listener.addr.port}` });
    const url = new URL(`https://${host}/`);
    assert.equal(await peerCertificate(url, { proxy: proxyAt(proxy.url) }), undefined);
    return await within(said, { what: "the first message of the handshake" });
  };
  for (const host of ["backend.test", "node7"]) assert.ok((await hello(host)).includes(host));
  for (const host of ["10.1.2.3", "[fd00::1]"]) {
    assert.ok(!(await hello(host)).includes(host.replace(/[[\]]/g, "")));
  }
});

Deno.test("behind a proxy that does not let through, or cannot be looked through, there is none", async () => {
  await using server = await startHttpsServer();
  await using refusing = startForwardProxy({ answer: () => "HTTP/1.1 403 Forbidden\r\n\r\n" });
  const refused = { proxy: proxyAt(refusing.url) };
  assert.equal(await peerCertificate(server.url, refused), undefined);
  await using other = startForwardProxy({ destination: `127.0.0.1:${server.url.port}` });
  const socks = { proxy: proxyAt(`socks5://${other.url.host}`) };
  assert.equal(await peerCertificate(server.url, socks), undefined);
  assert.deepEqual(other.requests, []);
  await using silent = startForwardProxy({ answer: () => "silence" });
  const waited = { proxy: proxyAt(silent.url), timeout: 20 };
  assert.equal(await peerCertificate(server.url, waited), undefined);
});

Deno.test("a proxy is waited for three seconds", async () => {
  const { timeout } = AbortSignal;
  const waited: number[] = [];
  AbortSignal.timeout = (time) => {
    waited.push(time);
    return timeout.call(AbortSignal, 20);
  };
  try {
    await using silent = startForwardProxy({ answer: () => "silence" });
    const url = new URL("https://backend.test/");
    assert.equal(await peerCertificate(url, { proxy: proxyAt(silent.url) }), undefined);
    assert.deepEqual(waited, [3_000]);
  } finally {
    AbortSignal.timeout = timeout;
  }
});
