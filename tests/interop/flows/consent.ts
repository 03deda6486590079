import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";
import { startSignedIn } from "./session.ts";

const isOffered: Flow["isOffered"] = ({ clients }) => clients.consent !== undefined;

/** A provider that asks each person for consent. */
export const consentFlows: readonly Flow[] = [
  {
    name: "consent given",
    isOffered,
    async run(stage) {
      await using desk = await stage.desk(stage.provider.clients.consent!);
      await using _program = await startSignedIn(desk);
    },
  },
  {
    name: "consent denied",
    isOffered,
    async run(stage) {
      await using desk = await stage.desk(stage.provider.clients.consent!, { consent: "deny" });
      const login = await desk.login();
      assert.equal(login.code, 1);
      assert.match(login.stderr, /access_denied|denied|declined/);
      assert.equal(desk.opener.count(), 1);
    },
  },
];
