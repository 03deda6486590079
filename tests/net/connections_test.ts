/**
 * The connections of a program: which of them a request uses, and when new ones are made.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createConnections, createHttpFetch } from "../../src/net/http_client.ts";
import { certificateFile as file } from "../support/https_server.ts";
import { within } from "../support/within.ts";

const authority = file("authority.pem");
const none = { caCerts: [], clientCert: undefined, clientKey: undefined };
const trusting = { ...none, caCerts: [authority] };

/** A server with HTTP/2 that tells requests by the port that they come from. */
function startServer(secure = true) {
  const ports: number[] = [];
  const silent = Promise.withResolvers<Response>();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...secure && {
      cert: Deno.readTextFileSync(file("server.pem")),
      key: Deno.readTextFileSync(file("server.key")),
    },
    onListen() {},
  }, async (request, { remoteAddr }) => {
    ports.push(remoteAddr.port);
    if (request.url.endsWith("/silent")) return await silent.promise;
    return new Response(`${request.method} ${await request.text()}`, {
      headers: { "x-sent": request.headers.get("x-sent") ?? "" },
    });
  });
  const { port } = server.addr;
  return {
    ports,
    url: `${secure ? "https" : "http"}://localhost:${port}/`,
    async [Symbol.asyncDispose]() {
      silent.resolve(new Response());
      await server.shutdown();
    },
  };
}

const request = { method: "POST", body: "b", headers: { "x-sent": "h" } };

Deno.test("requests go out as they are, on one connection, until it is replaced", async () => {
  await using server = startServer();
  const { fetch, replace } = await createConnections(trusting);
  const ask = async () => {
    const response = await fetch(server.url, request);
    assert.equal(response.headers.get("x-sent"), "h");
    assert.equal(await response.text(), "POST b");
    return server.ports.at(-1);
  };
  const first = await ask();
  assert.equal(await ask(), first);
  replace();
  const second = await ask();
  assert.notEqual(second, first);
  assert.equal(await ask(), second);
  replace();
  assert.notEqual(await ask(), second);
});

Deno.test("a request alone has a connection of its own, and its answer no body", async () => {
  await using server = startServer();
  const { fetch, fetchAlone } = await createConnections(trusting);
  await (await fetch(server.url)).text();
  const response = await fetchAlone(server.url, request);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("x-sent"), "h");
  assert.equal(response.bodyUsed || response.body === null || response.body.locked, true);
  assert.notEqual(server.ports[1], server.ports[0]);
  await (await fetch(server.url)).text();
  assert.equal(server.ports[2], server.ports[0]);
});

Deno.test("without files, Deno's own connections are used, until they are replaced", async () => {
  await using server = startServer(false);
  const { fetch, replace } = await createConnections(none);
  assert.equal(await (await fetch(server.url, request)).text(), "POST b");
  replace();
  assert.equal(await (await fetch(server.url, request)).text(), "POST b");
  await using stranger = startServer();
  await assert.rejects(fetch(stranger.url));
});

Deno.test("only what was given up for its time has later requests use new connections", async () => {
  await using server = startServer();
  const fetch = await createHttpFetch(trusting);
  const ask = async () => {
    await (await fetch(server.url)).text();
    return server.ports.at(-1);
  };
  const first = await ask();
  const reasons: unknown[] = [
    new Error("TimeoutError"),
    new DOMException("no", "AbortError"),
    { name: "TimeoutError" },
    undefined,
  ];
  for (const reason of reasons) {
    const stop = new AbortController();
    const silent = fetch(`${server.url}silent`, { signal: stop.signal });
    stop.abort(reason);
    await assert.rejects(silent);
    assert.equal(await ask(), first);
  }
  await assert.rejects(fetch("http://127.0.0.1:2/"));
  await assert.rejects(fetch("http://127.0.0.1:2/", { signal: null }));
  assert.equal(await ask(), first);
  const late = fetch(`${server.url}silent`, { signal: AbortSignal.timeout(20) });
  await assert.rejects(within(late, { what: "the end of its time" }), { name: "TimeoutError" });
  assert.notEqual(await ask(), first);
});

/** What Deno's clients are made with and how many of them are open, while this runs. */
async function watchClients(run: (watched: { options: unknown[]; open: number }) => Promise<void>) {
  const { createHttpClient } = Deno;
  const watched = { options: [] as unknown[], open: 0 };
  Deno.createHttpClient = (options) => {
    const client = createHttpClient(options as Deno.CreateHttpClientOptions);
    watched.options.push(options);
    watched.open++;
    const close = client.close.bind(client);
    client.close = () => {
      watched.open--;
      close();
    };
    client[Symbol.dispose] = client.close;
    return client;
  };
  try {
    await run(watched);
  } finally {
    Deno.createHttpClient = createHttpClient;
  }
}

