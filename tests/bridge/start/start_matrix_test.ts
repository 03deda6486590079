import assert from "node:assert/strict";
import {
  type Backend,
  initializedNotification,
  initializeRequest,
  jsonResponse,
  legacyBackend,
  startBridge,
} from "../bridge_fixture.ts";
import { seededRandom } from "../seeded_random.ts";
import { denied, memoryInProcess, scriptedPerson } from "./person_and_memory.ts";

const seeds = 60;

const tool = { name: "echo", inputSchema: { type: "object" } };

/** What a client may ask, and what shows in each answer whose it is. */
const methods = [
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "tools/call",
  "tools/call sign_in",
  "resources/read",
  "logging/setLevel",
  "ping",
] as const;

Deno.test("whatever happens around a start, each request is answered once, and nothing unpromised is said", async () => {
  for (let seed = 1; seed <= seeds; seed++) await play(seed);
});

async function play(seed: number): Promise<void> {
  const { below, pick } = seededRandom(seed);
  const random = () => below(1_000_000) / 1_000_000;
  const memory = memoryInProcess();
  if (random() < 0.5) {
    const result = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    memory.note(
      { era: "legacy", method: "initialize" },
      result({
        protocolVersion: "2025-11-25",
        capabilities: pick([{ tools: { listChanged: true } }, { tools: {}, prompts: {} }, {}]),
        serverInfo: { name: "remembered", version: "1" },
      }),
    );
    if (random() < 0.7) {
      memory.note({ era: "legacy", method: "tools/list" }, result({ tools: [tool] }));
    }
  }
  let isUp = random() < 0.7;
  const executed = new Map<unknown, number>();
  const good = legacyBackend(({ message }) => {
    if (message?.method === "tools/list") {
      return jsonResponse({ jsonrpc: "2.0", id: message.id, result: { tools: [tool] } });
    }
    if (message?.method === "tools/call") {
      executed.set(message.id, (executed.get(message.id) ?? 0) + 1);
    }
  }, {
    capabilities: pick([{ tools: { listChanged: true } }, { tools: {}, resources: {} }]),
    protocolVersion: pick(["2025-11-25", "2025-06-18"]),
  });
  const backend: Backend = (received) =>
    isUp ? good(received) : new Response("down", { status: 503 });
  const person = scriptedPerson({ isSignedIn: random() < 0.3 });
  await using bridge = startBridge(backend, {
    authorizer: person.authorizer,
    retryWindow: 50,
    drainTimeout: 50,
    start: {
      mode: pick(["auto", "always"]),
      eagerLogin: pick(["first", "always", "never"]),
      startGrace: 5,
      listGrace: 5,
      memory,
      signIn: person.signIn,
    },
  });
  const where = `seed ${seed}`;
  // deno-lint-ignore no-explicit-any -- messages of every shape
  const got: any[] = [];
  await bridge.send(initializeRequest);
  const first = await bridge.nextMessage();
  assert.equal(
    first.id,
    initializeRequest.id,
    `${where}: something came before initialize's answer`,
  );
  if (first.error) return;
  const promised = first.result.capabilities;
  await bridge.send(initializedNotification);
  const asked: unknown[] = [];
  const cancelled = new Set<unknown>();
  for (let step = 0; step < 25; step++) {
    const event = random();
    if (event < 0.6) {
      const method = pick(methods);
      const id = `${step}`;
      asked.push(id);
      const [name, which] = method.split(" ");
      await bridge.send({
        jsonrpc: "2.0",
        id,
        method: name,
        params: name === "tools/call" ? { name: which ?? "echo" } : {},
      });
    } else if (event < 0.68) person.finish();
    else if (event < 0.74) person.fail(denied());
    else if (event < 0.8) person.lose();
    else if (event < 0.9) isUp = !isUp;
    else if (asked.length > 0) {
      const requestId = pick(asked);
      cancelled.add(requestId);
      await bridge.send({
        jsonrpc: "2.0",
        method: "notifications/cancelled",
        params: { requestId },
      });
    }
    await new Promise((resolve) => setTimeout(resolve, random() * 4));
  }
  isUp = true;
  person.finish();
  got.push(...(await bridge.end()).map((line) => JSON.parse(line)));
  const answers = got.filter(({ method }) => method === undefined);
  for (const id of asked) {
    const mine = answers.filter((answer) => answer.id === id);
    assert.equal(mine.length, 1, `${where}: ${id} was answered ${mine.length} times`);
  }
  assert.equal(answers.length, asked.length, `${where}: an answer to nothing`);
  for (const { method } of got) {
    const area = /^notifications\/(\w+)\/list_changed$/.exec(method ?? "")?.[1];
    if (area === undefined) continue;
    assert.ok(promised[area]?.listChanged, `${where}: ${method} was not promised`);
  }
  for (const [id, times] of executed) {
    assert.equal(times, 1, `${where}: ${id} was carried out ${times} times`);
  }
}
