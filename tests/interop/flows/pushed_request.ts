import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";
import { startSignedIn } from "./session.ts";

/** A client of which the provider wants pushed authorization requests (RFC 9126). */
export const pushedRequest: Flow = {
  name: "pushed authorization request",
  isOffered: ({ clients }) => clients.pushed !== undefined,
  async run(stage) {
    const from = stage.exchanges.length;
    await using desk = await stage.desk(stage.provider.clients.pushed!);
    await using _program = await startSignedIn(desk);
    const pushed = stage.exchanges.slice(from).filter(({ answer }) =>
      /"request_uri"\s*:/.test(answer)
    );
    assert.equal(pushed.length, 1);
    assert.equal(pushed[0]!.status, 201);
  },
};
