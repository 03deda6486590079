import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";
import { startSignedIn } from "./session.ts";

/** The program registers a client of its own (RFC 7591). */
export const registration: readonly Flow[] = [
  {
    name: "registration refused",
    isOffered: ({ admin }) => admin.setOpenRegistration !== undefined,
    async run(stage) {
      await stage.provider.admin.setOpenRegistration!(false);
      await using desk = await stage.desk({ id: "" });
      const login = await desk.run("login");
      assert.equal(login.code, 1);
      assert.match(login.stderr, /OIDC_CLIENT_ID/);
      assert.doesNotMatch(login.stderr, /firewall/);
    },
  },
  {
    name: "registration, then logout",
    isOffered: ({ admin, openRegistration }) =>
      openRegistration === true || admin.setOpenRegistration !== undefined,
    async run(stage) {
      const { provider } = stage;
      await provider.admin.setOpenRegistration?.(true);
      await using desk = await stage.desk(provider.clients.selfRegistered ?? { id: "" });
      await using _program = await startSignedIn(desk);
      const outcome = await desk.run("logout");
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.equal(await provider.admin.countSessions?.(desk.person) ?? 0, 0);
      assert.doesNotMatch(
        outcome.stdout + outcome.stderr,
        /[Cc]ould not revoke|cannot revoke its refresh token/,
      );
    },
  },
];
