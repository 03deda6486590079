import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";
import { callTool, startSignedIn } from "./session.ts";

/** Another person signs in at the same desk, and the bridge is theirs from then on. */
export const accountSwitch: Flow = {
  name: "account switch",
  isOffered: () => true,
  async run(stage) {
    const { provider, gateway } = stage;
    await using desk = await stage.desk(provider.clients.public);
    await using earlier = await startSignedIn(desk);
    await earlier.endInput();
    await earlier.exit;
    const before = gateway.requests.at(-1)?.subject;
    const from = gateway.requests.length;
    const other = await provider.createPerson();
    const browser = provider.createBrowser(other);
    const [login] = await Promise.all([
      desk.run("login", { args: ["--force", "--oidc-auth-param", "prompt=login"] }),
      desk.opener.opened().then((url) => browser.signIn(url)),
    ]);
    assert.equal(login.code, 0, login.stderr);
    assert.match(login.stdout + login.stderr, new RegExp(other.name));
    await using program = await desk.start();
    await program.initialize();
    await callTool(program);
    const [first] = gateway.requests.slice(from).map(({ subject }) => subject);
    assert.notEqual(first, before, "the bridge goes on as the person before");
    const status = await desk.run("status");
    assert.match(status.stdout, new RegExp(other.name));
    assert.doesNotMatch(status.stdout, new RegExp(`\\b${desk.person.name}\\b`));
    assert.equal(desk.opener.count(), 2);
  },
};
