import assert from "node:assert/strict";
import { isAsleep } from "../support/process_figures.ts";
import { within } from "../support/within.ts";

/** The bridge as a process of its own in front of a backend. */
function startProcess(backend: (request: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, backend);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      new URL("bridge_process.ts", import.meta.url).pathname,
      `http://127.0.0.1:${server.addr.port}/mcp`,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.getReader();
  let isLeft = false;
  return {
    child,
    send: (line: string) => input.write(new TextEncoder().encode(`${line}\n`)),
    /** How many bytes come up to the end of the next line, and its last ones. */
    async nextLine(): Promise<{ length: number; tail: string }> {
      let length = 0;
      for (;;) {
        const { value, done } = await within(output.read(), {
          what: "the rest of a line",
          patience: 60_000,
        });
        assert(!done, "the output has ended");
        length += value.length;
        if (value.at(-1) !== 0x0a) continue;
        return { length: length - 1, tail: new TextDecoder().decode(value.slice(-200, -1)) };
      }
    },
    /** Stops reading for good. */
    async leave() {
      isLeft = true;
      await output.cancel();
    },
    /** Resident memory, in bytes. */
    async memory(): Promise<number> {
      const status = await Deno.readTextFile(`/proc/${child.pid}/status`);
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    async [Symbol.asyncDispose]() {
      await input.close().catch(() => {});
      if (!isLeft) await output.cancel();
      await within(child.status, { what: "the end of the bridge" });
      await server.shutdown();
    },
  };
}

const accepted = (request: Request) =>
  request.method === "POST" ? undefined : new Response(null, { status: 405 });

Deno.test({
  name: "a flood of events waits for a client that does not read, in little memory",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const event = new TextEncoder().encode(
    `data: {"jsonrpc":"2.0","method":"notifications/message","params":{"t":"${
      "x".repeat(4000)
    }"}}\n\n`,
  );
  const end = new TextEncoder().encode(`data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n`);
  let left = Math.ceil(200e6 / event.length);
  const flood = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) return controller.enqueue(event);
        controller.enqueue(end);
        controller.close();
      },
    });
  let isReady = false;
  await using bridge = startProcess((request) =>
    accepted(request) ??
      (isReady
        ? new Response(flood(), { headers: { "content-type": "text/event-stream" } })
        : Response.json({ jsonrpc: "2.0", id: 0, result: {} }))
  );
  // What loading the bridge takes is not what the flood takes.
  await bridge.send(`{"jsonrpc":"2.0","id":0,"method":"x"}`);
  await bridge.nextLine();
  isReady = true;
  const before = await bridge.memory();
  await bridge.send(`{"jsonrpc":"2.0","id":1,"method":"x"}`);
  // The flood stops when the pipe, the bridge and the connection are full: then the bridge sleeps
  // whenever one looks, while one that has yet to be given a processor is ready to run.
  for (let looks = 0, last = -1; looks < 50; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (left !== last || !await isAsleep(bridge.child.pid)) looks = 0;
    last = left;
  }
  assert(left > 10_000, "the flood was not held up");
  assert(await bridge.memory() - before < 64e6, `${await bridge.memory()} from ${before}`);
  let line;
  do line = await bridge.nextLine(); while (!line.tail.includes(`"id":1,`));
  assert(await bridge.memory() - before < 64e6, `${await bridge.memory()} from ${before}`);
});

Deno.test("a line of 64 MiB is carried both ways", async () => {
  const size = 64 << 20;
  const frame = (id: number, pad: number, member: string) =>
    `{"jsonrpc":"2.0","id":${id},${member}:{"t":"${"x".repeat(pad)}"}}`;
  await using bridge = startProcess(async (request) => {
    const other = accepted(request);
    if (other) return other;
    const received = await request.bytes();
    const isLong = received.length > 1000;
    const overhead = frame(2, 0, `"result"`).length;
    const body = isLong
      ? frame(1, 0, `"received":${received.length},"result"`)
      : frame(2, size - overhead, `"result"`);
    return new Response(body, { headers: { "content-type": "application/json" } });
  });
  const overhead = frame(1, 0, `"method":"x","params"`).length;
  const sent = bridge.send(frame(1, size - overhead, `"method":"x","params"`));
  assert.match((await bridge.nextLine()).tail, new RegExp(`"received":${size},`));
  await sent;
  await bridge.send(frame(2, 0, `"method":"y","params"`));
  assert.equal((await bridge.nextLine()).length, size);
  await bridge.send(frame(3, size, `"method":"x","params"`));
  assert.match((await bridge.nextLine()).tail, /"reason":"message_too_long"/);
  await bridge.send(frame(2, 0, `"method":"y","params"`));
  assert.equal((await bridge.nextLine()).length, size);
});

Deno.test("a client that is gone is left at once, with exit code 0", async () => {
  await using bridge = startProcess((request) =>
    accepted(request) ??
      new Response(`{"jsonrpc":"2.0","id":1,"result":{}}`, {
        headers: { "content-type": "application/json" },
      })
  );
  await bridge.leave();
  await bridge.send(`{"jsonrpc":"2.0","id":1,"method":"x"}`);
  const { code } = await within(bridge.child.status, { what: "the end of the bridge" });
  assert.equal(code, 0);
});
