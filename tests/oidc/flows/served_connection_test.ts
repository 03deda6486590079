/**
 * The server of the redirect listener on connections that are objects: bytes that come in any pieces,
 * writes that take a part, and ends at any moment.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { nextTurn } from "../../../src/base/timer.ts";
import {
  type Connection,
  type ConnectionHandler,
  serveConnections,
  type ServeOptions,
} from "../../../src/oidc/flows/serve_connections.ts";
import { within } from "../../support/within.ts";

const address = (port: number) => ({ transport: "tcp" as const, hostname: "127.0.0.1", port });
const encoder = new TextEncoder();
const good = "GET /a HTTP/1.1\r\nhost: x\r\n\r\n";

/** One connection, whose other side has sent these pieces; what happened to it, in order. */
function connected(
  pieces: (string | Promise<string | null> | null)[],
  changes: Partial<Connection> & { writes?: number } = {},
) {
  const events: string[] = [];
  const ended = Promise.withResolvers<void>();
  let written = "";
  const left = [...pieces];
  const connection: Connection = {
    localAddr: address(1),
    remoteAddr: address(2),
    async read(bytes) {
      if (written !== "") events.push("read rest");
      const piece = left.length === 0
        ? await ended.promise.then(() => Promise.reject(new Error("closed")))
        : await left.shift()!;
      if (piece === null) return null;
      const read = encoder.encode(piece);
      assert.ok(read.length <= bytes.length, "a piece is not longer than what is read at once");
      bytes.set(read);
      return read.length;
    },
    async write(bytes) {
      await setImmediate();
      const part = bytes.subarray(0, changes.writes ?? bytes.length);
      written += new TextDecoder().decode(part);
      return part.length;
    },
    async closeWrite() {
      await setImmediate();
      events.push(`end of ${written.length}`);
    },
    close() {
      events.push("close");
      ended.resolve();
    },
    ...changes,
  };
  return { connection, events, ended: ended.promise, written: () => written };
}

type Connected = ReturnType<typeof connected>;

/** A server that these connections come to. */
function serve(
  connections: (Connected | Promise<Connected> | Error)[],
  handle: ConnectionHandler = () => new Response("body"),
  options?: ServeOptions,
) {
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {});
  const left = [...connections];
  let accepts = 0;
  const server = serveConnections(
    {
      accept: async () => {
        accepts++;
        const next = await Promise.race([left.shift() ?? closed.promise, closed.promise]);
        if (next instanceof Error) throw next;
        return next.connection;
      },
      close: () => closed.reject(new Error("closed")),
    },
    handle,
    ...options === undefined ? [] : [options] as const,
  );
  return {
    server,
    accepts: () => accepts,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** What one request is answered; nothing when it is none. */
async function answerTo(
  pieces: (string | null)[],
  handle?: ConnectionHandler,
  changes?: Parameters<typeof connected>[1],
) {
  const one = connected([...pieces, null], changes);
  await using _server = serve([one], handle);
  await within(one.ended, { what: "the end of the connection" });
  return { answer: one.written(), events: one.events };
}

Deno.test("a request is one however it is cut into pieces", async () => {
  for (let at = 1; at < good.length; at++) {
    const { answer } = await answerTo([good.slice(0, at), good.slice(at)]);
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/, `cut at ${at}`);
  }
  assert.match((await answerTo([...good])).answer, /^HTTP\/1\.1 200 OK\r\n/);
});

Deno.test("a request is read up to 64 KiB", async () => {
  const head = (length: number) => {
    const start = "GET /a HTTP/1.1\r\nhost: x\r\nlong: ";
    const text = start + "x".repeat(length - start.length);
    return [...text.match(/[^]{1,8192}/g)!, "\r\n\r\n"];
  };
  assert.match((await answerTo(head(65_536))).answer, /^HTTP\/1\.1 200/);
  assert.equal((await answerTo(head(65_537))).answer, "");
});

