import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import type { Flow } from "./flow.ts";

/** What is said where a provider asks who somebody is before it looks at the client. */
const cannotBeTold = /\? whether the provider knows it, .* cannot be told before you sign in/;

/** What people get wrong, and what they are told. */
export const misconfiguration: readonly Flow[] = [
  {
    name: "wrong secret",
    isOffered: ({ clients }) => clients.confidential !== undefined,
    async run(stage) {
      const { confidential } = stage.provider.clients;
      await using desk = await stage.desk({ ...confidential!, secret: "another secret" });
      const login = await desk.login();
      assert.equal(login.code, 1);
      assert.match(login.stderr, /OIDC_CLIENT_SECRET/);
      assert.ok(!login.stderr.includes("another secret"));
    },
  },
  {
    name: "wrong redirect URL, doctor",
    isOffered: () => true,
    async run(stage) {
      await using desk = await stage.desk(stage.provider.clients.public);
      const OIDC_REDIRECT_URL = `http://127.0.0.1:${freePort()}/not/registered`;
      const { code, stdout } = await desk.run("doctor", { env: { OIDC_REDIRECT_URL } });
      assert.doesNotMatch(stdout, /The bridge would work/);
      assert.match(stdout, code === 0 ? cannotBeTold : /✗ .*\n +Fix: .*OIDC_REDIRECT_URL/);
    },
  },
  {
    name: "unknown client, doctor",
    isOffered: () => true,
    async run(stage) {
      await using desk = await stage.desk({ id: "nobody-knows-this" });
      const { code, stdout } = await desk.run("doctor");
      assert.doesNotMatch(stdout, /The bridge would work/);
      assert.match(stdout, code === 0 ? cannotBeTold : /✗ .*\n +Fix: .*OIDC_CLIENT_ID/);
    },
  },
  {
    name: "wrong redirect URL, login",
    isOffered: () => true,
    async run(stage) {
      await using desk = await stage.desk(stage.provider.clients.public);
      const OIDC_REDIRECT_URL = `http://127.0.0.1:${freePort()}/not/registered`;
      const login = await desk.login({
        args: ["--login-timeout", "5"],
        env: { OIDC_REDIRECT_URL },
      });
      assert.equal(login.code, 1);
      assert.match(login.stderr, /redirect URL|OIDC_REDIRECT_URL/);
    },
  },
  {
    name: "token meant for another audience",
    isOffered: ({ clients }) => clients.otherAudience !== undefined,
    async run(stage) {
      await using desk = await stage.desk(stage.provider.clients.otherAudience!);
      await using program = await desk.start();
      const failed = program.initialize().then(() => "", (error: Error) => error.message);
      await desk.signIn();
      const message = await failed;
      assert.match(message, /audience/);
      // Setting it would change nothing: this provider takes the audience from its own configuration.
      assert.doesNotMatch(message, /set (OIDC_AUDIENCE|OIDC_RESOURCE)/i);
    },
  },
];
