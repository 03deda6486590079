import assert from "node:assert/strict";
import { token } from "../../../src/cli/commands/token.ts";
import { recordedTerminal } from "../../support/recorded_terminal.ts";
import { CommandRoom, type CommandStart } from "../command_room.ts";

/** What the command says of its end: the line on stdout, or the error. */
async function endOf(room: CommandRoom, start: CommandStart = {}): Promise<string> {
  const terminal = start.terminal ?? recordedTerminal();
  try {
    const { code, out } = await room.run(token, { ...start, terminal });
    assert.equal(code, 0);
    return out;
  } catch (error) {
    assert.equal(terminal.out.text(), "", "nothing but a token is ever printed");
    return (error as Error).message;
  }
}

const flags = (...names: string[]) => ({
  flags: Object.fromEntries(names.map((name) => [name, "true"])),
});

Deno.test("token prints a valid token in the form that is asked for", async () => {
  await using room = new CommandRoom();
  await room.signIn({ accessToken: "a.token", idToken: "an.id.token" });
  const rows: [string[], string][] = [
    [[], "a.token\n"],
    [["id"], "an.id.token\n"],
    [["header"], "Authorization: Bearer a.token\n"],
    [["header-json"], '{"Authorization":"Bearer a.token"}\n'],
    [["header", "login"], "Authorization: Bearer a.token\n"],
  ];
  for (const [names, text] of rows) assert.equal(await endOf(room, flags(...names)), text);
  const { err, asked } = await room.run(token);
  assert.deepEqual([err, asked], [[], [[]]]);
});

Deno.test("token has one form at a time", async () => {
  await using room = new CommandRoom();
  const usage = (one: string, other: string) =>
    `Usage error: ${one} cannot be used with ${other}. Fix: leave one of them out, or see ` +
    "authful-mcp-proxy token --help.";
  assert.equal(await endOf(room, flags("id", "header")), usage("--id", "--header"));
  assert.equal(await endOf(room, flags("header-json", "id")), usage("--id", "--header-json"));
  assert.equal(
    await endOf(room, flags("header", "header-json")),
    usage("--header", "--header-json"),
  );
});

Deno.test("token is not shown at a terminal unless that is wanted", async () => {
  await using room = new CommandRoom();
  await room.signIn({ accessToken: "a.token" });
  const terminal = () => recordedTerminal({ out: { isTerminal: true } });
  assert.equal(
    await endOf(room, { terminal: terminal() }),
    "Usage error: a token is not printed to a terminal. Fix: pipe it into a program, or add " +
      "--yes-print-secret, or see authful-mcp-proxy token --help.",
  );
  assert.equal(
    await endOf(room, { ...flags("yes-print-secret"), terminal: terminal() }),
    "a.token\n",
  );
});

Deno.test("token without a sign-in says how to get one", async () => {
  await using room = new CommandRoom();
  assert.equal(
    await endOf(room),
    "Authentication error: not signed in. Fix: run authful-mcp-proxy login, or add --login.",
  );
  await assert.rejects(room.run(token), { reason: "signed_out" });
});

Deno.test("token does not dress up other errors", async () => {
  await using room = new CommandRoom();
  room.answers["/token"] = () => Response.json({ error: "invalid_client" }, { status: 401 });
  const end = await endOf(room, { variables: { OIDC_FLOW: "client-credentials" } });
  assert.match(end, /invalid_client/);
  assert.doesNotMatch(end, /add --login/);
});

Deno.test("token of a client without a person needs no sign-in", async () => {
  await using room = new CommandRoom();
  const variables = { OIDC_FLOW: "client-credentials", OIDC_CLIENT_SECRET: "secret-of-client" };
  assert.equal(await endOf(room, { variables }), "given\n");
  assert.deepEqual(room.requests.map(({ endpoint, grant_type }) => [endpoint, grant_type]), [
    ["/token", "client_credentials"],
  ]);
});

Deno.test("token tells at --login why it signs in anew, and more with --debug", async () => {
  const said = async (names: string[], more: Record<string, string> = {}) => {
    await using room = new CommandRoom();
    const variables = {
      OIDC_FLOW: "client-credentials",
      OIDC_CLIENT_SECRET: "secret-of-client",
      ...more,
    };
    await room.signIn({}, { variables, ago: 7_200_000 });
    room.answers["/token"] = () =>
      room.requests.at(-1)!.grant_type === "refresh_token"
        ? Response.json({ error: "invalid_grant" }, { status: 400 })
        : Response.json({ access_token: "given", token_type: "Bearer", expires_in: 3_600 });
    const { out, err } = await room.run(token, { ...flags(...names), variables });
    assert.equal(out, "given\n");
    return err;
  };
  const told = await said(["login"]);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /^the provider does not accept the refresh token any more \(/);
  assert.deepEqual(await said([]), []);
  const all = await said([], { MCP_PROXY_LOG_LEVEL: "debug" });
  assert.ok(all.length > 1 && all.some((line) => line.startsWith("the provider does not accept")));
});

Deno.test("token says what it cannot print", async () => {
  await using room = new CommandRoom();
  await room.signIn({ idToken: undefined, tokenType: "DPoP", accessToken: "bound.token" });
  assert.equal(
    await endOf(room, flags("id")),
    "Authentication error: the provider gave no ID token. Fix: add openid to OIDC_SCOPES if it " +
      "is not there, then sign in again.",
  );
  const bound =
    "Configuration error: the access token is bound to a key (DPoP) and needs a proof " +
    "of its own for each request. Fix: send requests through the bridge, or leave OIDC_DPOP out " +
    "and sign in again.";
  for (const form of ["header", "header-json"]) assert.equal(await endOf(room, flags(form)), bound);
  await assert.rejects(room.run(token, flags("header")), { reason: "dpop_bound" });
  await assert.rejects(room.run(token, flags("id")), { reason: "no_id_token" });
  assert.equal(await endOf(room), "bound.token\n");
});

Deno.test({
  name: "token says which permission it was started without",
  permissions: { read: true, write: true, env: true, net: ["127.0.0.1"], run: true, sys: true },
  async fn() {
    await using room = new CommandRoom();
    const lacking = (host: string) => new RegExp(`was started without --allow-net=${host}:443\\.`);
    const variables = { OIDC_ISSUER_URL: "https://a.test", MCP_BACKEND_URL: "https://b.test/mcp" };
    await assert.rejects(room.run(token, { variables }), lacking("a.test"));
    const byBackend = { ...variables, OIDC_ISSUER_URL: "" };
    await assert.rejects(room.run(token, { variables: byBackend }), lacking("b.test"));
  },
});
