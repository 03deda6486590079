import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { createOwnExchange } from "../../../src/bridge/exchange.ts";
import { type Message, scanMessage } from "../../../src/bridge/jsonrpc/scan_message.ts";
import type { LegacyEra } from "../../../src/bridge/legacy/era.ts";
import { createStandIn } from "../../../src/bridge/start/stand_in.ts";
import type { StartSettings } from "../../../src/bridge/start/start_settings.ts";
import { within } from "../../support/within.ts";
import {
  type Backend,
  initializedNotification,
  initializeRequest,
  jsonResponse,
  legacyBackend,
  startBridge,
} from "../bridge_fixture.ts";
import {
  denied,
  invitation,
  memoryInProcess,
  type ScriptedPerson,
  scriptedPerson,
} from "./person_and_memory.ts";

const tool = (name: string) => ({ name, inputSchema: { type: "object" } });

/** A backend with one tool, which counts its calls. */
function oneTool(calls: { count: number } = { count: 0 }, name = "echo"): Backend {
  return legacyBackend(({ message }) => {
    if (message?.method === "tools/list") {
      return jsonResponse({ jsonrpc: "2.0", id: message.id, result: { tools: [tool(name)] } });
    }
    if (message?.method === "tools/call") {
      calls.count++;
      return jsonResponse({ jsonrpc: "2.0", id: message.id, result: { content: [], n: 1 } });
    }
  });
}

function start(
  backend: Backend,
  person: ScriptedPerson,
  settings: Partial<StartSettings> = {},
) {
  const memory = settings.memory ?? memoryInProcess();
  return startBridge(backend, {
    authorizer: person.authorizer,
    start: {
      mode: "auto",
      eagerLogin: "first",
      startGrace: 20,
      listGrace: 20,
      signIn: person.signIn,
      ...settings,
      memory,
    },
  });
}

const request = (id: unknown, method: string, params?: unknown) => ({
  jsonrpc: "2.0",
  id,
  method,
  ...(params !== undefined && { params }),
});

Deno.test("with a credential everything goes to the backend, and what it says is remembered", async () => {
  const memory = memoryInProcess();
  const person = scriptedPerson({ isSignedIn: true });
  await using bridge = start(oneTool(), person, { memory });
  await bridge.initialize();
  await bridge.send(request(1, "tools/list"));
  assert.deepEqual((await bridge.nextMessage()).result, { tools: [tool("echo")] });
  assert.equal(memory.noted(), 2);
  assert.equal(person.tabs(), 0);
});

Deno.test("a first start is answered without the person, and becomes the backend behind them", async () => {
  const person = scriptedPerson();
  const calls = { count: 0 };
  await using bridge = start(oneTool(calls), person);
  await bridge.send(initializeRequest);
  const { result } = await bridge.nextMessage();
  assert.equal(result.protocolVersion, "2025-11-25");
  assert.match(result.serverInfo.name, /^authful-mcp-proxy \(127\.0\.0\.1:\d+\)$/);
  assert.match(result.instructions, /sign_in/);
  assert.equal(person.tabs(), 1, "the browser opens at once");
  await bridge.send(initializedNotification);
  await bridge.send(request(1, "tools/list"));
  const only = (await bridge.nextMessage()).result;
  assert.deepEqual(only.tools.map(({ name }: { name: string }) => name), ["sign_in"]);
  await bridge.send(request(2, "tools/call", { name: "echo", arguments: {} }));
  await bridge.send(request(3, "ping"));
  assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 3, result: {} });
  assert.equal(bridge.received.length, 0, "nothing has reached the backend yet");
  person.finish();
  // What was promised and exists is announced, and the call goes through.
  const messages = [await bridge.nextMessage(), await bridge.nextMessage()];
  messages.push(await bridge.nextMessage(), await bridge.nextMessage());
  const methods = messages.map(({ method, id }) => method ?? id).sort();
  assert.deepEqual(methods, [
    2,
    "notifications/prompts/list_changed",
    "notifications/resources/list_changed",
    "notifications/tools/list_changed",
  ]);
  assert.equal(calls.count, 1);
  assert.deepEqual(
    bridge.received.filter(({ method }) => method === "POST").map(({ message }) => message.method),
    ["initialize", "notifications/initialized", "tools/call"],
  );
  await bridge.send(request(4, "tools/list"));
  assert.deepEqual((await bridge.nextMessage()).result, { tools: [tool("echo")] });
  assert.equal(person.tabs(), 1);
});

