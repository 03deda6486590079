import assert from "node:assert/strict";
import type { ProviderClients } from "../counterpart.ts";
import type { Flow } from "./flow.ts";
import { callTool, refuseIssuedTokens } from "./session.ts";

function device(kind: keyof ProviderClients, more: Pick<Flow, "name" | "quick">): Flow {
  return {
    ...more,
    isOffered: ({ clients }) => clients[kind] !== undefined,
    async run(stage) {
      await using desk = await stage.desk(stage.provider.clients[kind]!);
      await using program = await desk.start({ env: { OIDC_FLOW: "device" } });
      const initialized = program.initialize();
      // What the program answers, if that comes first, tells more than a line that is missing.
      const line = await Promise.race([
        program.logged(/enter the code/),
        initialized.then(() => {
          throw new Error("it started without a sign-in");
        }),
      ]);
      const code = /enter the code (\S+?)[,.]?(?:\s|$)/.exec(line)?.[1] ?? "";
      const url = /, or open (\S+)/.exec(line)?.[1] ?? /https?:\S+/.exec(line)?.[0] ?? "";
      // The page at the end is the provider's own, and one of them has none.
      await desk.browser.approveDevice!(new URL(url), code);
      await initialized;
      await callTool(program);
      refuseIssuedTokens(stage);
      await callTool(program);
      assert.equal(desk.opener.count(), 0);
    },
  };
}

/** The device flow (RFC 8628), and its renewal. */
export const deviceFlows: readonly Flow[] = [
  device("device", { name: "device code", quick: true }),
  device("deviceWithPkce", { name: "device code, PKCE required", quick: true }),
  {
    name: "device code refused, over SSH",
    isOffered: ({ clients }) => clients.device !== undefined,
    async run(stage) {
      // This client has no device grant: the program goes on with a printed URL.
      await using desk = await stage.desk(stage.provider.clients.public);
      await using program = await desk.start({ env: { SSH_CONNECTION: "1 2 3 4", DISPLAY: "" } });
      const initialized = program.initialize();
      const line = await Promise.race([
        program.logged(/\/sign-in\//),
        initialized.then(() => ""),
      ]);
      await desk.browser.signIn(new URL(/https?:\S+/.exec(line)![0]));
      await initialized;
      await callTool(program);
    },
  },
];
