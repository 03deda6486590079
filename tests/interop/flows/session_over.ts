import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";
import { callTool, refuseIssuedTokens, startSignedIn } from "./session.ts";

/** What the provider's operator does to a person who is signed in. */
export const sessionOver: readonly Flow[] = [
  {
    name: "session ended by the administrator",
    isOffered: ({ admin, clients }) =>
      admin.endSessions !== undefined && clients.renewing !== undefined,
    async run(stage) {
      const { provider } = stage;
      await using desk = await stage.desk(provider.clients.renewing!);
      await using program = await startSignedIn(desk);
      await provider.admin.endSessions!(desk.person);
      refuseIssuedTokens(stage);
      const called = callTool(program);
      called.catch(() => {});
      await desk.signIn();
      await called;
      assert.equal(desk.opener.count(), 2);
    },
  },
  {
    name: "person disabled",
    isOffered: ({ admin, clients }) =>
      admin.disable !== undefined && clients.renewing !== undefined,
    async run(stage) {
      const { provider } = stage;
      await using desk = await stage.desk(provider.clients.renewing!);
      await using program = await startSignedIn(desk);
      await provider.admin.disable!(desk.person);
      await program.endInput();
      await program.exit;
      refuseIssuedTokens(stage);
      await using next = await desk.start({ env: { MCP_PROXY_LOGIN_TIMEOUT: "5" } });
      // The program has been started before, so that no page is opened until something is called.
      await next.initialize();
      const called = callTool(next).then(() => "", (error: Error) => error.message);
      const page = await desk.signIn();
      assert.ok(!page.url.href.startsWith(stage.redirectUrl), "the provider let the person in");
      assert.match(await called, /Authentication error: /);
      assert.equal(desk.opener.count(), 2, "more than one tab");
    },
  },
];
