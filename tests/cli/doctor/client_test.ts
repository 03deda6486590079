import assert from "node:assert/strict";
import { checkClient } from "../../../src/cli/doctor/checks/client.ts";
import type { Examination } from "../../../src/cli/doctor/examination.ts";
import { CommandRoom } from "../command_room.ts";
import { examinationOf, inShort } from "./examination_of.ts";

const redirect = "http://127.0.0.1:8080/callback";

async function findings(
  room: CommandRoom,
  variables: Record<string, string> = {},
  more: Partial<Examination> = {},
) {
  const resolved = await room.resolve({ OIDC_REDIRECT_URL: redirect, ...variables });
  const found = await checkClient({ ...await examinationOf({}), resolved, ...more });
  for (const { check } of found) assert.equal(check, "client");
  return inShort(found);
}

/** Sends whoever asks back to the redirect URL with these parameters. */
const back = (parameters: Record<string, string>) => ({ url }: Request) => {
  const to = new URL(new URL(url).searchParams.get("redirect_uri")!);
  to.search = `${new URLSearchParams(parameters)}`;
  return new Response(null, { status: 302, headers: { location: to.href } });
};
const page = (status: number, text: string) => () =>
  new Response(`<html><body>${text}</body></html>`, { status });

Deno.test("doctor: what the provider says of the client to a request that asks nobody", async () => {
  await using room = new CommandRoom();
  const refused = (words: string) =>
    `known to the provider, with ${redirect}, and refused what a sign-in asks for (${words})`;
  const isOurs = ({ url }: Request) => new URL(url).searchParams.get("client_id") === "client";
  const rows: [NonNullable<CommandRoom["answers"]["/authorize"]>, string[]][] = [
    [back({ error: "login_required" }), ["ok", `known to the provider, with ${redirect}`]],
    [back({ error: "invalid_scope", error_description: "no such scope" }), [
      "failure",
      refused("invalid_scope: no such scope"),
      "leave the scope out of OIDC_SCOPES, or let the provider's administrator allow it",
    ]],
    [back({ error: "unauthorized_client" }), [
      "failure",
      refused("unauthorized_client"),
      "ask the provider's administrator what the client may ask for",
    ]],
    [page(400, "Who are you?"), [
      "failure",
      "not known to the provider (HTTP 400: Who are you?; a made-up client gets the same)",
      "check OIDC_CLIENT_ID and OIDC_ISSUER_URL",
    ]],
    [page(400, ""), [
      "failure",
      `the provider refuses the client ID or ${redirect}, and does not say which (HTTP 400)`,
      "check OIDC_CLIENT_ID, and that OIDC_REDIRECT_URL is registered for it exactly so",
    ]],
    [
      (request) => page(400, isOurs(request) ? "Bad redirect" : "Who are you?")(),
      [
        "failure",
        `the provider refuses the client's request with ${redirect} (HTTP 400: Bad redirect)`,
        "register exactly this redirect URL for the client, or set OIDC_REDIRECT_URL to one that is",
      ],
    ],
    [
      page(200, "Sign in"),
      [
        "unknown",
        `whether the provider knows it, with ${redirect}, cannot be told before you sign in ` +
        "(HTTP 200 to a request that asks nobody)",
      ],
    ],
  ];
  for (const [answer, expected] of rows) {
    room.answers["/authorize"] = answer;
    assert.deepEqual(await findings(room), [expected]);
  }
});

Deno.test("doctor: four redirect URLs are asked about, fewer where the client itself is unknown", async () => {
  await using room = new CommandRoom();
  const urls = [1, 2, 3, 4, 5].map((at) => `${redirect}${at}`);
  const variables = { OIDC_REDIRECT_URL: urls.join(" ") };
  room.answers["/authorize"] = back({ error: "login_required" });
  assert.deepEqual(
    await findings(room, variables),
    urls.slice(0, 4).map((url) => ["ok", `known to the provider, with ${url}`]),
  );
  room.answers["/authorize"] = page(400, "Who are you?");
  assert.equal((await findings(room, variables)).length, 1);
  room.answers["/authorize"] = page(400, "");
  assert.equal((await findings(room, variables)).length, 1, "nothing more would be learned");
  room.answers["/authorize"] = (request) =>
    page(400, new URL(request.url).searchParams.get("client_id")!)();
  assert.equal((await findings(room, variables)).length, 1);
  room.answers["/authorize"] = ({ url }) =>
    page(400, url.includes("client_id=client&") ? "Bad redirect" : "Who are you?")();
  assert.equal((await findings(room, variables)).length, 4, "another one may be registered");
});

