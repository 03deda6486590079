import assert from "node:assert/strict";
import type { Program } from "../../support/program.ts";
import type { Flow } from "./flow.ts";
import { callTool, refuseIssuedTokens } from "./session.ts";

const processes = 6;
const rounds = 4;

/** Six processes share a credential whose refresh token is good for one use. */
export const rotation: Flow = {
  name: "rotation, six processes",
  quick: true,
  isOffered: ({ clients }) => clients.renewing !== undefined,
  async run(stage) {
    const { clients } = stage.provider;
    const from = stage.exchanges.length;
    await using desk = await stage.desk(clients.renewing!);
    const login = await desk.login();
    assert.equal(login.code, 0, login.stderr);
    await using stack = new AsyncDisposableStack();
    const programs: Program[] = [];
    for (let index = 0; index < processes; index++) {
      programs.push(stack.use(await desk.start()));
    }
    await Promise.all(programs.map((program) => program.initialize()));
    for (let round = 0; round < rounds; round++) {
      refuseIssuedTokens(stage);
      await Promise.all(programs.map((program) => callTool(program)));
    }
    assert.equal(desk.opener.count(), 1, "a renewal opened a tab");
    const refreshes = stage.tokenRequests("refresh_token", from);
    assert.ok(refreshes.length >= rounds, `${refreshes.length} refreshes`);
    const sent = refreshes.map(({ parameters }) => parameters.get("refresh_token"));
    const answers = refreshes.map(({ status, answer }) =>
      JSON.stringify([status, (JSON.parse(answer) as { error?: string }).error])
    );
    assert.deepEqual(new Set(answers), new Set(["[200,null]"]));
    const isRotated = refreshes.every(({ parameters, answer }) =>
      JSON.parse(answer).refresh_token !== parameters.get("refresh_token")
    );
    if (isRotated) assert.equal(new Set(sent).size, sent.length, "a spent token was sent again");
  },
};
