import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";
import { callTool, startSignedIn } from "./session.ts";

/** A public client with PKCE: one sign-in for this start and the next. */
export const signIn: Flow = {
  name: "sign-in",
  quick: true,
  isOffered: () => true,
  async run(stage) {
    await using desk = await stage.desk(stage.provider.clients.public);
    await using first = await startSignedIn(desk);
    await first.endInput();
    assert.equal((await first.exit).code, 0);
    await using second = await desk.start();
    await second.initialize();
    await callTool(second);
    assert.equal(desk.opener.count(), 1, "the second start opened a tab");
    const status = await desk.run("status");
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, new RegExp(`${desk.person.name}`));
  },
};
