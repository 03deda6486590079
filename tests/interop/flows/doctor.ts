import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";

/** What `doctor` finds at a provider. */
export const doctorFlows: readonly Flow[] = [
  {
    name: "doctor, nothing wrong",
    isOffered: () => true,
    async run(stage) {
      const { clients } = stage.provider;
      await using desk = await stage.desk(clients.renewing ?? clients.offline ?? clients.public);
      const login = await desk.login();
      assert.equal(login.code, 0, login.stderr);
      const { code, stdout } = await desk.run("doctor");
      assert.equal(code, 0, stdout);
      const lines = stdout.split("\n").filter((line) => /^\s*[!✗]/.test(line));
      assert.deepEqual(lines, [], stdout);
    },
  },
  {
    name: "doctor, no refresh token",
    isOffered: ({ clients }) => clients.withoutRefresh !== undefined,
    async run(stage) {
      await using desk = await stage.desk(stage.provider.clients.withoutRefresh!);
      const login = await desk.login();
      assert.equal(login.code, 0, login.stderr);
      const { code, stdout } = await desk.run("doctor");
      assert.equal(code, 0, stdout);
      assert.doesNotMatch(stdout, /✓ gives refresh tokens/);
      assert.match(stdout, /! .*(refresh token|sign in again)/);
    },
  },
];