Deno.test("what is remembered is given without a tab; a call is what opens one", async () => {
  const memory = memoryInProcess();
  {
    const person = scriptedPerson({ isSignedIn: true });
    await using bridge = start(oneTool(), person, { memory });
    await bridge.initialize();
    await bridge.send(request(1, "tools/list"));
    await bridge.nextMessage();
  }
  const person = scriptedPerson();
  await using bridge = start(oneTool(), person, { memory });
  await bridge.send(initializeRequest);
  assert.equal((await bridge.nextMessage()).result.serverInfo.name, "backend");
  await bridge.send(initializedNotification);
  await bridge.send(request(1, "tools/list"));
  assert.deepEqual((await bridge.nextMessage()).result, { tools: [tool("echo")] });
  assert.equal(person.tabs(), 0);
  await bridge.send(request(2, "tools/call", { name: "echo" }));
  await person.asked();
  assert.equal(person.tabs(), 1);
  person.finish();
  const two = [await bridge.nextMessage(), await bridge.nextMessage()];
  assert.deepEqual(two.map(({ id, method }) => id ?? method).sort(), [
    2,
    "notifications/tools/list_changed",
  ]);
});

Deno.test("sign_in says what is to be opened, and that it is done", async () => {
  const person = scriptedPerson();
  await using bridge = start(oneTool(), person, { eagerLogin: "never" });
  await bridge.send(initializeRequest);
  await bridge.nextMessage();
  await bridge.send(initializedNotification);
  assert.equal(person.tabs(), 0);
  await bridge.send(request(1, "tools/list"));
  assert.equal((await bridge.nextMessage()).result.tools[0].name, "sign_in");
  await bridge.send(request(2, "tools/call", { name: "sign_in" }));
  const { result } = await bridge.nextMessage();
  assert.ok(result.content[0].text.includes(invitation.url), result.content[0].text);
  assert.equal(person.tabs(), 1);
  person.finish();
  for (let left = 3; left > 0; left--) {
    assert.match((await bridge.nextMessage()).method, /list_changed$/);
  }
  await bridge.send(request(3, "tools/call", { name: "sign_in" }));
  const done = await bridge.nextMessage();
  assert.match(done.result.content[0].text, /^Signed in to .*reload this server/);
});

Deno.test("a client that shows URLs to the person is asked to, and told when it is done", async () => {
  const person = scriptedPerson();
  await using bridge = start(oneTool(), person);
  const params = { ...initializeRequest.params, capabilities: { elicitation: { url: {} } } };
  await bridge.send({ ...initializeRequest, params });
  await bridge.nextMessage();
  await bridge.send(initializedNotification);
  await bridge.send(request(2, "tools/call", { name: "sign_in" }));
  const question = await bridge.nextMessage();
  assert.equal(question.method, "elicitation/create");
  assert.equal(question.params.mode, "url");
  assert.equal(question.params.url, invitation.url);
  await bridge.send({ jsonrpc: "2.0", id: question.id, result: { action: "accept" } });
  const { result } = await bridge.nextMessage();
  assert.ok(
    !result.content[0].text.includes(invitation.url),
    "the address stays out of transcripts",
  );
  person.finish();
  const told = [];
  for (let left = 4; left > 0; left--) told.push((await bridge.nextMessage()).method);
  assert.ok(told.includes("notifications/elicitation/complete"), told.join());
  assert.ok(
    bridge.received.every(({ message }) => message?.id !== question.id),
    "the backend gets no response to what it did not ask",
  );
});

Deno.test("a request that waited in vain says why, and where to go on", async () => {
  const person = scriptedPerson();
  await using bridge = start(oneTool(), person);
  await bridge.send(initializeRequest);
  await bridge.nextMessage();
  await bridge.send(initializedNotification);
  await bridge.send(request(2, "tools/call", { name: "echo" }));
  await person.asked();
  await bridge.send(request(3, "ping"));
  await bridge.nextMessage();
  person.fail(denied());
  const messages = [await bridge.nextMessage(), await bridge.nextMessage()];
  const error = messages.find(({ id }) => id === 2).error;
  assert.match(error.message, /nobody signed in within 300 s/);
  assert.ok(error.message.includes(bridge.url.href));
  assert.match(error.message, /authful-mcp-proxy login/);
  await bridge.send(request(4, "tools/list"));
  assert.deepEqual(
    (await bridge.nextMessage()).result.tools.map(({ name }: { name: string }) => name),
    ["sign_in"],
  );
});

