import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { identityOf } from "../../../src/app/access.ts";
import { login } from "../../../src/cli/commands/login.ts";
import { recordedTerminal } from "../../support/recorded_terminal.ts";
import { freePort } from "../../support/free_port.ts";
import type { RecordedSinkOptions, RecordedTerminal } from "../../support/recorded_terminal.ts";
import { CommandRoom } from "../command_room.ts";

const hour = 3_600_000;
const json = { flags: { json: "true" } };
const unattended = { OIDC_FLOW: "client-credentials", OIDC_CLIENT_SECRET: "secret-of-client" };

/** A table of facts, by name. */
function factsOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => {
    const [, name, value] = /^ {2}(\S+(?: \S+)*) {2,}(.*)$/.exec(line) ?? [];
    return [name, value];
  }));
}

const until = (time: number) =>
  new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

Deno.test("login of somebody who is signed in asks nobody, and tells who it is", async () => {
  await using room = new CommandRoom();
  const expiresAt = Date.now() + hour + 30_000;
  await room.signIn({
    expiresAt,
    claims: { sub: "ada", email: "ada@example.com", name: "Ada Lovelace" },
    scope: "openid tools",
  });
  const { code, out, err, asked } = await room.run(login);
  assert.deepEqual([code, out, asked], [0, "", [[]]]);
  assert.equal(err[0], "✓ Already signed in as ada@example.com");
  assert.deepEqual(err.slice(1), [
    `  provider      ${room.issuer}`,
    "  client id     client",
    "  name          Ada Lovelace",
    "  profile       default",
    "  scopes        openid tools",
    `  access token  until ${until(expiresAt)} (1 h left)`,
    "  renewal       by itself",
  ]);
  const terminal = recordedTerminal({ err: { coloured: true } });
  const [first, second] = (await room.run(login, { terminal })).err;
  assert.equal(
    first,
    "\x1b[32m✓\x1b[39m Already signed in as \x1b[1mada@example.com\x1b[22m",
  );
  assert.ok(second!.startsWith("  \x1b[2mprovider"));
});

Deno.test("login tells what is not known as that", async () => {
  const facts = async (
    fields: Parameters<CommandRoom["signIn"]>[0],
    variables: Record<string, string> = {},
  ) => {
    await using room = new CommandRoom();
    await room.signIn(fields, { variables });
    const [first, ...lines] = (await room.run(login, { variables })).err;
    const facts = factsOf(lines.map((line) => line.replace(room.issuer, "ISSUER")));
    return { first, ...facts } as Record<string, string | undefined>;
  };
  const bare = await facts({ claims: {}, expiresAt: undefined, refreshToken: undefined });
  assert.deepEqual(bare, {
    first: "✓ Already signed in",
    provider: "ISSUER",
    "client id": "client",
    profile: "default",
    scopes: "openid profile email",
    "access token": "the provider does not say how long it lasts",
    renewal: "none: the provider gave no refresh token; if it knows offline_access, add that to " +
      "OIDC_SCOPES",
  });
  const offline = await facts({ refreshToken: undefined, claims: { name: "Ada" } }, {
    OIDC_SCOPES: "openid offline_access",
    MCP_PROXY_PROFILE: "work",
  });
  assert.deepEqual(
    { ...offline, "access token": undefined },
    {
      first: "✓ Already signed in as Ada",
      provider: "ISSUER",
      "client id": "client",
      profile: "work",
      scopes: "openid offline_access",
      "access token": undefined,
      renewal: "none: the provider gave no refresh token, though offline_access was asked for",
    },
    "a name that is the account is not told twice",
  );
  assert.equal((await facts({ claims: { sub: "ada", name: 7 } })).name, undefined);
  const byBackend = await facts({}, { OIDC_ISSUER_URL: "" });
  assert.deepEqual([byBackend.provider, byBackend.backend], [undefined, "ISSUER/mcp"]);
});

Deno.test("login of a client without a person", async () => {
  await using room = new CommandRoom();
  const first = await room.run(login, { variables: unattended });
  assert.equal(first.code, 0);
  assert.equal(first.err.at(-7), "✓ Signed in", first.err.join("\n"));
  const { renewal, scopes } = factsOf(first.err.slice(-6));
  assert.equal(renewal, "by itself, as the client signs in without a person");
  assert.equal(scopes, "openid profile email");
  assert.equal((await room.run(login, { variables: unattended })).err[0], "✓ Already signed in");
  assert.equal(room.requests.length, 1);
  const forced = await room.run(login, { flags: { force: "true" }, variables: unattended });
  assert.ok(forced.err.includes("✓ Signed in"), forced.err.join("\n"));
  assert.equal(room.requests.length, 2);
});

Deno.test("login tells for whom a token was exchanged", async () => {
  await using room = new CommandRoom();
  const variables = { OIDC_EXCHANGE_AUDIENCE: "tools" };
  await room.signIn();
  await room.signIn({ refreshToken: undefined }, { variables, of: identityOf });
  const { err } = await room.run(login, { variables });
  const facts = factsOf(err.slice(1));
  assert.deepEqual([facts["token for"], facts.renewal], [
    "tools",
    "by itself, by another exchange",
  ]);
});

