import assert from "node:assert/strict";
import {
  type Connection,
  type ConnectionSource,
  serveConnections,
  type ServeOptions,
} from "../../../src/oidc/flows/serve_connections.ts";
import { untilPortIsFree } from "../../support/until_port_is_free.ts";
import { within } from "../../support/within.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A server on a free port that says what it was asked, and a way to send it bytes. */
function start(
  options: ServeOptions = {},
  source?: (listener: Deno.TcpListener) => ConnectionSource,
) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const asked: Request[] = [];
  const server = serveConnections(source?.(listener) ?? listener, (request) => {
    asked.push(request);
    return new Response(`seen ${new URL(request.url).pathname}`, { headers: { "x-one": "1" } });
  }, options);
  return {
    asked,
    port,
    connect: () => Deno.connect({ hostname: "127.0.0.1", port }),
    async send(text: string) {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(encoder.encode(text));
      return await within(readAll(connection), { what: "the answer" });
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
    },
  };
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(9_999);
  let text = "";
  for (;;) {
    const length = await connection.read(bytes).catch(() => null);
    if (length === null) return text;
    text += decoder.decode(bytes.subarray(0, length));
  }
}

Deno.test("a request is answered, with its fields and its query, and the connection ended", async () => {
  await using server = start();
  const answer = await server.send(
    "GET /a/b?c=d%20e HTTP/1.1\r\nHost: 127.0.0.1:80\r\nCookie: x=1\r\ncookie: y=2\r\n\r\n",
  );
  assert.match(
    answer,
    /^HTTP\/1\.1 200 OK\r\n.*x-one: 1\r\n.*connection: close\r\n\r\nseen \/a\/b$/s,
  );
  const [{ method, url, headers }] = server.asked;
  assert.deepEqual([method, url], ["GET", "http://127.0.0.1/a/b?c=d%20e"]);
  assert.match(headers.get("cookie")!, /x=1.*y=2/);
});

Deno.test("HEAD gets no body, and fetch understands the answers", async () => {
  await using server = start();
  assert.doesNotMatch(await server.send("HEAD /a HTTP/1.1\r\nhost: x\r\n\r\n"), /seen/);
  const response = await fetch(`http://127.0.0.1:${server.port}/b`);
  assert.equal(await response.text(), "seen /b");
});

Deno.test("what is no request is not answered, and disturbs nobody", async () => {
  await using server = start();
  for (
    const junk of [
      "\r\n\r\n",
      "GET http://evil.test/ HTTP/1.1\r\nhost: x\r\n\r\n",
      "GET / HTTP/2\r\nhost: x\r\n\r\n",
      "get / HTTP/1.1\r\nhost: x\r\n\r\n",
      "GET / HTTP/1.1\r\nno field\r\n\r\n",
      "GET / HTTP/1.1\r\nhost : x\r\n\r\n",
      `GET / HTTP/1.1\r\nhost: x\r\nlong: ${"x".repeat(70_000)}`,
      "\x16\x03\x01\x02\x00\x01\r\n\r\n",
    ]
  ) assert.equal(await server.send(junk), "", junk.slice(0, 50));
  assert.match(await server.send("GET / HTTP/1.1\r\n\r\n"), /^HTTP\/1\.1 400/);
  assert.match(await server.send("GET /path HTTP/1.1\r\nhost:\r\n\r\n"), /^HTTP\/1\.1 400/);
  assert.match(await server.send("GET / HTTP/1.1\r\nhost: a@b\r\n\r\n"), /^HTTP\/1\.1 400/);
  assert.match(await server.send("TRACE / HTTP/1.1\r\nhost: x\r\n\r\n"), /^HTTP\/1\.1 405/);
  assert.match(await server.send("GET /good HTTP/1.1\r\nhost: x\r\n\r\n"), /seen \/good/);
});

