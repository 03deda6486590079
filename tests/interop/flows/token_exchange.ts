import assert from "node:assert/strict";
import { startGateway } from "../../support/gateway.ts";
import type { Program } from "../../support/program.ts";
import type { Flow } from "./flow.ts";
import { callTool } from "./session.ts";
import type { Desk, ProviderStage } from "../provider_stage.ts";

const grant = "urn:ietf:params:oauth:grant-type:token-exchange";

/** Two backends with audiences of their own, and a person who uses both. */
interface TwoBackends extends AsyncDisposable {
  desk: Desk;
  start(at: 0 | 1): Promise<Program>;
  command(name: string, at: 0 | 1): ReturnType<Desk["run"]>;
  gateways: Awaited<ReturnType<typeof startGateway>>[];
}

async function openTwoBackends(stage: ProviderStage): Promise<TwoBackends> {
  const { provider } = stage;
  const { audiences, ...client } = provider.clients.exchanging!;
  await using stack = new AsyncDisposableStack();
  const desk = stack.use(await stage.desk(client));
  const gateways: TwoBackends["gateways"] = [];
  for (const audience of audiences) {
    const { issuer, jwksUri } = provider;
    const backend = stage.backend;
    gateways.push(
      stack.use(await startGateway({ provider: { issuer, jwksUri, audience }, backend })),
    );
  }
  const settings = (at: 0 | 1) => ({
    args: [gateways[at].url.href],
    env: { OIDC_EXCHANGE_AUDIENCE: audiences[at] },
  });
  const owned = stack.move();
  return {
    desk,
    gateways,
    start: (at) => desk.start(settings(at)),
    command: (name, at) => {
      const { args, env } = settings(at);
      // The URL that a desk adds comes first: the last one counts.
      return desk.run(name, { env: { ...env, MCP_BACKEND_URL: args[0] } });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Opens both backends, with one sign-in between them. */
async function useBoth({ desk, start }: TwoBackends): Promise<void> {
  for (const at of [0, 1] as const) {
    await using program = await start(at);
    if (at === 0) await Promise.all([program.initialize(), desk.signIn()]);
    else await program.initialize();
    await callTool(program);
    await program.endInput();
    await program.exit;
  }
}

/** One sign-in for two backends (RFC 8693). */
export const tokenExchange: readonly Flow[] = [
  {
    name: "token exchange, one sign-in for two backends",
    quick: true,
    isOffered: ({ clients }) => clients.exchanging !== undefined,
    async run(stage) {
      const from = stage.exchanges.length;
      await using both = await openTwoBackends(stage);
      await useBoth(both);
      assert.equal(both.desk.opener.count(), 1);
      assert.equal(stage.tokenRequests("authorization_code", from).length, 1);
      assert.equal(stage.tokenRequests(grant, from).length, 2);
      // Each token is for its backend alone.
      const audiences = stage.tokenRequests(grant, from).map(({ answer }) => {
        const [, payload] = JSON.parse(answer).access_token.split(".");
        return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).aud;
      });
      assert.deepEqual(audiences.flat(), stage.provider.clients.exchanging!.audiences);
    },
  },
  {
    name: "token exchange, renewed by itself and ended by logout",
    isOffered: ({ clients }) => clients.exchanging !== undefined,
    async run(stage) {
      const from = stage.exchanges.length;
      await using both = await openTwoBackends(stage);
      await useBoth(both);
      {
        await using program = await both.start(1);
        await program.initialize();
        both.gateways[1].refuse(1);
        await callTool(program);
        assert.equal(stage.tokenRequests(grant, from).length, 3);
        // The token of the sign-in ends, too; the refresh token is used once.
        await new Promise((resolve) => setTimeout(resolve, 6_000));
        both.gateways[1].refuse(1);
        await callTool(program);
        const refreshed = stage.tokenRequests("refresh_token", from)
          .map(({ parameters }) => parameters.get("refresh_token"));
        assert.ok(refreshed.length > 0);
        assert.equal(new Set(refreshed).size, refreshed.length, "a refresh token was used twice");
      }
      assert.equal(both.desk.opener.count(), 1);
      const { code, stderr } = await both.command("logout", 1);
      assert.equal(code, 0, stderr);
      for (const audience of stage.provider.clients.exchanging!.audiences) {
        assert.ok(stderr.includes(`Removed the token for ${audience}`), stderr);
      }
      assert.match(stderr, /Revoked its refresh token/);
    },
  },
  {
    name: "token exchange, an audience that the client may not have",
    isOffered: ({ clients }) => clients.exchanging !== undefined,
    async run(stage) {
      await using desk = await stage.desk(stage.provider.clients.exchanging!);
      const { stderr } = await desk.login({ env: { OIDC_EXCHANGE_AUDIENCE: "nobody" } });
      assert.match(
        stderr,
        /answered the token exchange with (invalid_client|invalid_request|invalid_target)/,
      );
      assert.match(stderr, /Fix: /);
    },
  },
  {
    name: "token exchange, person disabled",
    isOffered: ({ admin, clients }) =>
      admin.disable !== undefined && clients.exchanging !== undefined,
    async run(stage) {
      await using both = await openTwoBackends(stage);
      {
        await using program = await both.start(0);
        await Promise.all([program.initialize(), both.desk.signIn()]);
        await program.endInput();
        await program.exit;
      }
      await stage.provider.admin.disable!(both.desk.person);
      await using program = await both.start(1);
      const message = await program.initialize().then(() => "", (error: Error) => error.message);
      assert.match(message, /answered the token exchange with /);
      assert.equal(both.desk.opener.count(), 1);
    },
  },
];
