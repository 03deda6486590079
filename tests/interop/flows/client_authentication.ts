import assert from "node:assert/strict";
import type { ProviderClients } from "../counterpart.ts";
import type { Flow } from "./flow.ts";
import { callTool, refuseIssuedTokens, startSignedIn } from "./session.ts";

/** Signs in and renews with one way to authenticate the client. */
function authenticatesBy(
  kind: keyof ProviderClients,
  { name, isSent }: { name: string; isSent: (request: Headers, body: URLSearchParams) => boolean },
): Flow {
  return {
    name,
    isOffered: ({ clients }) => clients[kind] !== undefined,
    async run(stage) {
      const from = stage.exchanges.length;
      await using desk = await stage.desk(stage.provider.clients[kind]!);
      await using program = await startSignedIn(desk);
      refuseIssuedTokens(stage);
      await callTool(program);
      assert.equal(desk.opener.count(), 1, "the renewal opened a tab");
      for (const grant of ["authorization_code", "refresh_token"]) {
        const requests = stage.tokenRequests(grant, from);
        // The first may have been refused for the audience of its assertion, and then is the only one.
        const most = kind === "key" && grant === "authorization_code" ? 2 : 1;
        assert.ok(requests.length <= most, `${requests.length} requests for ${grant}`);
        const accepted = requests.filter(({ status }) => status === 200);
        assert.equal(accepted.length, 1, `${accepted.length} accepted requests for ${grant}`);
        for (const { headers, parameters } of requests) {
          assert.ok(isSent(headers, parameters), grant);
        }
      }
    },
  };
}

/** The ways in which a confidential client authenticates. */
export const clientAuthentication: readonly Flow[] = [
  authenticatesBy("confidential", {
    name: "client_secret_basic",
    isSent: (headers) => /^Basic /.test(headers.get("authorization") ?? ""),
  }),
  authenticatesBy("post", {
    name: "client_secret_post",
    isSent: (_headers, body) => body.has("client_secret"),
  }),
  authenticatesBy("key", {
    name: "private_key_jwt",
    isSent: (_headers, body) => body.has("client_assertion"),
  }),
];
