import assert from "node:assert/strict";
import { join } from "node:path";
import { identityOf } from "../../../src/app/access.ts";
import { status } from "../../../src/cli/commands/status.ts";
import { recordedTerminal } from "../../support/recorded_terminal.ts";
import { CommandRoom } from "../command_room.ts";

const minute = 60_000;
const hour = 60 * minute;
const json = { flags: { json: "true" } };
const nobody = { OIDC_ISSUER_URL: "", OIDC_CLIENT_ID: "" };

/** The cells of a table by the name of their column. */
function cellsOf(table: string): Record<string, string>[] {
  const [heading, ...rows] = table.trimEnd().split("\n");
  const columns = [...heading!.matchAll(/\S+(?: \S+)* */g)];
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ 0: name, index }) => [
      name.trim(),
      row.slice(index, index + name.length).trimEnd(),
    ]))
  );
}

Deno.test("status of nothing says so, and that these settings are not signed in", async () => {
  await using room = new CommandRoom();
  const nothing = `Nobody is signed in: nothing is stored in ${room.cacheDir}`;
  assert.deepEqual(await room.run(status), {
    code: 1,
    out: "",
    err: [
      nothing,
      `✗ Not signed in at ${room.issuer}/ with client id client, profile default. ` +
      "Fix: run authful-mcp-proxy login.",
    ],
    asked: [[{}, { unnamed: "the only one" }]],
  });
  const unnamed: Record<string, string>[] = [
    nobody,
    { OIDC_ISSUER_URL: "" },
    { OIDC_CLIENT_ID: "" },
  ];
  for (const variables of unnamed) {
    const { code, out, err } = await room.run(status, { variables });
    assert.deepEqual([code, out, err], [0, "", [nothing]], "no identity is named");
  }
  const report = await room.run(status, json);
  assert.equal(report.code, 1);
  const { cacheDir } = room;
  assert.deepEqual(JSON.parse(report.out), { cacheDir, signedIn: false, identities: [] });
  assert.equal(report.err.length, 1);
  const everything = await room.run(status, { ...json, variables: nobody });
  assert.deepEqual(JSON.parse(everything.out), { cacheDir, identities: [] });
  assert.deepEqual([everything.code, everything.err], [0, []]);
});

Deno.test("status tells each sign-in in a row, and only what is wrong in colour", async () => {
  await using room = new CommandRoom();
  const { issuer } = room;
  await room.signIn({ scope: "openid tools", expiresAt: Date.now() + 2 * hour + minute / 2 }, {
    ago: hour + minute / 2,
  });
  await room.signIn({ claims: {}, refreshToken: undefined, expiresAt: undefined }, {
    variables: { MCP_PROXY_PROFILE: "endless", MCP_PROXY_CREDENTIAL_ENCRYPTION: "none" },
  });
  await room.signIn({ refreshToken: undefined, scope: undefined }, {
    variables: { MCP_PROXY_PROFILE: "over", OIDC_SCOPES: "openid b a" },
    ago: 2 * hour,
  });
  const { out, err, code } = await room.run(status);
  assert.equal(code, 0);
  assert.deepEqual(err, ["", `Kept in ${join(room.cacheDir, "cache.db")}`]);
  const rows = Object.fromEntries(cellsOf(out).map((row) => [row.PROFILE, row]));
  const common = { ISSUER: `${issuer}/`, "CLIENT ID": "client", ENCRYPTION: "file" };
  assert.deepEqual(rows, {
    default: {
      ...common,
      ACCOUNT: "ada@example.com",
      PROFILE: "default",
      SCOPES: "openid tools",
      "ACCESS TOKEN": "2 h left",
      RENEWS: "yes",
      "LAST USED": "1 h ago",
    },
    endless: {
      ...common,
      ACCOUNT: "unknown",
      PROFILE: "endless",
      SCOPES: "openid profile email",
      "ACCESS TOKEN": "no end known",
      RENEWS: "no",
      "LAST USED": "0 s ago",
      ENCRYPTION: "none",
    },
    over: {
      ...common,
      ACCOUNT: "ada@example.com",
      PROFILE: "over",
      SCOPES: "openid b a",
      "ACCESS TOKEN": "expired",
      RENEWS: "no",
      "LAST USED": "2 h ago",
    },
  });
  assert.match(
    out,
    /^ACCOUNT +ISSUER +CLIENT ID +PROFILE +SCOPES +ACCESS TOKEN +RENEWS +LAST USED/,
  );

  const terminal = recordedTerminal({ out: { coloured: true } });
  await room.run(status, { terminal });
  const coloured = terminal.out.text();
  const marked = coloured.split("\x1b[33m").slice(1).map((text) => text.split("\x1b[39m")[0]);
  assert.deepEqual(marked.sort(), ["expired", "no", "no"]);
  assert.ok(coloured.startsWith("\x1b[2mACCOUNT "));

  const narrow = recordedTerminal({ out: { width: 60 } });
  await room.run(status, { terminal: narrow });
  assert.match(narrow.out.text(), /^account {7}\S/, "blocks where a row does not fit");
});

