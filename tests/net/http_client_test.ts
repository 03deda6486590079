import assert from "node:assert/strict";
import type { ProxyError } from "../../src/base/errors.ts";
import { createHttpFetch } from "../../src/net/http_client.ts";
import { peerCertificate } from "../../src/net/peer_certificate.ts";
import {
  canLearnClientCertificates,
  certificateFile as file,
  startHttpsServer,
} from "../support/https_server.ts";

const authority = file("authority.pem");
const httpClient = new URL("../../src/net/http_client.ts", import.meta.url).href;
const clientCert = file("client.pem");
const clientKey = file("client.key");
const none = { caCerts: [], clientCert: undefined, clientKey: undefined };

Deno.test("the authority of --ca-cert is trusted, and no other one", async () => {
  await using server = await startHttpsServer();
  const stranger = await createHttpFetch(none);
  await assert.rejects(() => stranger(server.url));
  const fetch = await createHttpFetch({ ...none, caCerts: [authority] });
  assert.equal(await (await fetch(server.url)).text(), "nobody");
});

Deno.test({
  name: "a server that wants to know the client is shown --client-cert " +
    "(needs a Deno that tells a server the certificate of its client)",
  ignore: !canLearnClientCertificates,
  async fn() {
    await using server = await startHttpsServer({ wantsClient: true });
    const stranger = await createHttpFetch({ ...none, caCerts: [authority] });
    await assert.rejects(() => stranger(server.url));
    const fetch = await createHttpFetch({ caCerts: [authority], clientCert, clientKey });
    assert.equal(await (await fetch(server.url)).text(), "test client");
  },
});

Deno.test("what is not answered in time is not sent on the same connection again", async () => {
  const clients: number[] = [];
  const unanswered = Promise.withResolvers<Response>();
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: Deno.readTextFileSync(file("server.pem")),
    key: Deno.readTextFileSync(file("server.key")),
    onListen() {},
  }, (request, { remoteAddr }) => {
    clients.push(remoteAddr.port);
    return request.url.endsWith("/silent") ? unanswered.promise : new Response("answered");
  });
  const { port } = server.addr;
  const fetch = await createHttpFetch({ ...none, caCerts: [authority] });
  const ask = async () => await (await fetch(`https://localhost:${port}/`)).text();
  await ask();
  await ask();
  assert.equal(clients[1], clients[0], "HTTP/2: one connection for all");
  const stop = new AbortController();
  const stopped = fetch(`https://localhost:${port}/silent`, { signal: stop.signal });
  stop.abort(new Error("nobody wants it any more"));
  await assert.rejects(stopped, /nobody wants it/);
  await ask();
  assert.equal(clients.at(-1), clients[0], "what was called off says nothing of the connection");
  await assert.rejects(
    fetch(`https://localhost:${port}/silent`, { signal: AbortSignal.timeout(50) }),
    { name: "TimeoutError" },
  );
  await ask();
  assert.notEqual(clients.at(-1), clients[0], "the connection may be dead");
  unanswered.resolve(new Response());
});

Deno.test("the certificate that a server shows can be told without trusting it", async () => {
  await using server = await startHttpsServer();
  assert.deepEqual(await peerCertificate(server.url), {
    subject: "CN=test server",
    issuer: "CN=Test Authority",
  });
  assert.equal(await peerCertificate(new URL("https://127.0.0.1:2/")), undefined);
});

const missing = file("missing.pem");

for (
  const [name, files, message] of [
    [
      "a missing file",
      { ...none, caCerts: [missing] },
      /--ca-cert names a file that cannot be read/,
    ],
    ["a file that is no PEM", { ...none, caCerts: [file("README.md")] }, /is not in PEM form/],
    [
      "a certificate without its key",
      { ...none, clientCert },
      /--client-cert is set without --client-key/,
    ],
    [
      "a key without its certificate",
      { ...none, clientKey },
      /--client-key is set without --client-cert/,
    ],
    ["a key that is none", { ...none, clientCert, clientKey: clientCert }, /do not fit/],
  ] as const
) {
  Deno.test(`createHttpFetch: ${name} is a configuration error`, async () => {
    await assert.rejects(() => createHttpFetch(files), (error: ProxyError) => {
      assert.equal(error.reason, "invalid_setting");
      assert.match(error.message, /^Configuration error: /);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("the proxy of the environment is used, but not for this machine", async () => {
  let viaProxy: string | undefined;
  await using proxy = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    viaProxy = request.url;
    return new Response("proxied");
  });
  await using direct = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("direct"),
  );
  // Deno reads the variables when it connects for the first time: this takes a process of its own.
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--quiet",
      `import { createHttpFetch } from ${JSON.stringify(httpClient)};
      const fetch = await createHttpFetch({ caCerts: [] });
      const urls = ["http://127.0.0.1:${direct.addr.port}/", "http://backend.test/mcp"];
      for (const url of urls) console.log(await (await fetch(url)).text());`,
    ],
    env: { HTTP_PROXY: `http://127.0.0.1:${proxy.addr.port}`, NO_PROXY: "internal.test" },
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(new TextDecoder().decode(stdout), "direct\nproxied\n");
  assert.match(viaProxy ?? "", /backend\.test/);
});
