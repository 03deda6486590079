import assert from "node:assert/strict";
import { checkAccess } from "../../../src/cli/doctor/checks/access.ts";
import type { Examination } from "../../../src/cli/doctor/examination.ts";
import { CommandRoom } from "../command_room.ts";
import { backend } from "./answering_backend.ts";
import { examinationOf, inShort } from "./examination_of.ts";

const hour = 3_600_000;

async function findings(
  room: CommandRoom,
  { variables = {}, ...more }: Partial<Examination> & { variables?: Record<string, string> } = {},
) {
  const resolved = await room.resolve(variables);
  const found = await checkAccess({ ...await examinationOf({}), resolved, ...more });
  for (const { check } of found) assert.equal(check, "access");
  return inShort(found);
}

const signedIn = ["ok", "signed in as ada@example.com, the token lasts 1 h and renews itself"];
const accepted = ["ok", "accepts the token: Company tools, protocol 2025-11-25"];
const fresh = () => ({ expiresAt: Date.now() + hour + 30_000 });

Deno.test("doctor: without a sign-in nothing can be told, and nobody is asked", async () => {
  await using room = new CommandRoom();
  assert.deepEqual(await findings(room), [[
    "unknown",
    "not signed in: whether the provider gives a token, and whether the backend takes it, cannot " +
    "be told before you sign in",
    "run authful-mcp-proxy login, or let the client start a sign-in",
  ]]);
  assert.deepEqual(await findings(room, { variables: { MCP_BACKEND_URL: "" } }), []);
});

Deno.test("doctor: who is signed in, and for how long, is told whatever the backend does", async () => {
  const told = async (
    fields: Parameters<CommandRoom["signIn"]>[0],
    variables: Record<string, string> = {},
  ) => {
    await using room = new CommandRoom();
    const unreachable = new Set([new URL(room.backend).host]);
    await room.signIn({ ...fresh(), ...fields }, { variables });
    const [found, ...others] = await findings(room, { variables, unreachable });
    assert.deepEqual([found![0], others], ["ok", []]);
    return found![1];
  };
  assert.equal(await told({}), signedIn[1]);
  assert.equal(
    await told({ claims: { email: "a\nda" }, refreshToken: undefined }),
    "signed in as a da, the token lasts 1 h and does not renew itself",
  );
  assert.equal(
    await told({ claims: {}, expiresAt: undefined }),
    "signed in, the token's end is not known and renews itself",
  );
  assert.equal(
    await told({ refreshToken: undefined }, {
      OIDC_FLOW: "client-credentials",
      OIDC_CLIENT_SECRET: "secret-of-client",
    }),
    signedIn[1],
  );
});

Deno.test("doctor: what a backend offers to whoever has the token", async () => {
  await using room = new CommandRoom();
  await room.signIn({ ...fresh(), accessToken: "the-token" });
  const seen: { method: string; headers: Headers }[] = [];
  room.answers["/mcp"] = backend({}, seen);
  const variables = { MCP_PROXY_HEADERS: "x-tenant: ${TENANT}" };
  const env = (name: string) => name === "TENANT" ? "company" : undefined;
  assert.deepEqual(await findings(room, { variables, env }), [
    signedIn,
    accepted,
    ["ok", "offers 2 tools"],
  ]);
  assert.deepEqual(seen.map(({ method }) => method), [
    "initialize",
    "notifications/initialized",
    "tools/list",
    "ping",
    "ping",
    "ping",
    "ping",
    "server/discover",
  ]);
  for (const { headers } of seen) {
    assert.equal(headers.get("authorization"), "Bearer the-token");
    assert.equal(headers.get("x-tenant"), "company");
  }
  assert.equal(seen.at(-1)!.headers.get("mcp-protocol-version"), "2026-07-28");

  const tools = (result: unknown) => ({ "tools/list": () => ({ result }) });
  const rows: [ReturnType<typeof tools>, string[]][] = [
    [tools({ tools: [{ name: "a" }] }), ["ok", "offers 1 tool"]],
    [tools({ tools: [] }), ["ok", "offers 0 tools"]],
    [tools({ tools: [{}, {}], nextCursor: "x" }), ["ok", "offers 2 tools on the first page"]],
    [tools({}), ["warning", "lists no tools: no list", "check that your account may use them"]],
  ];
  for (const [methods, expected] of rows) {
    room.answers["/mcp"] = backend(methods);
    assert.deepEqual((await findings(room)).slice(1), [accepted, expected]);
  }
  room.answers["/mcp"] = backend({
    "tools/list": () => ({ error: { code: -32000, message: "not\nfor you" } }),
  });
  assert.deepEqual((await findings(room)).slice(2), [
    ["warning", "lists no tools: not for you", "check that your account may use them"],
  ]);
  room.answers["/mcp"] = backend({
    initialize: () => ({ result: { protocolVersion: "2025-06-18", capabilities: {} } }),
    "server/discover": () => ({ result: { supportedVersions: ["2026-07-28"] } }),
  });
  assert.deepEqual((await findings(room))[1], [
    "ok",
    "accepts the token: the server, protocol 2025-06-18 and 2026-07-28",
  ]);
});

