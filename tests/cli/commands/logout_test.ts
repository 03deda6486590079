import assert from "node:assert/strict";
import { join } from "node:path";
import { identityOf } from "../../../src/app/access.ts";
import { logout } from "../../../src/cli/commands/logout.ts";
import { recordedTerminal } from "../../support/recorded_terminal.ts";
import { typedInput } from "../../support/typed_input.ts";
import { unsignedJwt } from "../../oidc/unsigned_jwt.ts";
import { CommandRoom } from "../command_room.ts";

const hour = 3_600_000;
const all = { flags: { all: "true" } };
const advice = "Fix: end the session at the provider, on its account page or by its administrator.";
const lasting = "the refresh token stays good for as long as the provider lets it";

/** Metadata of a provider that takes no tokens back. */
const withoutRevocation = (room: CommandRoom) => () =>
  Response.json({
    issuer: room.issuer,
    authorization_endpoint: `${room.issuer}/authorize`,
    token_endpoint: `${room.issuer}/token`,
  });

const revoked = ({ requests }: CommandRoom) =>
  requests.filter(({ endpoint }) => endpoint === "/revoke");

Deno.test("logout where nobody is signed in says so", async () => {
  await using room = new CommandRoom();
  assert.deepEqual(await room.run(logout), {
    code: 0,
    out: "",
    err: [
      `Nobody is signed in at ${room.issuer}/ with client id client, profile default`,
    ],
    asked: [[{}, { unnamed: "ask" }]],
  });
  assert.deepEqual(await room.run(logout, all), {
    code: 0,
    out: "",
    err: [`Nothing is stored in ${room.cacheDir}`],
    asked: [[{}, { unnamed: "none" }]],
  });
});

Deno.test("logout revokes the tokens at the provider and removes them here", async () => {
  await using room = new CommandRoom();
  await room.signIn();
  await room.signIn({}, { variables: { OIDC_CLIENT_ID: "other" } });
  const { code, out, err } = await room.run(logout);
  assert.deepEqual([code, out], [0, ""]);
  assert.deepEqual(err, [
    `✓ Removed the credential of ada@example.com at ${room.issuer}/, profile default`,
    "✓ Revoked its refresh token and access token at the provider",
  ]);
  assert.deepEqual(revoked(room), [
    {
      endpoint: "/revoke",
      client_id: "client",
      token: "refresh-1",
      token_type_hint: "refresh_token",
    },
    {
      endpoint: "/revoke",
      client_id: "client",
      token: "access-1",
      token_type_hint: "access_token",
    },
  ]);
  assert.deepEqual(await room.stored(), ["other"]);
});

Deno.test("logout of a person whose name is not known, and in colour", async () => {
  await using room = new CommandRoom();
  await room.signIn({ claims: {} });
  assert.deepEqual((await room.run(logout)).err, [
    `✓ Removed the credential at ${room.issuer}/, profile default`,
    "✓ Revoked its refresh token and access token at the provider",
  ]);
  await room.signIn();
  const { err } = await room.run(logout, {
    terminal: recordedTerminal({ err: { coloured: true } }),
  });
  assert.equal(
    err[0],
    "\x1b[32m✓\x1b[39m Removed the credential of \x1b[1mada@example.com\x1b[22m at " +
      `${room.issuer}/, profile default`,
  );
});

Deno.test("logout tells what a provider cannot take back, and for how long it is good", async () => {
  await using room = new CommandRoom();
  room.answers.metadata = withoutRevocation(room);
  const expiresAt = Date.now() + hour;
  const until = `the access token stays good until ${new Date(expiresAt).toISOString()}`;
  const exp = Math.floor(expiresAt / 1000) + 7_200;
  const cannot = "The provider cannot revoke its";
  const rows: [fields: Parameters<CommandRoom["signIn"]>[0], told: string, ago?: number][] = [
    [{ expiresAt }, `! ${cannot} refresh token and access token: ${lasting}, ${until}. ${advice}`],
    [{ expiresAt, refreshToken: undefined }, `! ${cannot} access token: ${until}`],
    [
      { expiresAt: undefined, refreshToken: undefined },
      `! ${cannot} access token: the access token stays good for as long as the provider lets it`,
    ],
    [{ refreshToken: undefined }, "✓ Its tokens had run out already", 2 * hour],
    [{}, `! ${cannot} refresh token: ${lasting}. ${advice}`, 2 * hour],
    [
      { refreshToken: unsignedJwt({ exp }) },
      `! ${cannot} refresh token: the refresh token stays good until ${
        new Date(exp * 1000).toISOString()
      }. ${advice}`,
      2 * hour,
    ],
    [
      { refreshToken: unsignedJwt({ exp: 0 }) },
      `! ${cannot} refresh token: ${lasting}. ${advice}`,
      2 * hour,
    ],
    [
      { refreshToken: unsignedJwt({ exp: `${exp}` }) },
      `! ${cannot} refresh token: ${lasting}. ${advice}`,
      2 * hour,
    ],
    [{ refreshToken: unsignedJwt({ exp: 1 }) }, "✓ Its tokens had run out already", 2 * hour],
  ];
  for (const [fields, told, ago] of rows) {
    await room.signIn(fields, { ago });
    const { err, code } = await room.run(logout);
    assert.deepEqual(err.slice(1), [told]);
    assert.equal(code, 0);
  }
  assert.deepEqual(revoked(room), []);
});

