import assert from "node:assert/strict";
import { nextTurn } from "../../../src/base/timer.ts";
import { scanInTurns, turnLength } from "../../../src/bridge/jsonrpc/scan_in_turns.ts";
import { scanMessage } from "../../../src/bridge/jsonrpc/scan_message.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** How often others had their turn while a text was scanned. */
async function turnsOf(text: string): Promise<number> {
  let isDone = false;
  let turns = 0;
  const scanning = scanInTurns(bytes(text)).then(() => isDone = true);
  await Promise.resolve();
  while (!isDone) {
    await nextTurn();
    turns++;
  }
  await scanning;
  return turns;
}

Deno.test("a turn is a quarter of a megabyte", () => {
  assert.equal(turnLength, 262_144);
});

Deno.test("what is scanned in turns comes to the same as in one go", async () => {
  const texts = [
    ' {"jsonrpc":"2.0","id":1,"result":{"a":[1,2,{"b":null}]}} ',
    '{"jsonrpc":"2.0","method":"a","params":{"name":"x"}}',
    '{"jsonrpc":"2.0"',
    "7",
    "[]",
    "",
    `{"jsonrpc":"2.0","id":1,"result":[${"1,".repeat(turnLength)}1]}`,
  ];
  for (const text of texts) {
    assert.deepEqual(await scanInTurns(bytes(text)), scanMessage(bytes(text)), text.slice(0, 50));
  }
  const broken = `{"jsonrpc":"2.0","id":1,"result":[${"1,".repeat(turnLength)}}`;
  assert.deepEqual(await scanInTurns(bytes(broken)), { kind: "not JSON" });
});

Deno.test("others have a turn for each stretch", async () => {
  const list = (length: number) => `[${"1,".repeat(length / 2 - 2)}1]`;
  const short = await turnsOf(list(turnLength / 2));
  const long = await turnsOf(list(6 * turnLength));
  assert.ok(long - short >= 4 && long - short <= 7, `${short} and ${long} turns`);
});

Deno.test("what stands in long params is not looked for", async () => {
  const text = (length: number) =>
    `{"jsonrpc":"2.0","method":"a","params":{"name":"x","more":[${"1,".repeat(length / 2)}1]}}`;
  const [short, long] = [
    await scanInTurns(bytes(text(10))),
    await scanInTurns(bytes(text(2 * turnLength))),
  ];
  assert.ok("name" in short && "name" in long);
  assert.deepEqual([short.name, long.name], ["x", undefined]);
});
