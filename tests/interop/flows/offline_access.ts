import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";
import { callTool, refuseIssuedTokens } from "./session.ts";

/** `offline_access` brings a refresh token, however strict the provider is, with one tab. */
export const offlineAccess: Flow = {
  name: "offline_access",
  isOffered: ({ clients }) => clients.offline !== undefined,
  async run(stage) {
    await using desk = await stage.desk(stage.provider.clients.offline!);
    const env = { OIDC_SCOPES: "openid offline_access" };
    await using program = await desk.start({ env });
    await Promise.all([program.initialize(), desk.signIn()]);
    await callTool(program);
    refuseIssuedTokens(stage);
    await callTool(program);
    assert.equal(desk.opener.count(), 1, "the renewal opened a tab");
    const { countSessions } = stage.provider.admin;
    assert.notEqual(await countSessions?.(desk.person), 0, "no session is counted that could end");
    const logout = await desk.run("logout", { env });
    assert.equal(logout.code, 0, logout.stderr);
    assert.equal(await countSessions?.(desk.person) ?? 0, 0);
  },
};
