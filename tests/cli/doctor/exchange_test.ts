import assert from "node:assert/strict";
import { identityOf } from "../../../src/app/access.ts";
import { checkExchange } from "../../../src/cli/doctor/checks/exchange.ts";
import type { Examination } from "../../../src/cli/doctor/examination.ts";
import { unsignedJwt } from "../../oidc/unsigned_jwt.ts";
import { CommandRoom } from "../command_room.ts";
import { examinationOf, inShort } from "./examination_of.ts";

const hour = 3_600_000;
const grant = "urn:ietf:params:oauth:grant-type:";
const audience = { OIDC_EXCHANGE_AUDIENCE: "tools", OIDC_CLIENT_SECRET: "secret-of-client" };

async function findings(
  room: CommandRoom,
  variables: Record<string, string>,
  more: Partial<Examination> = {},
) {
  const resolved = await room.resolve(variables);
  const found = await checkExchange({ ...await examinationOf({}), resolved, ...more });
  for (const { check } of found) assert.equal(check, "exchange");
  return inShort(found).map((words) => words.map((word) => word.replaceAll(room.issuer, "ISSUER")));
}

/** Lets a room's provider say this of itself. */
function saying(room: CommandRoom, metadata: Record<string, unknown>): void {
  room.answers.metadata = () =>
    Response.json({
      issuer: room.issuer,
      authorization_endpoint: `${room.issuer}/authorize`,
      token_endpoint: `${room.issuer}/token`,
      response_types_supported: ["code"],
      ...metadata,
    });
}

const signedOut = [
  "unknown",
  "not signed in: whether the provider exchanges the token cannot be told before",
  "run authful-mcp-proxy login",
];

Deno.test("doctor: where no token is exchanged there is nothing to say of it", async () => {
  await using room = new CommandRoom();
  assert.deepEqual(await findings(room, {}), []);
  const idle = { MCP_BACKEND_CLIENT_SECRET: "secret", MCP_BACKEND_ISSUER_URL: "https://s.test" };
  const [[verdict, found, fix], ...others] = await findings(room, idle) as [string[]];
  assert.deepEqual([verdict, others], ["warning", []]);
  const names = "MCP_BACKEND_ISSUER_URL, MCP_BACKEND_CLIENT_SECRET";
  const either = [names, names.split(", ").reverse().join(", ")]
    .find((names) => found!.endsWith(names))!;
  assert.equal(found, `without MCP_BACKEND_CLIENT_ID there is no use for ${either}`);
  assert.equal(fix, `set MCP_BACKEND_CLIENT_ID, or leave ${either} out`);
  const [[, one]] = await findings(room, { MCP_BACKEND_CLIENT_SECRET: "secret" }) as [string[]];
  assert.equal(one, "without MCP_BACKEND_CLIENT_ID there is no use for MCP_BACKEND_CLIENT_SECRET");
  const unreachable = new Set([new URL(room.issuer).host]);
  assert.deepEqual(await findings(room, audience, { unreachable }), []);
  assert.deepEqual(await findings(room, { ...audience, OIDC_ISSUER_URL: "" }), []);
});

Deno.test("doctor: whether the provider exchanges tokens, as far as it says", async () => {
  await using room = new CommandRoom();
  const told = async (grants: unknown, variables: Record<string, string> = {}) => {
    saying(room, { grant_types_supported: grants });
    const found = await findings(room, { ...audience, ...variables });
    assert.deepEqual(found.at(-1), signedOut);
    return found.slice(0, -1);
  };
  assert.deepEqual(await told(undefined), [["ok", "ISSUER does not list its grants"]]);
  assert.deepEqual(await told([`${grant}token-exchange`]), [
    ["ok", "ISSUER exchanges tokens (RFC 8693)"],
  ]);
  const onBehalf = { OIDC_EXCHANGE_GRANT: "on-behalf-of", OIDC_EXCHANGE_SCOPES: "tools" };
  assert.deepEqual(await told([`${grant}jwt-bearer`], onBehalf), [
    ["ok", "ISSUER exchanges tokens (on-behalf-of)"],
  ]);
  const not = (name: string) => [
    "warning",
    `ISSUER does not list the grant ${grant}${name}, though some providers give more than they list`,
    "ask the provider's administrator whether this client may exchange tokens",
  ];
  assert.deepEqual(await told([`${grant}jwt-bearer`, 7]), [not("token-exchange")]);
  assert.deepEqual(await told([`${grant}token-exchange`], onBehalf), [not("jwt-bearer")]);
  const open = [
    "warning",
    "no client secret or key is set, and many providers let no public client exchange tokens",
    "ask the provider's administrator for a confidential client, and set OIDC_CLIENT_SECRET_FILE",
  ];
  assert.deepEqual(await told(undefined, { OIDC_CLIENT_SECRET: "" }), [
    ["ok", "ISSUER does not list its grants"],
    open,
  ]);
});

