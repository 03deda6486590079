import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";

/** `logout` ends what the sign-in began, here and at the provider. */
export const logout: Flow = {
  name: "logout",
  quick: true,
  isOffered: ({ admin, clients }) =>
    admin.countSessions !== undefined && clients.renewing !== undefined,
  async run(stage) {
    const { provider } = stage;
    await using desk = await stage.desk(provider.clients.renewing!);
    const login = await desk.login();
    assert.equal(login.code, 0, login.stderr);
    assert.notEqual(await provider.admin.countSessions!(desk.person), 0);
    const outcome = await desk.run("logout");
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(await provider.admin.countSessions!(desk.person), 0, "the session goes on");
    assert.doesNotMatch(
      outcome.stdout + outcome.stderr,
      /[Cc]ould not revoke|cannot revoke its refresh token/,
    );
    const status = await desk.run("status");
    assert.notEqual(status.code, 0);
  },
};
