import assert from "node:assert/strict";
import { startBoundBackend } from "../bound_backend.ts";
import type { Flow } from "./flow.ts";

/** Tokens that are bound to a key of this installation (RFC 9449), at a backend that checks it. */
export const dpop: Flow = {
  name: "DPoP",
  isOffered: ({ clients }) => clients.bound !== undefined,
  async run(stage) {
    const { provider } = stage;
    await using backend = startBoundBackend(provider);
    await using desk = await stage.desk(provider.clients.bound!);
    const args = [backend.url.href];
    await using program = await desk.start({ args });
    await Promise.all([program.initialize(), desk.signIn()]);
    assert.ok((await program.request("tools/list")).result);
    backend.refuse(1);
    assert.ok((await program.request("tools/list")).result);
    await program.endInput();
    await program.exit;
    await using next = await desk.start({ args });
    await next.initialize();
    assert.equal(desk.opener.count(), 1);
    assert.equal(backend.keys.size, 1, "the key changed");
  },
};