Deno.test("doctor: flows without a request to the browser show when one signs in", async () => {
  await using room = new CommandRoom();
  let asked = 0;
  room.answers["/authorize"] = (request) => {
    asked++;
    return back({ error: "login_required" })(request);
  };
  for (const flow of ["device", "client-credentials"]) {
    const variables = { OIDC_FLOW: flow, OIDC_CLIENT_SECRET: "secret-of-client" };
    assert.deepEqual(await findings(room, variables), [
      ["unknown", `whether the client may use the flow ${flow} shows when you sign in`],
    ]);
  }
  assert.equal(asked, 0);
  for (const flow of ["auto", "browser", "paste"]) {
    assert.deepEqual((await findings(room, { OIDC_FLOW: flow }))[0]![0], "ok");
  }
});

Deno.test("doctor: a client is not asked about where there is nobody to ask, or it was said", async () => {
  await using room = new CommandRoom();
  const { host } = new URL(room.issuer);
  assert.deepEqual(await findings(room, {}, { failed: new Set(["provider"]) }), []);
  assert.deepEqual(await findings(room, {}, { unreachable: new Set([host]) }), []);
  const none = { MCP_BACKEND_URL: "", OIDC_ISSUER_URL: "" };
  assert.deepEqual(await findings(room, none), []);
  assert.deepEqual(await findings(room, { MCP_BACKEND_URL: "", OIDC_CLIENT_ID: "" }), []);
  const byBackend = { OIDC_ISSUER_URL: "", MCP_BACKEND_URL: "https://unreachable.test/mcp" };
  assert.deepEqual(
    await findings(room, byBackend, { unreachable: new Set(["unreachable.test"]) }),
    [],
  );
});

Deno.test("doctor: a client is known without a backend, and where the backend names the provider", async () => {
  await using room = new CommandRoom();
  room.answers["/authorize"] = back({ error: "login_required" });
  room.answers["/.well-known/oauth-protected-resource/mcp"] = () =>
    Response.json({ resource: room.backend, authorization_servers: [room.issuer] });
  const known = [["ok", `known to the provider, with ${redirect}`]];
  assert.deepEqual(await findings(room, { MCP_BACKEND_URL: "" }), known);
  assert.deepEqual(await findings(room, { OIDC_ISSUER_URL: "" }), known);
});

Deno.test("doctor: a provider that does not answer leaves it open, another fault does not", async () => {
  await using room = new CommandRoom();
  const key = { OIDC_CLIENT_KEY_FILE: "/no/such/key.pem", OIDC_PAR: "true" };
  const [[other, what, cure]] = await findings(room, key) as [string[]];
  assert.equal(other, "failure");
  assert.doesNotMatch(what!, /could not be asked/);
  assert.ok(cure);
  await using gone = new CommandRoom();
  await gone.shutdown();
  const [[verdict, found, fix]] = await findings(gone) as [string[]];
  assert.equal(verdict, "unknown");
  assert.match(found!, /^could not be asked about: /);
  assert.ok(fix);
});

Deno.test("doctor: whoever ends doctor gets no finding of that", async () => {
  await using room = new CommandRoom();
  const end = new AbortController();
  room.answers["/authorize"] = () => {
    end.abort(new Error("ended"));
    return new Response(null, { status: 500 });
  };
  await assert.rejects(findings(room, {}, { signal: end.signal }), /ended/);
});

Deno.test("doctor: where no client id is set, it is said where one comes from", async () => {
  const origin = async (metadata: Record<string, unknown>, variables = {}) => {
    await using room = new CommandRoom();
    const { issuer } = room;
    room.answers["/authorize"] = back({ error: "login_required" });
    room.answers.metadata = () =>
      Response.json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
        ...metadata.registration_endpoint ? { registration_endpoint: `${issuer}/register` } : {},
        ...metadata.documents ? { client_id_metadata_document_supported: true } : {},
      });
    return await findings(room, { OIDC_CLIENT_ID: "", ...variables });
  };
  assert.deepEqual(await origin({}), [[
    "failure",
    "no client ID is set, and the provider registers nobody",
    "register a client there and set OIDC_CLIENT_ID",
  ]]);
  assert.deepEqual(await origin({ registration_endpoint: true }), [
    ["unknown", "not registered yet: the first sign-in registers it"],
  ]);
  const document = "https://client.test/metadata.json";
  const byDocument = await origin({ documents: true }, { OIDC_CLIENT_METADATA_URL: document });
  assert.deepEqual(byDocument, [
    ["ok", `is the metadata document ${document}`],
    ["ok", `known to the provider, with ${redirect}`],
  ]);
});
