import assert from "node:assert/strict";
import type { ProxyError } from "../../../src/base/errors.ts";
import {
  type EventChannelOptions,
  openEventChannel,
} from "../../../src/bridge/sse/event_channel.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { type Answer, createParts, openBody, textOf } from "../bridge_parts.ts";

const events = { headers: { "content-type": "text/event-stream" } };
const never: Answer = () => new Promise<Response>(() => {});

function open(answer: Answer, options: Partial<EventChannelOptions> = {}, acceptTimeout = 30_000) {
  const parts = createParts(answer, { acceptTimeout });
  const messages: string[] = [];
  const cuts: string[] = [];
  const opening = openEventChannel({
    context: parts.context,
    purpose: "unasked",
    onMessage: (data) => void messages.push(textOf(data)),
    onTooLong: ({ head }) => void cuts.push(textOf(head).slice(0, 4)),
    ...options,
  });
  opening.catch(() => {});
  return { ...parts, messages, cuts, opening };
}

const turns = async () => {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
};

Deno.test("the stream names the endpoint, and brings messages from then on", async () => {
  const stream = openBody();
  const { opening, sent, messages, cuts } = open(() => new Response(stream.body, events));
  stream.write("event: endpoint\ndata: /messages?id=é\n\n");
  const channel = await opening;
  assert.equal(channel.endpoint.href, "https://backend.test/messages?id=%C3%A9");
  const [{ method, headers, purpose, mayBeSilent }] = sent as [typeof sent[number]];
  assert.deepEqual({ method, headers, purpose, mayBeSilent }, {
    method: "GET",
    headers: { accept: "text/event-stream" },
    purpose: "unasked",
    mayBeSilent: true,
  });
  stream.write('data: {"a":1}\n\nevent: other\ndata: x\n\nevent: message\ndata: y\n\nid: 1\n\n');
  stream.write(`data: LONG${"x".repeat(1 << 20)}\n\n`);
  await turns();
  stream.end();
  await channel.ended;
  assert.deepEqual([messages, cuts], [['{"a":1}', "y"], ["LONG"]]);
});

Deno.test("a message waits for what is done with the one before", async () => {
  const stream = openBody();
  const work = Promise.withResolvers<void>();
  const taken: string[] = [];
  const { opening } = open(() => new Response(stream.body, events), {
    onMessage(data) {
      taken.push(textOf(data));
      return taken.length === 1 ? work.promise : undefined;
    },
  });
  stream.write("event: endpoint\ndata: /m\n\ndata: a\n\ndata: b\n\n");
  const channel = await opening;
  await turns();
  assert.deepEqual(taken, ["a"]);
  work.resolve();
  await turns();
  assert.deepEqual(taken, ["a", "b"]);
  channel.close();
});

const fix = "Fix: check MCP_BACKEND_URL and --transport.";

Deno.test("an endpoint is on the backend's own origin, and has no user name", async () => {
  const rows: [named: string, shown: string][] = [
    ["https://other.test/m", "https://other.test/m"],
    ["http://backend.test/m", "http://backend.test/m"],
    ["https://user@backend.test/m", "https://user@backend.test/m"],
    ["https://", "https://"],
  ];
  for (const [named, shown] of rows) {
    const stream = openBody();
    const { opening, sent } = open(() => new Response(stream.body, events));
    stream.write(`event: endpoint\ndata: ${named}\n\n`);
    await assert.rejects(opening, {
      reason: "no_endpoint",
      message:
        "Backend error: the backend names no HTTP+SSE endpoint on its own origin (it names " +
        `${shown}). ${fix}`,
    });
    assert.equal(sent[0]!.signal.aborted, true, "the stream is closed");
  }
  const stream = openBody();
  const { opening } = open(() => new Response(stream.body, events));
  stream.write("event: endpoint\ndata: https://:pw@backend.test/m\n\n");
  await assert.rejects(opening, { reason: "no_endpoint" });
});

Deno.test("what is no event stream, or ends before, names none", async () => {
  const page = openBody();
  const rows: [Answer, string][] = [
    [
      () => new Response(page.body, { headers: { "content-type": "text/html" } }),
      "as it sends no events",
    ],
    [() => new Response(null, events), "as it sends no events"],
    [() => new Response("data: x\n\n", events), "before its stream ended"],
  ];
  for (const [answer, how] of rows) {
    await assert.rejects(open(answer).opening, {
      message: `Backend error: the backend names no HTTP+SSE endpoint ${how}. ${fix}`,
      reason: "no_endpoint",
    });
  }
  assert.equal(page.cancelled.length, 1);
});

Deno.test("a refusal is told as it is", async () => {
  const parts = createParts(
    () => new Response("no way", { status: 404, headers: { "content-type": "text/plain" } }),
    { maxMessageBytes: 4 },
  );
  const http = { ...parts.context.http, known: { isAddressGood: true, authorizationBytes: 1 } };
  await assert.rejects(
    openEventChannel({
      context: { ...parts.context, http },
      purpose: "client",
      onMessage: () => undefined,
      onTooLong() {},
    }),
    {
      reason: "http_404",
      message:
        "Backend error: the backend answered HTTP 404: no w. Fix: change the request as the " +
        "backend says, or ask its operator.",
    },
  );
});

Deno.test("the endpoint is waited for ten seconds, or as long as anything is", async () => {
  for (const [acceptTimeout, expected] of [[30_000, 10_000], [2_000, 2_000]] as const) {
    using time = new FakeTime();
    const { opening, sent } = open(never, {}, acceptTimeout);
    const outcomes: ProxyError[] = [];
    opening.catch((error) => outcomes.push(error));
    await time.pass(500);
    // A person may sign in meanwhile.
    sent[0]!.onRefusal!();
    await time.pass(600_000);
    sent[0]!.onSend!();
    await time.pass(expected - 1);
    assert.equal(outcomes.length, 0);
    await time.pass(1);
    assert.equal(
      outcomes[0]?.message,
      `Backend error: the backend names no HTTP+SSE endpoint in time. ${fix}`,
    );
  }
});

Deno.test("an open stream has no limit any more, and ends when it is closed", async () => {
  using time = new FakeTime();
  const stream = openBody();
  const { opening, sent } = open(() => new Response(stream.body, events));
  stream.write("event: endpoint\ndata: /m\n\n");
  const channel = await opening;
  await time.pass(3_600_000);
  assert.equal(sent[0]!.signal.aborted, false);
  channel.close();
  assert.equal(sent[0]!.signal.aborted, true);
  stream.cut();
  await channel.ended;
});

Deno.test("the end of the bridge ends the stream", async () => {
  const stream = openBody();
  const { opening, sent, stop } = open(() => new Response(stream.body, events));
  stream.write("event: endpoint\ndata: /m\n\n");
  await opening;
  stop.abort();
  assert.equal(sent[0]!.signal.aborted, true);
});
