import assert from "node:assert/strict";
import type { Exchange } from "../../../src/bridge/exchange.ts";
import { createOwnExchange } from "../../../src/bridge/exchange.ts";
import { type Message, scanMessage } from "../../../src/bridge/jsonrpc/scan_message.ts";
import { progressTokenOf, tellOfWaiting } from "../../../src/bridge/start/waiting_progress.ts";
import { FakeTime } from "../../credentials/fake_time.ts";

function request(params: string) {
  const message = scanMessage(
    new TextEncoder().encode(
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`,
    ),
  );
  assert.ok(message.kind === "request");
  return message;
}

Deno.test("the progress token is that of the request, as it was written", () => {
  const tokens: [string, string | undefined][] = [
    [`{"_meta":{"progressToken":7}}`, "7"],
    [`{"_meta":{"other":1,"progressToken":"a\\u0041"},"name":"x"}`, `"a\\u0041"`],
    [`{"name":"x","progressToken":7}`, undefined],
    [`{"arguments":{"_meta":{"progressToken":7}}}`, undefined],
    [`{"_meta":{"progressToken":{"a":1}}}`, undefined],
    [`{"_meta":{"progressToken":"${"x".repeat(2_000)}"}}`, undefined],
    [`{"_meta":[]}`, undefined],
    [`{"_meta":{"progressToken":-1.5}}`, "-1.5"],
    [`{"_meta":{"progressToken":true}}`, undefined],
    [`{"_meta":{"progressToken":null}}`, undefined],
    [`{"_meta":{"progressToken":"${"x".repeat(1_022)}"}}`, `"${"x".repeat(1_022)}"`],
    [`{"_meta":{"progressToken":"${"x".repeat(1_023)}"}}`, undefined],
    [`{"other":{"progressToken":7}}`, undefined],
    [`[]`, undefined],
  ];
  for (const [params, token] of tokens) {
    assert.equal(progressTokenOf(request(params)), token, params);
  }
  const without = scanMessage(
    new TextEncoder().encode(`{"jsonrpc":"2.0","id":1,"method":"ping"}`),
  ) as Message;
  assert.equal(progressTokenOf(without), undefined);
});

Deno.test("who wants to know hears every five seconds that a request waits, and no longer", async () => {
  using time = new FakeTime();
  const told: { params: { progressToken: unknown; progress: number; message: string } }[] = [];
  const wanting = createOwnExchange(request(`{"_meta":{"progressToken":"t"}}`), "client");
  const silent = createOwnExchange(request(`{"name":"x"}`), "client");
  let waiting: Exchange[] = [wanting, silent];
  const telling = tellOfWaiting({
    waiting: () => waiting,
    message: "waiting for the sign-in to backend.test",
    toClient: (line) => void told.push(JSON.parse(new TextDecoder().decode(line))),
  });
  await time.pass(4_999);
  assert.equal(told.length, 0);
  await time.pass(10_001);
  assert.deepEqual(told.map(({ params }) => params.progressToken), ["t", "t", "t"]);
  assert.equal(told[0].params.message, "waiting for the sign-in to backend.test");
  assert.equal(told[0].params.progress, 1e-9);
  const values = told.map(({ params }) => params.progress);
  assert.ok(values[0] > 0 && values[0] < values[1] && values[1] < values[2], String(values));
  assert.ok(values[2] < 1e-6, "whatever the backend says of its progress is more");
  waiting = [];
  await time.pass(5_000);
  assert.equal(told.length, 3);
  waiting = [wanting];
  telling[Symbol.dispose]();
  await time.pass(60_000);
  assert.equal(told.length, 3);
});