Deno.test("doctor: a backend that refuses the token is told with what it says", async () => {
  await using room = new CommandRoom();
  await room.signIn(fresh());
  room.answers["/mcp"] = () => new Response(null, { status: 403 });
  const [first, [verdict, found, fix], ...others] = await findings(room) as string[][];
  assert.deepEqual([first, verdict, others], [signedIn, "failure", []]);
  assert.match(found!, /403/);
  assert.doesNotMatch(found!, /error: |Fix:/, "neither the category nor the fix is told twice");
  assert.ok(fix && !found!.includes(fix), found);

  room.answers["/mcp"] = backend({
    initialize: () => ({ error: { code: -32000, message: "go away" } }),
  });
  assert.deepEqual((await findings(room)).slice(1), [
    ["failure", "go away", "ask who runs the backend"],
  ]);
});

Deno.test("doctor: a token that is refused costs nobody a sign-in", async () => {
  await using room = new CommandRoom();
  const variables = { OIDC_FLOW: "device" };
  const { issuer } = room;
  room.answers.metadata = () =>
    Response.json({
      issuer,
      device_authorization_endpoint: `${issuer}/device`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ["code"],
    });
  await room.signIn({ ...fresh(), refreshToken: undefined }, { variables, ago: hour });
  room.answers["/mcp"] = () =>
    new Response(null, { status: 401, headers: { "www-authenticate": "Bearer" } });
  const [first, [verdict, found], ...others] = await findings(room, { variables }) as string[][];
  assert.deepEqual([first![0], verdict, others], ["ok", "failure", []]);
  assert.match(found!, /HTTP 401/);
  assert.deepEqual(room.requests, [], "the provider is asked for nothing");
});

Deno.test("doctor: a backend that forgets sessions is told", async () => {
  await using room = new CommandRoom();
  await room.signIn(fresh());
  let begun = 0;
  let pings = 0;
  room.answers["/mcp"] = backend({
    initialize: ({ id }) => {
      const serverInfo = { name: "Company tools", version: "1" };
      const result = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo };
      const headers = { "mcp-session-id": `session-${++begun}` };
      return Response.json({ jsonrpc: "2.0", id, result }, { headers });
    },
    // One of the copies does not know the session.
    ping: () => ++pings === 2 ? new Response(null, { status: 404 }) : { result: {} },
  });
  const found = await findings(room);
  assert.deepEqual(found.slice(0, 2), [signedIn, accepted]);
  assert.deepEqual(found[2], [
    "failure",
    "loses the session: 2 had to be begun for 6 requests",
    "let the copies of the backend share their sessions, or keep each session at one copy " +
    "(docs/gateways.md)",
  ]);
  assert.deepEqual(found[3], ["ok", "offers 2 tools"]);
  pings = 10;
  assert.deepEqual((await findings(room)).slice(1), [accepted, ["ok", "offers 2 tools"]]);
});

Deno.test("doctor: a backend that answers nothing after the first request is told", async () => {
  await using room = new CommandRoom();
  await room.signIn(fresh());
  for (const method of ["tools/list", "ping"]) {
    room.answers["/mcp"] = backend({ [method]: () => new Response(null, { status: 403 }) });
    const found = await findings(room);
    assert.deepEqual(found.slice(0, 2), [signedIn, accepted]);
    assert.equal(found.length, 3);
    const [verdict, what, fix] = found[2]!;
    assert.equal(verdict, "failure");
    assert.match(what!, /^does not answer what follows: .*403/);
    assert.doesNotMatch(what!, /error: |Fix:/);
    assert.ok(fix);
  }
});

Deno.test("doctor: a fault at the provider is told as that", async () => {
  await using room = new CommandRoom();
  const variables = { OIDC_FLOW: "client-credentials", OIDC_CLIENT_SECRET: "secret-of-client" };
  room.answers["/token"] = () => Response.json({ error: "invalid_client" }, { status: 401 });
  const [[verdict, found, fix], ...others] = await findings(room, { variables }) as string[][];
  assert.deepEqual([verdict, others], ["failure", []]);
  assert.match(found!, /invalid_client/);
  assert.ok(fix);
});
