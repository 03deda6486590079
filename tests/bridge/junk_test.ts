import assert from "node:assert/strict";
import {
  event,
  eventResponse,
  jsonResponse,
  legacyBackend,
  openEventResponse,
  startBridge,
} from "./bridge_fixture.ts";
import { until } from "../support/until.ts";

const call = (id: unknown, name = "x") => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name },
});
const result = (id: unknown) => ({ jsonrpc: "2.0", id, result: {} });
const note = { jsonrpc: "2.0", method: "notifications/message", params: { data: "x" } };

/** Four megabytes in which every second byte is a message that is none. */
const junkArray = `[${"1,".repeat(2_000_000)}1]`;
const junkEvents = "data:1\n\n".repeat(200_000);

const junk: [string, () => Response][] = [
  ["an array of two million numbers", () => jsonResponse(junkArray)],
  ["two hundred thousand events", () => eventResponse(junkEvents)],
  ["one event with two million numbers", () => eventResponse(`data:${junkArray}\n\n`)],
];

for (const [what, answer] of junk) {
  Deno.test(`junk ends an answer at once and is one line of log: ${what}`, async () => {
    await using bridge = startBridge(
      legacyBackend(({ message }) => message?.params?.name === "junk" ? answer() : undefined),
    );
    await bridge.initialize();
    await bridge.send(call(1, "junk"));
    const { id, error } = await bridge.nextMessage();
    assert.equal(id, 1);
    assert.equal(error.data.reason, "no_answer");
    assert.equal(bridge.logged.filter((line) => line.includes("is not a message")).length, 1);
    assert(bridge.logged.join("").length < 5_000, "the log is long");
  });
}

Deno.test("what comes in front of the junk is passed on, what comes behind it is not", async () => {
  const parts = (id: unknown) => [note, 1, result(id)].map((part) => JSON.stringify(part));
  await using bridge = startBridge(legacyBackend(({ message }) => {
    if (message?.params?.name === "batch") return jsonResponse(`[${parts(message.id)}]`);
    if (message?.params?.name === "events") {
      return eventResponse(...parts(message.id).map((part) => event(part)));
    }
  }));
  await bridge.initialize();
  for (const name of ["batch", "events"]) {
    await bridge.send(call(name, name));
    assert.deepEqual(await bridge.nextMessage(), note);
    const { id, error } = await bridge.nextMessage();
    assert.equal(id, name);
    assert.equal(error.data.reason, "no_answer");
  }
  assert.deepEqual(await bridge.end(), []);
});

Deno.test("junk behind the answer changes nothing", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "tools/call" ? eventResponse(event(result(1)), junkEvents) : undefined
    ),
  );
  await bridge.initialize();
  await bridge.send(call(1));
  assert.deepEqual(await bridge.nextMessage(), result(1));
});

Deno.test("junk on the backend's own stream is counted, and what is none is passed on", async () => {
  const own = openEventResponse();
  await using bridge = startBridge(
    legacyBackend(({ method }) => method === "GET" ? own.response : undefined),
  );
  await bridge.initialize();
  await own.write(junkEvents);
  await own.write(event(note));
  assert.deepEqual(await bridge.nextMessage(), note);
  await bridge.end();
  assert.deepEqual(
    bridge.logged.filter((line) => line.includes("is not a message")).map((line) =>
      line.match(/\(.*\)/)?.[0]
    ),
    [undefined, "(199999 more times)"],
  );
});

/** Counts the turns of the event loop until something has happened. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  promise.finally(() => isOver = true);
  while (!isOver) {
    turns++;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return turns;
}

const long: [string, (id: unknown) => string][] = [
  [
    "a result of many parts",
    (id) => JSON.stringify({ jsonrpc: "2.0", id, result: { list: Array(800_000).fill({ a: 1 }) } }),
  ],
  [
    "a batch of many messages",
    (id) =>
      `[${JSON.stringify(note)},${`${JSON.stringify({ ...note, params: {} })},`.repeat(150_000)}${
        JSON.stringify(result(id))
      }]`,
  ],
];

for (const [what, text] of long) {
  for (const kind of ["JSON", "events"]) {
    Deno.test(`others have their turn while a long answer is read: ${what}, as ${kind}`, async () => {
      const body = text(1);
      await using bridge = startBridge(legacyBackend(({ message }) => {
        if (message?.params?.name !== "long") return undefined;
        return kind === "JSON" ? jsonResponse(body) : eventResponse(`data: ${body}\n\n`);
      }));
      await bridge.initialize();
      await until(() => bridge.received.some(({ method }) => method === "GET"), "the GET");
      const turns = { inWait: 0 };
      const waiting = (async () => {
        await bridge.send(call(1, "long"));
        for (;;) {
          const line = await bridge.next();
          if (line.includes(`"id":1`)) return JSON.parse(line);
        }
      })();
      turns.inWait = await turnsUntil(waiting);
      assert.equal((await waiting).id, 1);
      assert(turns.inWait > body.length / (1 << 18), `${turns.inWait} turns`);
    });
  }
}
