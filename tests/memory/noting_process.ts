/**
 * One of several processes that note and recall at once. Arguments: the cache directory, a number of
 * its own, and how often.
 *
 * Each answer is its author's number and its round in every line, so that a mixture of two shows.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { AnswerKey } from "../../src/bridge/start/backend_memory.ts";
import { createCredentialSource } from "../../src/credentials/credential_source.ts";
import { createBackendMemory } from "../../src/memory/backend_memory.ts";
import { createLog } from "../../src/base/log.ts";
import { background, identity } from "../credentials/room.ts";
import { scriptedFlows } from "../credentials/scripted_flows.ts";
import { bytes, initialize, recalled, tools } from "./memory_room.ts";

const [cacheDir, author, rounds] = Deno.args;
const lines: string[] = [];
const log = createLog({ level: "debug", write: (line) => lines.push(line) });
const source = createCredentialSource({ cacheDir, identity, flows: scriptedFlows(), log });
await source.current(background());
const memory = createBackendMemory({
  backend: "https://mcp.example/mcp",
  account: () => source.account(),
  files: () => source.accountFiles(),
  log,
  delay: 3_600_000,
});
const answers: readonly AnswerKey[] = [
  initialize,
  tools(),
  { era: "modern", method: "server/discover" },
  { era: "legacy", method: "prompts/list" },
];
for (let round = 0; round < Number(rounds); round++) {
  for (const key of answers) {
    memory.note(key, bytes(`${author} ${round}\n`.repeat(5_000)));
    if (key.method === "tools/list") {
      memory.note(tools("2"), bytes(`${author} ${round}\n`.repeat(5_000)));
    }
  }
  await memory.flush();
  for (const key of answers) assertWhole(await recalled(memory, key));
}
await source.close();
assert.deepEqual(lines, []);
console.log("whole");

function assertWhole(text: string | undefined): void {
  assert.ok(text, `nothing is remembered: ${lines.join("\n")}`);
  const [first, ...rest] = text.trimEnd().split("\n");
  assert.match(first, /^\d+ \d+$/);
  assert.equal(rest.length, 4_999);
  for (const line of rest) assert.equal(line, first);
}