Deno.test("what is not written as a request is none", async () => {
  const rows = [
    " GET / HTTP/1.1\r\nhost: x",
    "GET / HTTP/1.1 \r\nhost: x",
    "GET / HTTP/1.2\r\nhost: x",
    "GET / HTTP/1.10\r\nhost: x",
    "ABCDEFGHIJKLMNOPQRSTU / HTTP/1.1\r\nhost: x",
    "GET a HTTP/1.1\r\nhost: x",
    "GET / HTTP/1.1\r\nhost: x\r\n folded: y",
    "GET / HTTP/1.1\r\nhost: x\r\n: y",
  ];
  for (const row of rows) {
    const { answer, events } = await answerTo([`${row}\r\n\r\n`]);
    assert.deepEqual([answer, events], ["", ["close"]], row);
  }
  const cut = await answerTo([good.slice(0, -1)]);
  assert.deepEqual([cut.answer, cut.events], ["", ["close"]]);
});

Deno.test("a request is handed on as it came, with both ends of its connection", async () => {
  let handed: unknown;
  await answerTo(
    ["ABCDEFGHIJKLMNOPQRST /a?b=c HTTP/1.0\r\nHost:\t x.test:81 \t\r\nx-a: b: c\r\nx-empty:\r\n\r\n"],
    ({ method, url, headers }, ends) => {
      handed = [method, url, Object.fromEntries(headers), ends];
      return new Response();
    },
  );
  assert.deepEqual(handed, [
    "ABCDEFGHIJKLMNOPQRST",
    "http://x.test:81/a?b=c",
    { host: "x.test:81", "x-a": "b: c", "x-empty": "" },
    { peer: address(2), own: address(1) },
  ]);
});

Deno.test("a host must be named, once and as one", async () => {
  const rows = [
    "",
    "host:",
    "host: a\r\nhost: b",
    "host: a@b",
    "host: a/b",
    "host: a?b",
    "host: a#b",
    "host: a b",
  ];
  for (const row of rows) {
    let isHandled = false;
    const { answer } = await answerTo(
      [`GET /a HTTP/1.1\r\n${row}${row && "\r\n"}\r\n`],
      () => {
        isHandled = true;
        return new Response();
      },
    );
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/, row);
    assert.equal(isHandled, false);
  }
});

Deno.test("every status has its words, and whatever fails has one", async () => {
  const rows: [status: number, words: string][] = [
    [200, "OK"],
    [303, "See Other"],
    [400, "Bad Request"],
    [403, "Forbidden"],
    [404, "Not Found"],
    [405, "Method Not Allowed"],
    [410, "Gone"],
    [418, ""],
    [500, "Internal Server Error"],
    [502, "Bad Gateway"],
    [503, "Service Unavailable"],
  ];
  for (const [status, words] of rows) {
    const { answer, events } = await answerTo([good], () => new Response(null, { status }));
    assert.equal(answer, `HTTP/1.1 ${status} ${words}\r\nconnection: close\r\n\r\n`);
    assert.deepEqual(events, [`end of ${answer.length}`, "read rest", "close"]);
  }
  const failing = (error: Error) => answerTo([good], () => Promise.reject(error));
  assert.match((await failing(new Error("x"))).answer, /^HTTP\/1\.1 500 Internal Server Error\r\n/);
  const trace = await answerTo([good.replace("GET", "TRACE")]);
  assert.match(trace.answer, /^HTTP\/1\.1 405 Method Not Allowed\r\n/);
});

const pieces = () =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const text of ["one ", "two ", "three"]) controller.enqueue(encoder.encode(text));
        controller.close();
      },
    }),
    { headers: { "x-field": "f" } },
  );

Deno.test("an answer is sent whole, in order, however little is written at once", async () => {
  for (const writes of [1, 3, 1_000]) {
    const { answer, events } = await answerTo([good], pieces, { writes });
    assert.equal(
      answer,
      "HTTP/1.1 200 OK\r\nx-field: f\r\nconnection: close\r\n\r\none two three",
    );
    assert.deepEqual(events, [`end of ${answer.length}`, "read rest", "close"]);
  }
});

