import assert from "node:assert/strict";
import { checkBackendAccess, checkBeforeSetup } from "../../../src/cli/setup/check_before_setup.ts";
import { CommandRoom } from "../command_room.ts";
import { recordedSink } from "../../support/recorded_terminal.ts";

/** What is told of these settings, and whether all is well. */
async function check(
  act: typeof checkBeforeSetup,
  room: CommandRoom,
  variables?: Record<string, string>,
) {
  const sink = recordedSink();
  const works = await act(await room.resolve(variables), sink);
  return { works, lines: sink.text().replaceAll(room.issuer, "ISSUER").split("\n") };
}

Deno.test("what is not as it should be is told before setup, with what to do", async () => {
  await using room = new CommandRoom();
  const wrong = await check(checkBeforeSetup, room, { OIDC_ISSUER_URL: `${room.issuer}/x` });
  assert.equal(wrong.works, false);
  const at = wrong.lines.findIndex((line) => line.startsWith("✗ Provider: "));
  assert.deepEqual(wrong.lines.slice(at, at + 2), [
    "✗ Provider: ISSUER/x/.well-known/openid-configuration answered 404",
    "  Fix: check OIDC_ISSUER_URL, or set OIDC_METADATA_URL if the provider puts it elsewhere",
  ]);
  assert.ok(!wrong.lines.some((line) => line.startsWith("✓")), "it does not work");
});

Deno.test("what may do no harm is told as a warning, and setup goes on", async () => {
  await using room = new CommandRoom();
  room.answers["/authorize"] = () => new Response("<p>Sign in");
  const { issuer } = room;
  // That it knows PKCE it does not say.
  room.answers.metadata = () =>
    Response.json({
      ...{ issuer, authorization_endpoint: `${issuer}/authorize`, jwks_uri: `${issuer}/jwks` },
      ...{ token_endpoint: `${issuer}/token`, response_types_supported: ["code"] },
    });
  const { works, lines } = await check(checkBeforeSetup, room, {
    MCP_BACKEND_URL: room.backend,
    OIDC_SCOPES: "openid offline_access",
  });
  assert.equal(works, true, lines.join("\n"));
  assert.equal(lines.at(-2), "✓ Provider and backend are as they should be");
  const told = lines.slice(0, -2);
  assert.ok(told.some((line) => line.startsWith("! Provider: ")), told.join("\n"));
  assert.ok(told.every((line) => /^(?:! [A-Z]| {2}Fix: )/.test(line)), told.join("\n"));
  assert.ok(!lines.join("\n").includes("not signed in"), "that is the next step");
});

/** A backend that lets these tokens in. */
function startBackend() {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const { id, method } = await request.json();
    if (id === undefined) return new Response(null, { status: 202 });
    const result = method === "initialize"
      ? {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "company", version: "1" },
      }
      : { tools: [] };
    return Response.json({ jsonrpc: "2.0", id, result });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/mcp`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("what the backend says to a token is told after the sign-in", async () => {
  await using room = new CommandRoom();
  await using backend = startBackend();
  const variables = { MCP_BACKEND_URL: backend.url };
  const before = await check(checkBackendAccess, room, variables);
  assert.deepEqual([before.works, before.lines], [true, [""]], "nobody is signed in");
  await room.signIn({}, { variables });
  const { works, lines } = await check(checkBackendAccess, room, variables);
  assert.equal(works, true);
  assert.ok(lines.length > 1, "it says something");
  for (const line of lines.slice(0, -1)) assert.match(line, /^(?:✓ The backend|!| {2}Fix:) ./);
  assert.ok(lines.some((line) => line.startsWith("✓ The backend ")), lines.join("\n"));
  assert.ok(!lines.join("\n").includes("signed in"), lines.join("\n"));
});

Deno.test("a backend that refuses the token is told, and nothing is said to be well", async () => {
  await using room = new CommandRoom();
  await room.signIn();
  room.answers["/mcp"] = () => new Response(null, { status: 403 });
  const { works, lines } = await check(checkBackendAccess, room);
  assert.equal(works, false);
  assert.deepEqual(lines, [
    "✗ Backend with a token: the backend answered HTTP 403",
    "  Fix: ask the backend's operator for access",
    "",
  ]);
});