Deno.test("doctor: an ID-JAG is asked for at the provider, and taken at the backend's server", async () => {
  const variables = { MCP_BACKEND_CLIENT_ID: "at-server", OIDC_CLIENT_SECRET: "secret-of-client" };
  const told = async (types: unknown, metadata: Record<string, unknown>) => {
    await using room = new CommandRoom();
    await using server = new CommandRoom();
    room.answers["/.well-known/oauth-protected-resource/mcp"] = () =>
      Response.json({ resource: room.backend, authorization_servers: [server.issuer] });
    saying(room, {
      grant_types_supported: [`${grant}token-exchange`],
      identity_chaining_requested_token_types_supported: types,
    });
    saying(server, metadata);
    const found = await findings(room, variables);
    return found.map((words) => words.map((word) => word.replaceAll(server.issuer, "SERVER")));
  };
  const first = ["ok", "ISSUER exchanges tokens (RFC 8693)"];
  const there = ["ok", "the backend's authorization server is SERVER, for ISSUER/mcp"];
  const idJag = "urn:ietf:params:oauth:token-type:id-jag";
  assert.deepEqual(
    await told([idJag], {
      authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"],
    }),
    [first, ["ok", "gives ID-JAGs"], there, ["ok", "it takes ID-JAGs"], signedOut],
  );
  assert.deepEqual(await told(["other"], { grant_types_supported: ["authorization_code"] }), [
    first,
    [
      "failure",
      "gives other tokens for other servers, but no ID-JAG",
      "ask the provider's administrator for ID-JAGs",
    ],
    there,
    [
      "warning",
      "it does not list the grant jwt-bearer, by which an ID-JAG is presented",
      "ask the administrator of SERVER whether it takes ID-JAGs of your provider",
    ],
    signedOut,
  ]);
  const silent = ["ok", "it does not say whether it takes ID-JAGs"];
  const rows: Record<string, unknown>[] = [
    {},
    { grant_types_supported: [`${grant}jwt-bearer`] },
    {
      grant_types_supported: [`${grant}jwt-bearer`],
      authorization_grant_profiles_supported: ["x"],
    },
  ];
  for (const metadata of rows) {
    assert.deepEqual(await told(undefined, metadata), [first, there, silent, signedOut]);
  }
  await using room = new CommandRoom();
  saying(room, { identity_chaining_requested_token_types_supported: ["other"] });
  assert.deepEqual(await findings(room, audience), [
    ["ok", "ISSUER does not list its grants"],
    signedOut,
  ], "who wants no ID-JAG is told of none");
});

Deno.test("doctor: both tokens are told side by side, and neither is shown", async () => {
  await using room = new CommandRoom();
  const expiresAt = Date.now() + hour + 30_000;
  const claims = {
    iss: "https://auth.test",
    aud: ["one", "two"],
    scope: "a b",
    exp: Math.floor(expiresAt / 1000),
  };
  await room.signIn({ accessToken: unsignedJwt(claims), expiresAt });
  await room.signIn({ accessToken: "opaque-token", expiresAt: undefined, scope: undefined }, {
    variables: audience,
    of: identityOf,
  });
  const tokens = (await findings(room, audience)).slice(1);
  assert.deepEqual(tokens, [
    [
      "ok",
      "the token of the sign-in: iss https://auth.test, aud one, two, scopes a b, ends in 1 h",
    ],
    [
      "ok",
      "the token of the backend: iss ISSUER, aud unknown, since it is no JWT, scopes none, no end " +
      "known",
    ],
  ]);
  await using other = new CommandRoom();
  await other.signIn({ accessToken: unsignedJwt({ sub: "ada" }), expiresAt, scope: "x" });
  const [bare] = (await findings(other, audience)).slice(1);
  assert.match(bare![1]!, /^the token of the sign-in: iss ISSUER, aud none, scopes /);
});

Deno.test("doctor: an exchange that is refused is told as that, and a provider that is gone", async () => {
  await using room = new CommandRoom();
  await room.signIn();
  room.answers["/token"] = () => Response.json({ error: "invalid_target" }, { status: 400 });
  const [, first, [verdict, found, fix], ...others] = await findings(room, audience) as string[][];
  assert.match(first![1]!, /^the token of the sign-in: /);
  assert.deepEqual([verdict, others], ["failure", []]);
  assert.match(found!, /invalid_target/);
  assert.ok(fix);
  await using gone = new CommandRoom();
  await gone.shutdown();
  const [[what, text, cure], ...more] = await findings(gone, audience) as [string[]];
  assert.deepEqual([what, more], ["failure", []]);
  assert.match(text!, /^no connection to ISSUER/);
  assert.ok(cure);
});
