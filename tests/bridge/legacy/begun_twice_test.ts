import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { legacyBackend, openEventResponse, startBridge } from "../bridge_fixture.ts";

Deno.test("a session whose beginning broke off is ended when it is begun once more", async () => {
  let sessions = 0;
  await using bridge = startBridge((received) => {
    if (received.message?.method !== "initialize") return legacyBackend()(received);
    const sessionId = `${++sessions}`;
    if (sessions > 1) return legacyBackend(undefined, { sessionId })(received);
    const { response, write, cut } = openEventResponse();
    response.headers.set("mcp-session-id", sessionId);
    // The status has to leave first.
    write(": here\n\n").then(() => setTimeout(cut, 50));
    return response;
  });
  await bridge.initialize();
  const deleted = () =>
    bridge.received.filter(({ method }) => method === "DELETE")
      .map(({ headers }) => headers.get("mcp-session-id"));
  await until(() => deleted().length > 0, "the end of the first session");
  assert.deepEqual(deleted(), ["1"]);
});