Deno.test("where nobody can sign in, initialize fails at once", async () => {
  const person = scriptedPerson();
  person.obstacle = denied();
  await using bridge = start(oneTool(), person);
  await bridge.send(initializeRequest);
  assert.match((await bridge.nextMessage()).error.message, /nobody signed in/);
});

Deno.test("in mid-session lists come from memory, and sign_in comes back", async () => {
  const person = scriptedPerson({ isSignedIn: true });
  const calls = { count: 0 };
  await using bridge = start(oneTool(calls), person);
  await bridge.initialize();
  await bridge.send(request(1, "tools/list"));
  await bridge.nextMessage();
  person.lose();
  await bridge.send(request(2, "tools/call", { name: "echo" }));
  const changed = await bridge.nextMessage();
  assert.equal(changed.method, "notifications/tools/list_changed");
  await bridge.send(request(3, "tools/list"));
  const names = (await bridge.nextMessage()).result.tools.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, ["sign_in", "echo"]);
  person.finish();
  const messages = [await bridge.nextMessage(), await bridge.nextMessage()];
  assert.deepEqual(messages.map(({ id, method }) => id ?? method).sort(), [
    2,
    "notifications/tools/list_changed",
  ]);
  assert.equal(calls.count, 1);
  assert.equal(bridge.received.filter(({ message }) => message?.method === "initialize").length, 1);
});

Deno.test("a backend whose tool is called sign_in keeps it", async () => {
  const memory = memoryInProcess();
  {
    await using bridge = start(
      oneTool({ count: 0 }, "sign_in"),
      scriptedPerson({ isSignedIn: true }),
      { memory },
    );
    await bridge.initialize();
    await bridge.send(request(1, "tools/list"));
    await bridge.nextMessage();
  }
  const calls = { count: 0 };
  const person = scriptedPerson();
  await using bridge = start(oneTool(calls, "sign_in"), person, { memory });
  await bridge.initialize();
  await bridge.send(request(1, "tools/list"));
  await bridge.nextMessage();
  await bridge.send(request(2, "tools/call", { name: "sign_in" }));
  await person.asked();
  person.finish();
  const messages = [await bridge.nextMessage(), await bridge.nextMessage()];
  assert.equal(messages.find(({ id }) => id === 2).result.n, 1);
  assert.equal(calls.count, 1);
});

Deno.test("always: answers come from memory, and what differs is announced", async () => {
  const memory = memoryInProcess();
  {
    await using bridge = start(oneTool(), scriptedPerson({ isSignedIn: true }), { memory });
    await bridge.initialize();
    await bridge.send(request(1, "tools/list"));
    await bridge.nextMessage();
  }
  const gate = Promise.withResolvers<void>();
  const other = oneTool({ count: 0 }, "other");
  const slow: Backend = async (received) => {
    await gate.promise;
    return await other(received);
  };
  await using bridge = start(slow, scriptedPerson({ isSignedIn: true }), {
    memory,
    mode: "always",
  });
  await bridge.initialize();
  await bridge.send(request(1, "tools/list"));
  assert.deepEqual((await bridge.nextMessage()).result, { tools: [tool("echo")] });
  gate.resolve();
  assert.equal((await bridge.nextMessage()).method, "notifications/tools/list_changed");
  await bridge.send(request(2, "tools/list"));
  assert.deepEqual((await bridge.nextMessage()).result, { tools: [tool("other")] });
});

Deno.test("what was promised and does not exist is answered empty, or with a clear error", async () => {
  const person = scriptedPerson();
  await using bridge = start(legacyBackend(undefined, { capabilities: { tools: {} } }), person);
  await bridge.send(initializeRequest);
  await bridge.nextMessage();
  await bridge.send(initializedNotification);
  await bridge.send(request(1, "logging/setLevel", { level: "debug" }));
  assert.deepEqual((await bridge.nextMessage()).result, {});
  person.finish();
  for (let left = 3; left > 0; left--) await bridge.nextMessage();
  const answers: [string, unknown][] = [
    ["prompts/list", { prompts: [] }],
    ["resources/list", { resources: [] }],
    ["resources/templates/list", { resourceTemplates: [] }],
    ["resources/subscribe", {}],
    ["logging/setLevel", {}],
    ["completion/complete", { completion: { values: [] } }],
  ];
  for (const [method, expected] of answers) {
    await bridge.send(request(method, method, {}));
    assert.deepEqual((await bridge.nextMessage()).result, expected, method);
  }
  await bridge.send(request("get", "prompts/get", { name: "greet" }));
  assert.match((await bridge.nextMessage()).error.message, /does not offer prompts/);
});