Deno.test("status: signed in is who has a token, or gets one without being asked", async () => {
  await using room = new CommandRoom();
  const code = async (profile: string, variables = {}) =>
    (await room.run(status, { variables: { MCP_PROXY_PROFILE: profile, ...variables } })).code;
  const store = (profile: string, fields: object, ago = 0) =>
    room.signIn(fields, { variables: { MCP_PROXY_PROFILE: profile }, ago });
  await store("valid", { refreshToken: undefined });
  await store("renewable", {}, 2 * hour);
  await store("over", { refreshToken: undefined }, 2 * hour);
  await store("endless", { refreshToken: undefined, expiresAt: undefined }, 2 * hour);
  assert.deepEqual(
    await Promise.all(["valid", "renewable", "over", "endless", "other"].map((it) => code(it))),
    [0, 0, 1, 0, 1],
  );
  assert.equal(await code("valid", { OIDC_CLIENT_ID: "other" }), 1);
  const { out } = await room.run(status, {
    ...json,
    variables: { MCP_PROXY_PROFILE: "renewable" },
  });
  assert.equal(JSON.parse(out).signedIn, true);
});

Deno.test("status --json tells everything that is known, and null for what is not", async () => {
  await using room = new CommandRoom();
  const { issuer, cacheDir } = room;
  const began = Date.now();
  const expiresAt = began + hour;
  await room.signIn({ expiresAt, scope: "openid tools" }, {
    variables: { OIDC_RESOURCE: "https://mcp.test/", OIDC_AUDIENCE: "tools" },
    ago: minute,
  });
  const { out, err } = await room.run(status, { ...json, variables: nobody });
  assert.deepEqual(err, []);
  const { identities: [{ lastUsedAt, ...identity }], ...whole } = JSON.parse(out);
  assert.deepEqual(whole, { cacheDir });
  assert.deepEqual(identity, {
    issuer: `${issuer}/`,
    clientId: "client",
    account: "ada@example.com",
    subject: "ada",
    profile: "default",
    scopes: ["openid", "tools"],
    resource: "https://mcp.test/",
    audience: "tools",
    expiresAt: new Date(expiresAt).toISOString(),
    valid: true,
    renewable: true,
    encryption: "file",
    file: `${cacheDir}/cache.db`,
  });
  const usedAgo = Date.now() - Date.parse(lastUsedAt);
  assert.ok(usedAgo >= minute && usedAgo < 2 * minute, lastUsedAt);

  const other = new CommandRoom();
  await using _ = other;
  await other.signIn({ claims: { sub: 7 }, expiresAt: undefined, refreshToken: undefined });
  const [known] = JSON.parse((await other.run(status, json)).out).identities;
  assert.deepEqual(
    [known.account, known.subject, known.scopes, known.expiresAt, known.valid, known.renewable],
    [null, null, ["openid", "profile", "email"], null, true, false],
  );
  assert.equal("resource" in known || "audience" in known || "derived" in known, false);

  await Deno.remove(join(other.cacheDir, "cache.key"));
  const lost = await other.run(status, json);
  assert.deepEqual(JSON.parse(lost.out), {
    cacheDir: other.cacheDir,
    signedIn: false,
    identities: [{
      issuer: null,
      clientId: null,
      account: null,
      subject: null,
      profile: null,
      scopes: null,
      expiresAt: null,
      valid: false,
      renewable: false,
      lastUsedAt: known.lastUsedAt,
      encryption: "file",
      file: `${other.cacheDir}/cache.db`,
    }],
  });
  const [row] = cellsOf((await other.run(status)).out);
  assert.deepEqual(row, {
    ACCOUNT: "cannot be decrypted",
    ISSUER: "",
    "CLIENT ID": "",
    PROFILE: "",
    SCOPES: "",
    "ACCESS TOKEN": "",
    RENEWS: "no",
    "LAST USED": row!["LAST USED"],
    ENCRYPTION: "file",
  });
});

Deno.test("status never repeats a secret, whatever a provider puts it into", async () => {
  await using room = new CommandRoom();
  await room.signIn({ accessToken: "top-secret-token", claims: { sub: "top-secret-token" } });
  for (const start of [{}, json]) {
    const { out } = await room.run(status, start);
    assert.doesNotMatch(out, /top-secret-token/);
  }
});

