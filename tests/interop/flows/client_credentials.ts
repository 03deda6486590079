import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";
import { callTool, refuseIssuedTokens } from "./session.ts";

/** Nobody signs in: the client has its own tokens (RFC 6749 section 4.4). */
export const clientCredentials: Flow = {
  name: "client credentials",
  isOffered: ({ clients }) => clients.service !== undefined,
  async run(stage) {
    await using desk = await stage.desk(stage.provider.clients.service!);
    await using program = await desk.start({ env: { OIDC_FLOW: "client-credentials" } });
    await program.initialize();
    await callTool(program);
    refuseIssuedTokens(stage);
    await callTool(program);
    assert.equal(desk.opener.count(), 0);
  },
};