Deno.test("logout tells why a provider did not take a token back", async () => {
  await using room = new CommandRoom();
  const expiresAt = Date.now() + hour;
  const until = `the access token stays good until ${new Date(expiresAt).toISOString()}`;
  const refusal = (error: string) => Response.json({ error }, { status: 400 });
  room.answers["/revoke"] = () =>
    room.requests.at(-1)!.token_type_hint === "access_token"
      ? refusal("unsupported_token_type")
      : new Response();
  await room.signIn({ expiresAt });
  assert.deepEqual((await room.run(logout)).err.slice(1), [
    "✓ Revoked its refresh token at the provider",
    `! The provider cannot revoke its access token: ${until}`,
  ]);
  room.answers["/revoke"] = () => refusal("unauthorized_client");
  await room.signIn({ expiresAt });
  const [line, ...rest] = (await room.run(logout)).err.slice(1);
  assert.deepEqual(rest, []);
  assert.match(line!, /^! Could not revoke its refresh token and access token \(.*unauthorized/);
  assert.ok(line!.endsWith(`): ${lasting}, ${until}. ${advice}`), line);
  assert.deepEqual(await room.stored(), []);
});

Deno.test("logout removes the credential of a provider that does not answer", async () => {
  await using room = new CommandRoom();
  room.answers.metadata = () => new Response(null, { status: 500 });
  const expiresAt = Date.now() + hour;
  const until = `the access token stays good until ${new Date(expiresAt).toISOString()}`;
  await room.signIn({ expiresAt });
  await room.signIn({ expiresAt, refreshToken: undefined }, {
    variables: { MCP_PROXY_PROFILE: "other" },
  });
  const told = (await room.run(logout)).err;
  assert.equal(told.length, 2);
  assert.match(
    told[1]!,
    /^! Could not revoke its refresh token and access token \(.*500.*\): the /,
  );
  const other = await room.run(logout, { variables: { MCP_PROXY_PROFILE: "other" } });
  assert.match(other.err[1]!, /^! Could not revoke its access token \(.*500.*\): the access token/);
  assert.ok(other.err[1]!.endsWith(until), other.err[1]);
  assert.deepEqual(await room.stored(), []);
});

Deno.test("logout asks which of the others is meant, and removes nobody's unasked", async () => {
  await using room = new CommandRoom();
  const { issuer } = room;
  await room.signIn({}, { variables: { OIDC_CLIENT_ID: "a" } });
  await room.signIn({ claims: {} }, {
    variables: {
      OIDC_CLIENT_ID: "b",
      OIDC_NO_OPENID: "true",
      OIDC_RESOURCE: "https://r.test/",
      OIDC_AUDIENCE: "tools",
      OIDC_SCOPES: "x y",
      MCP_PROXY_PROFILE: "work",
    },
  });
  await room.signIn({}, {
    variables: { OIDC_CLIENT_ID: "a", OIDC_EXCHANGE_AUDIENCE: "derived" },
    of: identityOf,
  });
  const variables = { OIDC_SCOPES: "openid", OIDC_CLIENT_ID: "none" };
  const heading = `Nobody is signed in at ${issuer}/ with these settings (client id none, ` +
    "scopes openid, profile default), but:";
  const a = "ada@example.com, client id a, scopes openid profile email, profile default";
  const b = "somebody, client id b, scopes x y, resource https://r.test/, audience tools, " +
    "profile work";
  const { code, err } = await room.run(logout, { variables });
  assert.equal(code, 1);
  assert.deepEqual([err[0], err.at(-1)], [
    heading,
    "✗ Nothing was removed. Fix: give the settings of the one that is meant, or add --all to " +
    "forget everything.",
  ]);
  const listed = err.slice(1, -1);
  assert.deepEqual(listed.map((line) => line.slice(0, 6)), ["   1  ", "   2  "]);
  assert.deepEqual(listed.map((line) => line.slice(6)).sort(), [a, b]);
  assert.deepEqual(await room.stored(), ["a", "a", "b"]);

  const number = `${listed.findIndex((line) => line.endsWith(b)) + 1}`;
  const atTerminal = async (...typed: string[]) => {
    using _typed = typedInput(...typed);
    return await room.run(logout, {
      variables,
      terminal: recordedTerminal({ interactive: true }),
    });
  };
  const question = "Which one do you want to sign out? [none] ";
  for (const typed of [["none\n"], ["\n"], []]) {
    const { code, err } = await atTerminal(...typed);
    assert.deepEqual([code, err.slice(3)], [1, [question]]);
  }
  assert.deepEqual(await room.stored(), ["a", "a", "b"]);
  const chosen = await atTerminal("3\n", "x\n", `${number}\n`);
  assert.equal(chosen.code, 0);
  assert.deepEqual(chosen.err.slice(3), [
    `${question}✗ there is no "3"`,
    `${question}✗ there is no "x"`,
    `${question}✓ Removed the credential at ${issuer}/, profile work`,
    "✓ Revoked its refresh token and access token at the provider",
  ]);
  assert.deepEqual(await room.stored(), ["a", "a"]);
});

Deno.test("logout tells of a single other one, too", async () => {
  await using room = new CommandRoom();
  await room.signIn();
  const { code, err } = await room.run(logout, { variables: { MCP_PROXY_PROFILE: "other" } });
  assert.deepEqual([code, err.length], [1, 3]);
  assert.match(err[1]!, /^ {3}1 {2}ada@example\.com, client id client, /);
});

Deno.test("logout knows nobody else of another provider", async () => {
  await using room = new CommandRoom();
  await room.signIn();
  const { code, err } = await room.run(logout, {
    variables: { OIDC_ISSUER_URL: "https://other.test", OIDC_CLIENT_ID: "client" },
  });
  assert.deepEqual([code, err], [
    0,
    ["Nobody is signed in at https://other.test/ with client id client, profile default"],
  ]);
  assert.deepEqual(await room.stored(), ["client"]);
});

Deno.test("with a sign-in goes what was exchanged for its token, which is told after it", async () => {
  await using room = new CommandRoom();
  const { issuer, backend } = room;
  const expiresAt = Date.now() + hour;
  const until = `the access token stays good until ${new Date(expiresAt).toISOString()}`;
  const audience = { OIDC_EXCHANGE_AUDIENCE: "tools" };
  const server = { MCP_BACKEND_CLIENT_ID: "at-server" };
  const fields = { expiresAt, refreshToken: undefined };
  await room.signIn(fields);
  for (const variables of [audience, server]) {
    await room.signIn(fields, { variables, of: identityOf });
  }
  const { err, code } = await room.run(logout, { variables: audience });
  assert.equal(code, 0);
  assert.deepEqual(err.slice(0, 2), [
    `✓ Removed the credential of ada@example.com at ${issuer}/, profile default`,
    "✓ Revoked its access token at the provider",
  ]);
  const [first, second] = [err.slice(2, 4), err.slice(4)].sort();
  assert.deepEqual(first, [
    `✓ Removed the token for ${backend} that came of it`,
    `! The provider cannot revoke its access token: ${until}`,
  ]);
  assert.deepEqual(second, [
    "✓ Removed the token for tools that came of it",
    "✓ Revoked its access token at the provider",
  ]);
  // That of the backend's own server is nothing that the provider could know.
  assert.equal(revoked(room).length, 2);
  assert.deepEqual(await room.stored(), []);
});

Deno.test("logout removes what nobody can decrypt, and asks no provider about it", async () => {
  await using room = new CommandRoom();
  await room.signIn();
  await Deno.remove(join(room.cacheDir, "cache.key"));
  const { code, err } = await room.run(logout, all);
  assert.deepEqual([code, err.at(-1)], [
    0,
    "✓ Removed a credential that could not be decrypted",
  ]);
  assert.deepEqual([await room.stored(), revoked(room)], [[], []]);
});

Deno.test("logout shows a secret only to the provider and the client that it is of", async () => {
  await using room = new CommandRoom();
  await using other = new CommandRoom();
  const secret = {
    OIDC_CLIENT_SECRET: "secret-of-client",
    OIDC_CLIENT_AUTH: "client_secret_basic",
  };
  const shown = async (
    of: { issuer: string; variables: Record<string, string> },
    variables: Record<string, string>,
  ) => {
    room.requests.length = other.requests.length = 0;
    await room.signIn({ issuer: of.issuer }, { variables: of.variables });
    await room.run(logout, { ...all, variables });
    const [request] = [...revoked(room), ...revoked(other)];
    return request && [
      revoked(room).length > 0 ? "own" : "other",
      "authorization" in request,
      request.client_id,
    ];
  };
  const own = { issuer: room.issuer, variables: {} };
  assert.deepEqual(await shown(own, secret), ["own", true, undefined]);
  assert.deepEqual(await shown(own, { ...secret, OIDC_ISSUER_URL: `${room.issuer}//` }), [
    "own",
    true,
    undefined,
  ]);
  const file = join(room.home, "secret");
  await Deno.writeTextFile(file, "secret-of-client");
  const inFile = { OIDC_CLIENT_SECRET_FILE: file };
  assert.deepEqual(await shown(own, inFile), ["own", true, undefined]);
  const client = { issuer: room.issuer, variables: { OIDC_CLIENT_ID: "another" } };
  const elsewhere = { issuer: other.issuer, variables: { OIDC_ISSUER_URL: other.issuer } };
  for (const variables of [secret, inFile]) {
    assert.deepEqual(await shown(client, variables), ["own", false, "another"]);
    assert.deepEqual(await shown(elsewhere, variables), ["other", false, "client"]);
    // The backend has named this provider: whoever it is gets no secret.
    const named = { issuer: room.issuer, variables: { OIDC_ISSUER_URL: "" } };
    const unnamed = { ...variables, OIDC_ISSUER_URL: "", OIDC_CLIENT_AUTH: "auto" };
    assert.deepEqual(await shown(named, unnamed), [
      "own",
      false,
      "client",
    ]);
  }
});

Deno.test("logout reads metadata from elsewhere only for the provider that it is set for", async () => {
  await using room = new CommandRoom();
  await using other = new CommandRoom();
  const variables = { OIDC_METADATA_URL: `${room.issuer}/.well-known/openid-configuration` };
  let asked = 0;
  const metadata = withoutRevocation(room);
  room.answers.metadata = () => {
    asked++;
    return metadata();
  };
  await room.signIn();
  await room.run(logout, { variables });
  assert.equal(asked, 1);
  await room.signIn({ issuer: other.issuer }, { variables: { OIDC_ISSUER_URL: other.issuer } });
  const { err } = await room.run(logout, { ...all, variables });
  assert.equal(err.at(-1), "✓ Revoked its refresh token and access token at the provider");
  assert.deepEqual([asked, revoked(other).length], [1, 2]);
});

Deno.test("logout without a key of another client asks as a public one", async () => {
  await using room = new CommandRoom();
  await room.signIn({}, { variables: { OIDC_CLIENT_ID: "another" } });
  const variables = { OIDC_CLIENT_KEY_FILE: join(room.home, "no-such-key.pem") };
  const { err } = await room.run(logout, { ...all, variables });
  assert.equal(err.at(-1), "✓ Revoked its refresh token and access token at the provider");
  await room.signIn();
  assert.match((await room.run(logout, { variables })).err.at(-1)!, /a client key is set/);
});

Deno.test("logout says that everything can be forgotten where no settings name a credential", async () => {
  await using room = new CommandRoom();
  const variables = { MCP_BACKEND_URL: "", OIDC_ISSUER_URL: "" };
  await assert.rejects(room.run(logout, { variables }), (error: Error) => {
    assert.match(error.message, /^Configuration error: /);
    assert.match(error.message, /; or add --all to forget everything\.$/);
    assert.doesNotMatch(error.message, /undefined/);
    return true;
  });
  assert.equal((await room.run(logout, { ...all, variables })).code, 0);
});

const confined = { read: true, write: true, env: true, net: true, run: true, sys: false } as const;

Deno.test({
  name: "logout says which permission it was started without",
  ignore: Deno.build.os === "windows",
  permissions: confined,
  async fn() {
    await using room = new CommandRoom();
    await assert.rejects(room.run(logout, all), /was started without --allow-sys=uid/);
  },
});
