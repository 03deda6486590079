import assert from "node:assert/strict";
import { once } from "node:events";
import { type Company, startCompany } from "../support/company.ts";
import { answerTo, goodResult } from "../support/faults.ts";
import { type FaultyBackend, startFaultyBackend } from "../support/faulty_backend.ts";
import { computingTimeOf, memoryOf } from "../support/process_figures.ts";
import { within } from "../support/within.ts";

const mebibyte = 2 ** 20;
const handshake = [
  {
    jsonrpc: "2.0",
    id: 0,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
];

async function companyWithCredential(backend: FaultyBackend): Promise<Company> {
  const company = await startCompany({ backend: backend.url });
  await using program = await company.start({ args: [backend.url.href] });
  await Promise.all([company.signIn(), program.initialize()]);
  await program.endInput();
  await program.exit;
  return company;
}

Deno.test({
  name: "a flood waits at the backend while the client does not read",
  // There is no `ps` to ask for the memory.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using backend = await startFaultyBackend();
    const size = 200 * mebibyte;
    const note =
      `data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info",` +
      `"data":"${"x".repeat(10_000)}"}}\n\n`;
    let written = 0;
    let blocked = Promise.withResolvers<void>();
    backend.teach("flood", async ({ id, response }) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      while (written < size) {
        written += note.length;
        if (response.write(note)) continue;
        const timer = setTimeout(() => blocked.resolve(), 2000);
        await once(response, "drain");
        clearTimeout(timer);
      }
      response.end(`data: ${answerTo(id)}\n\n`);
    });
    await using company = await companyWithCredential(backend);
    await using program = await company.start({
      args: [backend.url.href],
      stalled: true,
      patience: 60_000,
    });
    for (const message of handshake) await program.send(message);
    await backend.receivedWhere(({ method }) => method === "notifications/initialized");
    const before = await memoryOf(program.pid);
    await program.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "flood" } });
    await within(blocked.promise, { what: "the flood to be held up" });
    const grown = await memoryOf(program.pid) - before;
    assert.ok(written < size / 2, `${written} bytes were taken in`);
    assert.ok(grown < 64 * mebibyte, `the program grew by ${Math.round(grown / mebibyte)} MiB`);

    blocked = Promise.withResolvers();
    program.readOutput();
    const answer = await program.message(({ id }) => id === 1);
    assert.deepEqual(answer.result, goodResult);
    const notes = program.messages.filter((message) => message?.method).length;
    assert.equal(notes, Math.ceil(size / note.length));
  },
});

Deno.test("a line of 64 MiB is carried both ways, in linear time; a longer one is refused", async () => {
  await using backend = await startFaultyBackend();
  backend.teach("echo", ({ id, args, response }) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result: { text: args.text } }));
  });
  backend.teach("as long as you like", ({ id, args, response }) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const text = "y".repeat(Number(args.length));
    const answer = JSON.stringify({ jsonrpc: "2.0", id, result: { text } });
    response.end(`data: ${answer}\n\n`);
  });
  await using company = await companyWithCredential(backend);
  await using program = await company.start({ args: [backend.url.href], patience: 120_000 });
  await program.initialize();

  const echo = async (length: number) => {
    const text = "x".repeat(length);
    const start = await computingTimeOf(program.pid);
    const { result } = await program.request("tools/call", { name: "echo", arguments: { text } });
    assert.equal((result?.text as string).length, length);
    return await computingTimeOf(program.pid) - start;
  };
  await echo(mebibyte);
  const quarter = await echo(16 * mebibyte);
  const whole = await echo(64 * mebibyte - 200);
  // What took sixteen times as long would be quadratic.
  assert.ok(whole < 12 * quarter, `${Math.round(quarter)} ms became ${Math.round(whole)} ms`);

  // Too long for the way there: answered by the program, and skipped.
  await program.send(`{"jsonrpc":"2.0","id":"long","method":"${"z".repeat(65 * mebibyte)}"}`);
  const refused = await program.message((message) => message.error !== undefined);
  assert.match(refused.error?.message ?? "", /67108864 bytes/);
  // And for the way back.
  const { error } = await program.request("tools/call", {
    name: "as long as you like",
    arguments: { length: 65 * mebibyte },
  });
  assert.equal(error?.data?.reason, "message_too_long");
  assert.ok((await program.request("ping")).result);
});