Deno.test("a body that nobody reads does not take the answer away", async () => {
  await using server = start();
  const body = "x".repeat(500_000);
  const answer = await server.send(
    `POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  assert.match(answer, /seen \/a/);
});

Deno.test("connections that say nothing make room for one that does, the oldest first", async () => {
  await using server = start({ maxConnections: 3 });
  const idle: Deno.Conn[] = [];
  try {
    for (let i = 0; i < 20; i++) idle.push(await server.connect());
    assert.match(await server.send("GET /now HTTP/1.1\r\nhost: x\r\n\r\n"), /seen \/now/);
    // The end of those that were given up comes to the other side.
    const ended = idle.slice(0, 17).map((connection) => readAll(connection));
    await within(Promise.all(ended), { what: "the end of the oldest connections" });
    await idle[19].write(encoder.encode("GET /late HTTP/1.1\r\nhost: x\r\n\r\n"));
    assert.match(await within(readAll(idle[19]), { what: "the answer" }), /seen \/late/);
  } finally {
    for (const connection of idle) connection.close();
  }
});

Deno.test("the next connection is not taken before the one that made room has let go of its descriptor", async () => {
  const address = { transport: "tcp" as const, hostname: "127.0.0.1", port: 1 };
  const reads: PromiseWithResolvers<null>[] = [];
  const events: string[] = [];
  const accepted = (name: string): Connection => {
    const read = Promise.withResolvers<null>();
    reads.push(read);
    events.push(`accept ${name}`);
    return {
      read: () => read.promise,
      write: () => Promise.resolve(0),
      closeWrite: () => Promise.resolve(),
      close: () => void events.push(`close ${name}`),
      localAddr: address,
      remoteAddr: address,
    };
  };
  const coming: PromiseWithResolvers<Connection>[] = [];
  const waits = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const server = serveConnections(
    {
      accept() {
        waits[coming.length]?.resolve();
        const next = Promise.withResolvers<Connection>();
        coming.push(next);
        return next.promise;
      },
      close: () => coming.at(-1)!.reject(new Error("closed")),
    },
    () => new Response(),
    { maxConnections: 1 },
  );
  await within(waits[0].promise, { what: "the first wait for a connection" });
  coming[0].resolve(accepted("a"));
  await within(waits[1].promise, { what: "the second wait for a connection" });
  coming[1].resolve(accepted("b"));
  // Everything that could go on without the system has gone on after this.
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(events, ["accept a", "accept b", "close a"]);
  assert.equal(coming.length, 2);
  reads[0].resolve(null);
  await within(waits[2].promise, { what: "the third wait for a connection" });
  reads[1].resolve(null);
  await server[Symbol.asyncDispose]();
});

Deno.test("connections that have their answer and are kept open keep nobody out", async () => {
  await using server = start({ maxConnections: 3, lingerTimeout: 60_000 });
  const kept: Deno.Conn[] = [];
  for (let count = 0; count < 3; count++) {
    const connection = await server.connect();
    kept.push(connection);
    await connection.write(encoder.encode("GET /kept HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert.match(await within(readAll(connection), { what: "an answer" }), /seen \/kept/);
  }
  assert.match(await server.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n"), /seen \/next/);
  for (const connection of kept) connection.close();
});

Deno.test("a request that does not come to its end is given up", async () => {
  await using server = start({ requestTimeout: 20 });
  assert.equal(await server.send("GET / HTTP/1.1\r\nhost: x\r\n"), "");
});

Deno.test("errors of accept are survived", async () => {
  let failures = 3;
  await using server = start({ acceptPause: 1 }, (listener) => ({
    accept: (): Promise<Connection> =>
      failures-- > 0
        ? Promise.reject(new Error("Too many open files (os error 24)"))
        : listener.accept(),
    close: () => listener.close(),
  }));
  assert.match(await server.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n"), /seen \/a/);
  assert.ok(failures < 0);
});

Deno.test("its end frees the port, whoever is connected", async () => {
  const server = start();
  using silent = await server.connect();
  await server[Symbol.asyncDispose]();
  assert.equal(await readAll(silent), "");
  await untilPortIsFree(server.port);
});