Deno.test("what is replaced or was for one request is closed, and idle connections are kept for 50 s", async () => {
  await using server = startServer();
  await watchClients(async (watched) => {
    const { fetch, fetchAlone, replace } = await createConnections(trusting);
    assert.equal(watched.open, 1);
    await (await fetch(server.url)).text();
    await fetchAlone(server.url);
    assert.equal(watched.open, 1);
    replace();
    assert.equal(watched.open, 1);
    await (await fetch(server.url)).text();
    const caCerts = [Deno.readTextFileSync(authority)];
    assert.deepEqual(watched.options, Array(3).fill({ caCerts, poolIdleTimeout: 50_000 }));
  });
  await watchClients(async (watched) => {
    const { replace } = await createConnections(none);
    assert.equal(watched.open, 0);
    replace();
    assert.deepEqual([watched.open, watched.options], [1, [{ poolIdleTimeout: 50_000 }]]);
  });
});

Deno.test("a certificate of this client goes with its key, and beside authorities", async () => {
  const [cert, key] = [file("client.pem"), file("client.key")];
  const identity = { cert: Deno.readTextFileSync(cert), key: Deno.readTextFileSync(key) };
  for (const caCerts of [[], [authority]]) {
    await watchClients(async (watched) => {
      await createConnections({ caCerts, clientCert: cert, clientKey: key });
      assert.deepEqual(watched.options, [{
        caCerts: caCerts.map((path) => Deno.readTextFileSync(path)),
        ...identity,
        poolIdleTimeout: 50_000,
      }]);
    });
  }
});

Deno.test("Deno is to trust the system's authorities, unless something else is set", async () => {
  const name = "DENO_TLS_CA_STORE";
  const before = Deno.env.get(name);
  try {
    for (
      const [set, store] of [[undefined, "system,mozilla"], ["", "system,mozilla"], ["x", "x"]]
    ) {
      if (set === undefined) Deno.env.delete(name);
      else Deno.env.set(name, set);
      await createConnections(none);
      assert.equal(Deno.env.get(name), store);
    }
  } finally {
    if (before === undefined) Deno.env.delete(name);
    else Deno.env.set(name, before);
  }
});

Deno.test("a file that has not what its option asks for is named", async () => {
  const clientCert = file("client.pem");
  const clientKey = file("client.key");
  const readme = file("README.md");
  const missing = file("missing.pem");
  const noPem = (path: string, flag: string) =>
    new RegExp(`^${path} of ${flag} is not in PEM form$`);
  const unread = (flag: string) => new RegExp(`^${flag} names a file that cannot be read: `);
  const fix = "name a PEM file with what the option asks for";
  const rows: [Partial<typeof none> | Record<string, unknown>, RegExp, string][] = [
    [{ caCerts: [authority, readme] }, noPem(readme, "--ca-cert"), fix],
    [{ caCerts: [missing] }, unread("--ca-cert"), fix],
    [{ clientCert: readme, clientKey }, noPem(readme, "--client-cert"), fix],
    [{ clientCert: missing, clientKey }, unread("--client-cert"), fix],
    [{ clientCert, clientKey: readme }, noPem(readme, "--client-key"), fix],
    [{ clientCert, clientKey: missing }, unread("--client-key"), fix],
    [
      { clientCert, clientKey: clientCert },
      /^the files of --ca-cert, --client-cert and --client-key do not fit: /,
      fix,
    ],
    [{ clientCert }, /^--client-cert is set without --client-key$/, "give both, or neither"],
    [{ clientKey }, /^--client-key is set without --client-cert$/, "give both, or neither"],
    [
      { clientKey, caCerts: [authority] },
      /^--client-key is set without --client-cert$/,
      "give both, or neither",
    ],
  ];
  for (const [files, what, fix] of rows) {
    await assert.rejects(createConnections({ ...none, ...files }), (error) => {
      const { message: _, ...rest } = error as Error & Record<string, unknown>;
      assert.match(String(rest.what), what);
      assert.deepEqual([rest.category, rest.fix, rest.reason], [
        "Configuration error",
        fix,
        "invalid_setting",
      ]);
      return true;
    });
  }
});