Deno.test("a backend that is down is answered for from memory, and heals by itself", async () => {
  const memory = memoryInProcess();
  let isDown = false;
  const up = oneTool();
  const backend: Backend = (received) =>
    isDown ? new Response("down", { status: 503 }) : up(received);
  {
    await using bridge = start(backend, scriptedPerson({ isSignedIn: true }), { memory });
    await bridge.initialize();
    await bridge.send(request(1, "tools/list"));
    await bridge.nextMessage();
  }
  isDown = true;
  await using bridge = start(backend, scriptedPerson({ isSignedIn: true }), { memory });
  // The fixture has a backend of its own each time.
  await bridge.initialize();
  await bridge.send(request(1, "tools/list"));
  assert.deepEqual((await bridge.nextMessage()).result, { tools: [tool("echo")] });
  isDown = false;
  assert.equal((await bridge.nextMessage()).method, "notifications/tools/list_changed");
});

Deno.test("a call behind a session that the backend refuses to begin is answered with that", async () => {
  const person = scriptedPerson();
  const backend = legacyBackend(({ message }) =>
    message?.method === "initialize"
      ? jsonResponse({ jsonrpc: "2.0", id: message.id, error: { code: -32603, message: "no" } })
      : undefined
  );
  await using bridge = start(backend, person);
  await bridge.send(initializeRequest);
  await bridge.nextMessage();
  await bridge.send(initializedNotification);
  await bridge.send(request(2, "tools/call", { name: "echo", arguments: {} }));
  await person.asked();
  person.finish();
  const answer = await bridge.nextMessage();
  assert.deepEqual([answer.id, answer.error?.data?.reason], [2, "session_refused"]);
});

const utf8 = (text: string) => new TextEncoder().encode(text);

/** What was remembered of a backend with tools. */
const remembered = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: {} },
  serverInfo: { name: "backend", version: "1" },
};

function messageOf(value: unknown): Message {
  const scanned = scanMessage(utf8(JSON.stringify(value)));
  assert.equal(scanned.kind, "request");
  return scanned as Message;
}

/** The methods that a backend got, but for GET and DELETE. */
const methodsOf = (bridge: { received: readonly { message?: { method?: string } }[] }) =>
  bridge.received.map(({ message }) => message?.method).filter((method) => method !== undefined);

Deno.test("always: what comes behind initialize waits for that session and begins no second one", async () => {
  const memory = memoryInProcess();
  memory.note({ era: "legacy", method: "initialize" }, utf8(JSON.stringify(remembered)));
  const looking = Promise.withResolvers<void>();
  const isEmpty = memory.isEmpty;
  const recall = memory.recall;
  const person = scriptedPerson({ isSignedIn: true });
  await using bridge = start(oneTool(), person, {
    mode: "always",
    memory: {
      ...memory,
      isEmpty: () => looking.promise.then(isEmpty),
      recall: (key) => looking.promise.then(() => recall(key)),
    },
  });
  await bridge.send(initializeRequest);
  await bridge.send(request(1, "tools/call", { name: "echo", arguments: {} }));
  await bridge.send(request(2, "tools/call", { name: "echo", arguments: {} }));
  looking.resolve();
  const answers = [
    await bridge.nextMessage(),
    await bridge.nextMessage(),
    await bridge.nextMessage(),
  ];
  assert.deepEqual(answers.map(({ id }) => id).sort(), [1, 2, "init"]);
  assert.deepEqual(methodsOf(bridge), ["initialize", "tools/call", "tools/call"]);
});

Deno.test("a client that begins another session has it begun once, whatever it sends behind it", async () => {
  const person = scriptedPerson();
  await using bridge = start(oneTool(), person, { eagerLogin: "never" });
  await bridge.send(initializeRequest);
  await bridge.nextMessage();
  await bridge.send({ ...initializeRequest, id: "again" });
  await bridge.send(request(1, "tools/call", { name: "echo", arguments: {} }));
  await person.asked();
  person.finish();
  const answers = [];
  while (answers.length < 2) {
    const message = await bridge.nextMessage();
    if (message.id !== undefined) answers.push(message.id);
  }
  assert.deepEqual(answers.sort(), [1, "again"]);
  assert.deepEqual(methodsOf(bridge).filter((method) => method === "initialize"), ["initialize"]);
});

