import assert from "node:assert/strict";
import type { AuthorizationFields } from "../../src/bridge/authorizer.ts";
import { grantAll, legacyBackend, startBridge } from "./bridge_fixture.ts";
import { until } from "../support/until.ts";
import { within } from "../support/within.ts";

const line = new TextEncoder().encode(
  `${JSON.stringify({ jsonrpc: "2.0", id: 0, method: "x", params: "x".repeat(60_000) })}\n`,
);

/** A client that writes without reading, and a person who has not signed in yet. */
function impatientClient(lines: number) {
  const signedIn = Promise.withResolvers<AuthorizationFields>();
  const asked = Promise.withResolvers<void>();
  let sent = 0;
  return {
    signedIn,
    sent: () => sent,
    /** Resolves when nothing more is read. */
    async held() {
      let before = -1;
      await until(() => {
        const isHeld = sent === before && sent > 1;
        before = sent;
        return isHeld;
      }, "a pause of the reading");
    },
    authorizer: {
      ...grantAll,
      authorize() {
        asked.resolve();
        return signedIn.promise;
      },
    },
    input: {
      async read(into: Uint8Array) {
        // What comes before the first request has asked for a credential does not count.
        if (sent === 1) await within(asked.promise, { what: "the first request" });
        if (sent === lines) return null;
        sent++;
        into.set(line);
        return line.length;
      },
    },
  };
}

Deno.test("while a person signs in, only so much is read", async () => {
  const client = impatientClient(200);
  await using bridge = startBridge(legacyBackend(), client);
  await client.held();
  const held = client.sent() * line.length;
  assert(held > 3 << 20 && held < 5 << 20, `${held} bytes were read`);

  client.signedIn.resolve({ authorization: "Bearer test" });
  for (let answers = 0; answers < 200; answers++) {
    assert.deepEqual((await bridge.nextMessage()).result, {});
  }
});

Deno.test("a signal ends the bridge although it reads no more", async () => {
  const client = impatientClient(200);
  await using bridge = startBridge(legacyBackend(), { ...client, drainTimeout: 10 });
  await client.held();
  bridge.stop.abort();
  const { error } = await bridge.nextMessage();
  assert.equal(error.data.reason, "proxy_ended");
  assert.match(error.message, /the request waited for a sign-in/);
  await bridge.done;
});

Deno.test("the end of the input is found out although no more is held", async () => {
  // As much as is held at once, and what a pipe of Node holds besides when the client ends.
  const lines = Math.ceil(((4 << 20) + 200_000) / line.length);
  const client = impatientClient(lines);
  await using bridge = startBridge(legacyBackend(), { ...client, drainTimeout: 10 });
  for (let answers = 0; answers < lines; answers++) {
    assert.equal((await bridge.nextMessage()).error.data.reason, "proxy_ended");
  }
  await bridge.done;
  assert.equal(client.sent(), lines);
});
