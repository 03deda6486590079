import assert from "node:assert/strict";
import { join } from "node:path";
import { createProjectedVolume, workload as subject } from "../../support/workload_platform.ts";
import { startWorkloadPlatform } from "../../support/workload_platform.ts";
import type { Flow } from "./flow.ts";
import { callTool } from "./session.ts";

/** A platform's JWT authenticates the client (RFC 7523 section 2.2), and is replaced under the program. */
export const workload: Flow = {
  name: "workload, its JWT as client authentication",
  isOffered: ({ admin }) => admin.trustWorkload !== undefined,
  async run(stage) {
    const { provider } = stage;
    await using platform = await startWorkloadPlatform();
    const client = await provider.admin.trustWorkload!({ ...platform, subject });
    await using desk = await stage.desk(client);
    const volume = await createProjectedVolume(join(desk.home.path, "secrets"));
    const from = stage.exchanges.length;
    const sign = () => platform.sign({ aud: provider.issuer });
    const [first, second] = [await sign(), await sign()];
    const env = {
      OIDC_FLOW: "workload",
      OIDC_WORKLOAD_AS: "client",
      OIDC_ASSERTION_FILE: volume.path,
    };
    await volume.project(first);
    for (const token of [first, second]) {
      await using program = await desk.start({ env });
      await program.initialize();
      await callTool(program);
      if (token === second) break;
      await volume.project(second);
      stage.gateway.refuse(1);
      await callTool(program);
    }
    const presented = stage.tokenRequests("client_credentials", from)
      .map(({ parameters }) => parameters.get("client_assertion"));
    assert.deepEqual(presented, [first, second]);
    assert.equal(desk.opener.count(), 0);

    await volume.project(await platform.sign({ aud: provider.issuer, sub: "somebody else" }));
    await desk.run("logout", { args: ["--all"] });
    const { code, stderr } = await desk.run("login", { env });
    assert.notEqual(code, 0);
    assert.match(stderr, /sub "somebody else"/);
  },
};