Deno.test("whoever waits for a session is told when the backend refuses to begin it", async () => {
  const refusing = legacyBackend(async ({ message }) => {
    if (message?.method !== "initialize") return undefined;
    await delayed.promise;
    const error = { code: -32000, message: "no room" };
    return jsonResponse({ jsonrpc: "2.0", id: message.id, error });
  });
  const delayed = Promise.withResolvers<void>();
  const person = scriptedPerson({ isSignedIn: true });
  const memory = memoryInProcess();
  memory.note({ era: "legacy", method: "initialize" }, utf8(JSON.stringify(remembered)));
  await using bridge = start(refusing, person, { memory });
  await bridge.send(initializeRequest);
  assert.equal((await bridge.nextMessage()).id, "init", "late: answered from memory");
  await bridge.send(request(1, "tools/call", { name: "echo", arguments: {} }));
  delayed.resolve();
  const { id, error } = await bridge.nextMessage();
  assert.equal(id, 1);
  assert.match(error.message, /does not begin a session/);
});

Deno.test("attempts to begin a session that fail leave no listeners behind", async () => {
  const stop = new AbortController();
  let listeners = 0;
  const { signal } = stop;
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listeners++;
    add(...given);
  };
  const remove = signal.removeEventListener.bind(signal);
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listeners--;
    remove(...given);
  };
  const silence = () => {};
  const standIn = createStandIn({
    context: {
      url: new URL("http://127.0.0.1/mcp"),
      log: { error: silence, warn: silence, info: silence, debug: silence, notice: silence },
      pending: { waiting: () => [] },
      toClient: silence,
      stop: signal,
    } as unknown as BridgeContext,
    settings: {
      mode: "auto",
      eagerLogin: "never",
      startGrace: 20,
      listGrace: 20,
      memory: memoryInProcess(),
      signIn: scriptedPerson().signIn,
    },
    era: () => ({ request: () => Promise.reject(denied()) }) as unknown as LegacyEra,
    begun: { initialize: messageOf(initializeRequest), initialized: undefined, result: undefined },
    isAuthorizing: () => false,
    onInitialized: silence,
  });
  for (let attempt = 1; attempt <= 20; attempt++) {
    const call = createOwnExchange(messageOf(request(attempt, "resources/read")), "client");
    await assert.rejects(standIn.request(call), /did not succeed/);
  }
  standIn.end();
  assert.equal(listeners, 0);
});

Deno.test("a log level that the backend does not take ends with the bridge", async () => {
  const gone = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  const backend = legacyBackend(({ message }) => {
    if (message?.method !== "logging/setLevel") return undefined;
    taken.resolve();
    return new Response(new ReadableStream({ cancel: () => gone.resolve() }), {
      headers: { "content-type": "text/event-stream" },
    });
  }, { capabilities: { logging: {} } });
  const person = scriptedPerson();
  await using bridge = start(backend, person);
  await bridge.send(initializeRequest);
  await bridge.nextMessage();
  await bridge.send(initializedNotification);
  await bridge.send(request(1, "logging/setLevel", { level: "info" }));
  await bridge.nextMessage();
  person.finish();
  await within(taken.promise, { what: "the log level at the backend" });
  await bridge.end();
  await within(gone.promise, { what: "the end of the request" });
});

Deno.test("what no sign-in mends is told in its own words", async () => {
  const person = scriptedPerson();
  await using bridge = start(oneTool(), person);
  await bridge.send(initializeRequest);
  await bridge.nextMessage();
  await bridge.send(initializedNotification);
  await bridge.send(request(2, "tools/call", { name: "echo" }));
  await person.asked();
  await bridge.send(request(3, "ping"));
  await bridge.nextMessage();
  person.fail(
    new ProxyError({
      category: "Authentication error",
      what: "the provider does not know the client abc",
      fix: "correct OIDC_CLIENT_ID",
      reason: "invalid_client",
    }),
  );
  const { error } = await bridge.nextMessage();
  assert.equal(
    error.message,
    "Authentication error: the provider does not know the client abc. Fix: correct OIDC_CLIENT_ID.",
  );
});
