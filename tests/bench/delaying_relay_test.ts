import assert from "node:assert/strict";
import { startDelayingRelay } from "../../bench/counterparts/delaying_relay.ts";

const roundTrip = 100;
/** Timers go by whole milliseconds. */
const tolerance = 2;

Deno.test("a request over the relay takes a round trip, and another one where it has to connect", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => new Response(await request.text()),
  );
  using relay = startDelayingRelay(server.addr.port, { roundTrip });
  using client = Deno.createHttpClient({});
  const times: number[] = [];
  for (const body of ["first", "second"]) {
    const began = performance.now();
    const response = await fetch(`http://127.0.0.1:${relay.port}`, {
      method: "POST",
      body,
      client,
    });
    assert.equal(await response.text(), body);
    times.push(performance.now() - began);
  }
  // How much longer it takes is for the machine to say.
  assert.ok(times[0] >= 2 * roundTrip - tolerance, `${times}`);
  assert.ok(times[1] >= roundTrip - tolerance, `${times}`);
  assert.equal(relay.connections, 1);
});

Deno.test("what comes in pieces over the relay arrives whole and in order", async () => {
  const sent = new Uint8Array(300_000).map((_, at) => at % 251);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using relay = startDelayingRelay(listener.addr.port, { roundTrip: 10 });
  const [there, here] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname: "127.0.0.1", port: relay.port }),
  ]);
  const received = new Response(here.readable).bytes();
  const writer = there.writable.getWriter();
  await writer.write(sent);
  await writer.close();
  assert.deepEqual(await received, sent);
});