Deno.test("status tells what was exchanged under the sign-in that it came of", async () => {
  await using room = new CommandRoom();
  const audience = { OIDC_EXCHANGE_AUDIENCE: "tools" };
  const resource = { OIDC_EXCHANGE_RESOURCE: "https://r.test/", OIDC_EXCHANGE_SCOPES: "b a" };
  const server = {
    MCP_BACKEND_CLIENT_ID: "at-server",
    MCP_BACKEND_ISSUER_URL: "https://server.test",
  };
  const expiresAt = Date.now() + hour + minute / 2;
  await room.signIn();
  await room.signIn({ expiresAt, scope: "x y" }, { variables: audience, of: identityOf });
  await room.signIn({ expiresAt: undefined }, { variables: resource, of: identityOf });
  await room.signIn({ refreshToken: undefined }, {
    variables: server,
    of: identityOf,
    ago: 2 * hour,
  });
  const { out, code } = await room.run(status);
  assert.equal(code, 0);
  const [signIn, ...derived] = cellsOf(out);
  assert.equal(signIn!.ACCOUNT, "ada@example.com");
  const told = derived.map((cells) =>
    ["ACCOUNT", "ISSUER", "CLIENT ID", "PROFILE", "SCOPES", "ACCESS TOKEN", "RENEWS"]
      .map((column) => cells[column])
  ).sort();
  assert.deepEqual(told, [
    ["  for " + room.backend, "", "at-server", "", "", "expired", "yes"],
    ["  for https://r.test/", "", "", "", "", "no end known", "yes"],
    ["  for tools", "", "", "", "x y", "1 h left", "yes"],
  ]);

  const { identities } = JSON.parse((await room.run(status, json)).out);
  assert.equal(identities.length, 1);
  const reports = identities[0].derived.map(
    ({ lastUsedAt, ...rest }: { lastUsedAt: string }) => {
      assert.match(lastUsedAt, /^\d{4}-\d\d-\d\dT/);
      return rest;
    },
  );
  reports.sort((a: object, b: object) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  assert.deepEqual(
    reports,
    [
      {
        audience: "tools",
        scopes: ["x", "y"],
        expiresAt: new Date(expiresAt).toISOString(),
        valid: true,
      },
      {
        resource: "https://r.test/",
        scopes: ["a", "b"],
        expiresAt: null,
        valid: true,
      },
      {
        clientId: "at-server",
        backend: room.backend,
        issuer: "https://server.test/",
        scopes: null,
        expiresAt: reports.find((each: { clientId?: string }) => each.clientId)!.expiresAt,
        valid: false,
      },
    ].sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1),
  );
});

Deno.test("status tells of sign-ins that go on in the background", async () => {
  await using room = new CommandRoom();
  const { issuer, cacheDir } = room;
  const endsAt = Date.now() + 10 * minute + 30_500;
  await using _lingering = await room.linger(endsAt);
  const { err } = await room.run(status, { variables: nobody });
  assert.deepEqual(err, [
    `Nobody is signed in: nothing is stored in ${cacheDir}`,
    `Process ${Deno.pid} waits in the background for somebody to sign in at ${issuer}/, ` +
    "profile default, for 10 min 30 s at most",
  ]);
  const report = await room.run(status, { ...json, variables: nobody });
  assert.deepEqual(report.err, []);
  assert.deepEqual(JSON.parse(report.out), {
    cacheDir,
    identities: [],
    signInsInBackground: [{
      issuer: `${issuer}/`,
      clientId: "client",
      profile: "default",
      pid: Deno.pid,
      endsAt: new Date(endsAt).toISOString(),
    }],
  });
});

Deno.test("status shows a thousand characters of the scopes, and no more", async () => {
  await using room = new CommandRoom();
  const scope = "s".repeat(1_001);
  await room.signIn({ scope });
  await room.signIn({ scope }, { variables: { OIDC_EXCHANGE_AUDIENCE: "a" }, of: identityOf });
  const terminal = recordedTerminal({ out: { width: 5_000 } });
  await room.run(status, { terminal });
  const scopes = cellsOf(terminal.out.text()).map(({ SCOPES }) => SCOPES);
  const shown = `${"s".repeat(1_000)}…`;
  assert.deepEqual(scopes, [shown, shown]);
  const { identities: [{ derived }] } = JSON.parse((await room.run(status, json)).out);
  assert.equal(derived.length, 1);
});

Deno.test({
  name: "status says which permission it was started without",
  ignore: Deno.build.os === "windows",
  permissions: { read: true, write: true, env: true, net: true, run: true, sys: false },
  async fn() {
    await using room = new CommandRoom();
    await assert.rejects(room.run(status), /was started without --allow-sys=uid/);
  },
});