Deno.test("login --json tells the same to programs", async () => {
  await using room = new CommandRoom();
  const expiresAt = Date.now() + hour;
  await room.signIn({ expiresAt, scope: " openid  tools " });
  const { out, code } = await room.run(login, json);
  assert.equal(code, 0);
  const told = {
    signedIn: true,
    isNew: false,
    account: "ada@example.com",
    issuer: room.issuer,
    clientId: "client",
    profile: "default",
    scopes: ["openid", "tools"],
    expiresAt: new Date(expiresAt).toISOString(),
    renewable: true,
  };
  assert.deepEqual(JSON.parse(out), told);

  room.answers["/token"] = () => Response.json({ access_token: "given", token_type: "Bearer" });
  const silent = { ...unattended, MCP_PROXY_LOG_LEVEL: "error" };
  const fresh = await room.run(login, { ...json, variables: silent });
  assert.deepEqual(fresh.err, [], "silent is silent");
  assert.deepEqual(JSON.parse(fresh.out), {
    ...told,
    isNew: true,
    account: null,
    scopes: ["openid", "profile", "email"],
    expiresAt: null,
  });

  await room.signIn({
    refreshToken: undefined,
    claims: { email: "access-of-ada" },
    accessToken: "access-of-ada",
  }, {
    variables: { OIDC_ISSUER_URL: "" },
  });
  const byBackend = await room.run(login, { ...json, variables: { OIDC_ISSUER_URL: "" } });
  const { issuer, renewable, account } = JSON.parse(byBackend.out);
  assert.deepEqual([issuer, renewable, account], [room.backend, false, "[redacted]"]);
});

Deno.test("login that fails closes what it opened, and lets the error through", async () => {
  await using room = new CommandRoom();
  room.answers["/token"] = () => Response.json({ error: "invalid_client" }, { status: 401 });
  for (let count = 0; count < 2; count++) {
    await assert.rejects(room.run(login, { variables: unattended }), { reason: "invalid_client" });
  }
});

/** A terminal whose person opens what is shown, and is let in by the provider at once. */
function personAt(err: RecordedSinkOptions): RecordedTerminal {
  const terminal = recordedTerminal({ err });
  const { line } = terminal.err;
  const signIn = async (url: string) => {
    const page = await fetch(url, { redirect: "manual" });
    await page.body?.cancel();
    const asked = new URL(page.headers.get("location")!).searchParams;
    const back = new URL(asked.get("redirect_uri")!);
    back.search = `${new URLSearchParams({ code: "code", state: asked.get("state")! })}`;
    const [cookie] = page.headers.get("set-cookie")!.split(";");
    await (await fetch(back, { headers: { cookie: cookie! } })).body?.cancel();
  };
  terminal.err.line = (text = "") => {
    line(text);
    const [url] = /http:\S+sign-in\S+/.exec(text) ?? [];
    if (url) signIn(url).catch(line);
  };
  return terminal;
}

Deno.test("login shows what is to be opened, and waits for the person", async () => {
  await using room = new CommandRoom();
  const start = async (err: RecordedSinkOptions, more: Record<string, string> = {}) => {
    const variables = {
      OIDC_NO_OPENID: "true",
      OIDC_SCOPES: "tools",
      OIDC_REDIRECT_URL: `http://127.0.0.1:${freePort()}/callback`,
      MCP_PROXY_NO_BROWSER: "true",
      ...more,
    };
    const flags = { force: "true" };
    const { code, err: lines } = await room.run(login, {
      terminal: personAt(err),
      flags,
      variables,
    });
    assert.equal(code, 0);
    return lines;
  };
  const waiting = `Waiting for you to sign in at ${new URL(room.issuer).host}, `;
  const open = /^open this URL in a browser on this machine to sign in: http:/;
  const plain = await start({});
  assert.match(plain[0]!, new RegExp(`^${waiting}(?:5 min|4 min 59 s) left$`));
  const way = "signing in by a printed URL, because opening a browser is switched off";
  assert.equal(plain[1], way);
  assert.match(plain[2]!, /^the browser must reach http:/);
  assert.match(plain[3]!, open);
  const signedIn = plain.filter((line) => /signed in/i.test(line));
  assert.deepEqual(signedIn, ["✓ Signed in"], "what is told below is not told twice");

  const [first, ...rest] = await start({ isTerminal: true });
  const turning = first!.split("\r\x1b[2K");
  const drawn = stripVTControlCharacters(turning[1]!);
  assert.equal(drawn.replace(/(?:5 min|4 min 59 s) left$/, "…"), `⠋ ${waiting}…`);
  assert.equal(turning.at(-1), way, "what is said stands above what turns");
  assert.ok(rest.some((line) => open.test(line.split("\r\x1b[2K").at(-1)!)));
  const ended = rest.find((line) => line.endsWith(" Signed in"))!;
  assert.equal(ended.split("\r\x1b[2K").at(-1), "\x1b[32m✓\x1b[39m Signed in", "which ends");

  const silent = await start({}, { MCP_PROXY_LOG_LEVEL: "error" });
  assert.match(silent.at(-1)!, open, "silence does not leave the person without the URL");
  assert.ok(!silent.includes(way) && silent.every((line) => !line.includes("Signed in")));
});

Deno.test({
  name: "login says which permission it was started without",
  permissions: { read: true, write: true, env: true, net: ["127.0.0.1"], run: true, sys: true },
  async fn() {
    await using room = new CommandRoom();
    const lacking = (host: string) => new RegExp(`was started without --allow-net=${host}:443\\.`);
    const variables = { OIDC_ISSUER_URL: "https://a.test", MCP_BACKEND_URL: "https://b.test/mcp" };
    await assert.rejects(room.run(login, { variables }), lacking("a.test"));
    const byBackend = { ...variables, OIDC_ISSUER_URL: "" };
    await assert.rejects(room.run(login, { variables: byBackend }), lacking("b.test"));
  },
});