Deno.test("HEAD has the fields without the body, which nobody makes", async () => {
  const order: string[] = [];
  const { answer, events } = await answerTo([good.replace("GET", "HEAD")], () =>
    new Response(
      new ReadableStream({
        async cancel() {
          await setImmediate();
          await setImmediate();
          order.push("cancelled");
        },
      }),
    ), {
    closeWrite() {
      order.push("end");
      return Promise.resolve();
    },
  });
  assert.equal(answer, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
  assert.deepEqual(order, ["cancelled", "end"]);
  assert.deepEqual(events, ["read rest", "close"]);
});

Deno.test("a connection that cannot be written to, or closed, disturbs nobody", async () => {
  const broken = connected([good, null], { write: () => Promise.reject(new Error("reset")) });
  const closed = Promise.withResolvers<void>();
  const gone = connected([good, null], {
    close() {
      closed.resolve();
      throw new Error("closed already");
    },
  });
  const next = connected([good, null]);
  await using _server = serve([broken, gone, next]);
  await within(Promise.all([broken.ended, closed.promise, next.ended]), { what: "their ends" });
  assert.match(next.written(), /^HTTP\/1\.1 200/);
});

Deno.test("a request that does not come in time is given up, and not answered when it comes", async () => {
  const late = Promise.withResolvers<string>();
  const one = connected([late.promise, null]);
  let isHandled = false;
  await using _server = serve([one], () => {
    isHandled = true;
    return new Response();
  }, { requestTimeout: 10 });
  await within(one.ended, { what: "the connection being given up" });
  late.resolve(good);
  await setImmediate();
  await setImmediate();
  assert.deepEqual([isHandled, one.written(), one.events], [false, "", ["close"]]);
});

Deno.test("an answer may take longer than its request", async () => {
  const goOn = Promise.withResolvers<Response>();
  const one = connected([good, null]);
  await using _server = serve([one], () => goOn.promise, { requestTimeout: 10 });
  const passed = Promise.withResolvers<void>();
  AbortSignal.timeout(30).addEventListener("abort", () => passed.resolve());
  await passed.promise;
  assert.deepEqual(one.events, []);
  goOn.resolve(new Response("late"));
  await within(one.ended, { what: "the end of the connection" });
  assert.match(one.written(), /late$/);
});

Deno.test("a connection is kept until the other side has ended it, or a moment is over", async () => {
  const last = Promise.withResolvers<string | null>();
  const patient = connected([good, "unread", last.promise]);
  await using _first = serve([patient], undefined, { lingerTimeout: 60_000 });
  while (!patient.events.includes("read rest")) await setImmediate();
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  assert.equal(patient.events.includes("close"), false);
  last.resolve(null);
  await within(patient.ended, { what: "the end of the connection" });
  assert.equal(patient.events.filter((event) => event === "close").length, 1);
  const lasting = connected([good]);
  await using _second = serve([lasting], undefined, { lingerTimeout: 10 });
  await within(lasting.ended, { what: "the end of the moment" });
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  assert.equal(lasting.events.filter((event) => event === "close").length, 1);
});

Deno.test("a connection that is being answered makes no room, one that has its answer does", async () => {
  const goOn = Promise.withResolvers<Response>();
  const asked = Promise.withResolvers<void>();
  const answering = connected([good, null]);
  const silent = connected([]);
  await using _first = serve([answering, asked.promise.then(() => silent)], () => {
    asked.resolve();
    return goOn.promise;
  }, { maxConnections: 1 });
  await within(silent.ended, { what: "the silent one making room" });
  assert.deepEqual(answering.events, []);
  goOn.resolve(new Response("yes"));
  await within(answering.ended, { what: "the answer" });
  assert.match(answering.written(), /yes$/);
  // The one that was answered goes before one that has been silent for longer.
  const arrived = Promise.withResolvers<Connected>();
  const older = connected([]);
  const answered = connected([good]);
  await using _second = serve([older, answered, arrived.promise], undefined, {
    maxConnections: 2,
    lingerTimeout: 60_000,
  });
  while (!answered.events.includes("read rest")) await setImmediate();
  arrived.resolve(connected([]));
  await within(answered.ended, { what: "the answered one making room" });
  assert.deepEqual(older.events, []);
});

Deno.test("64 connections are open at most, unless told otherwise", async () => {
  const crowd = (length: number) => Array.from({ length }, () => connected([]));
  const enough = crowd(64);
  await using full = serve(enough);
  while (full.accepts() < 65) await setImmediate();
  assert.ok(enough.every(({ events }) => events.length === 0));
  const many = crowd(65);
  await using over = serve(many);
  await within(many[0].ended, { what: "the first one making room" });
  while (over.accepts() < 66) await setImmediate();
  assert.deepEqual(many.map(({ events }) => events.length), [1, ...Array(64).fill(0)]);
});

Deno.test("after an error nothing is accepted for a while, except the end", async () => {
  const one = connected([good, null]);
  const began = performance.now();
  await using _server = serve([new Error("no descriptors"), one], undefined, { acceptPause: 30 });
  await within(one.ended, { what: "the connection after the error" });
  assert.ok(performance.now() - began >= 25);
  const paused = serve([new Error("no descriptors")], undefined, { acceptPause: 60_000 });
  await setImmediate();
  await within(Promise.resolve(paused[Symbol.asyncDispose]()), { what: "its end" });
  assert.equal(paused.accepts(), 1);
});

Deno.test("how long it waits, unless told otherwise", async () => {
  await nextTurn();
  const { timeout } = AbortSignal;
  const waits: number[] = [];
  const frozen = Math.ceil(performance.now());
  Object.defineProperty(performance, "now", { value: () => frozen, configurable: true });
  AbortSignal.timeout = (milliseconds) => {
    waits.push(milliseconds);
    return timeout.call(AbortSignal, 0);
  };
  try {
    const lasting = connected([good]);
    await using _server = serve([lasting, new Error("no descriptors")]);
    await within(lasting.ended, { what: "the end" });
  } finally {
    AbortSignal.timeout = timeout;
    Reflect.deleteProperty(performance, "now");
  }
  assert.ok(waits.includes(10_000), `${waits}`);
  assert.ok(waits.includes(200), `${waits}`);
});

Deno.test("it is idle when every answer is sent", async () => {
  const [first, second] = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()];
  const answers = [first.promise, second.promise];
  const [one, two] = [connected([good, null]), connected([good, null])];
  await using quiet = serve([]);
  await within(quiet.server.idle(), { what: "a server that nobody asks" });
  await using busy = serve([one, two], () => answers.shift()!);
  while (answers.length > 0) await setImmediate();
  let isIdle = false;
  const idle = busy.server.idle().then(() => isIdle = true);
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await setImmediate();
  };
  await settle();
  assert.equal(isIdle, false);
  first.resolve(new Response("one"));
  await within(one.ended, { what: "the first answer" });
  await settle();
  assert.equal(isIdle, false);
  second.resolve(new Response("two"));
  await within(idle, { what: "the second answer" });
  assert.match(two.written(), /two$/);
});

Deno.test("its end closes what is open, and waits until nothing is accepted any more", async () => {
  const open = connected([]);
  const last = Promise.withResolvers<Connection>();
  let isClosed = false;
  const queue = [Promise.resolve(open.connection), last.promise];
  const server = serveConnections({
    accept: () => queue.shift() ?? new Promise(() => {}),
    close: () => void (isClosed = true),
  }, () => new Response());
  while (queue.length > 0) await setImmediate();
  let isOver = false;
  const over = server[Symbol.asyncDispose]().then(() => isOver = true);
  await setImmediate();
  await setImmediate();
  assert.deepEqual([open.events, isClosed, isOver], [["close"], true, false]);
  last.reject(new Error("closed"));
  await within(Promise.resolve(over), { what: "its end" });
});
