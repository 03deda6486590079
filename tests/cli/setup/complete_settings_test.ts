import assert from "node:assert/strict";
import { askForOffer } from "../../../src/cli/setup/ask_backend.ts";
import { completeSettings } from "../../../src/cli/setup/complete_settings.ts";
import type { CommandContext } from "../../../src/cli/commands/command.ts";
import { answeringTerminal } from "../../support/answering_terminal.ts";
import { CommandRoom } from "../command_room.ts";

/** A provider that registers nobody, unless told otherwise, and a backend that says nothing. */
class Interview implements AsyncDisposable {
  readonly room = new CommandRoom();

  /** The provider registers clients, though nobody should ask it to. */
  register(): void {
    const { issuer } = this.room;
    this.room.answers.metadata = () =>
      Response.json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        registration_endpoint: `${issuer}/register`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
      });
  }

  /** The backend says which provider it trusts. */
  advertise(): void {
    const { issuer, backend } = this.room;
    this.room.answers["/.well-known/oauth-protected-resource/mcp"] = () =>
      Response.json({ resource: backend, authorization_servers: [issuer] });
  }

  async run(
    variables: Record<string, string>,
    { answers, flags = {} }: { answers?: string[]; flags?: CommandContext["flags"] } = {},
  ) {
    using terminal = answeringTerminal(answers);
    const asked: Parameters<CommandContext["resolve"]>[] = [];
    const context = {
      flags,
      terminal,
      resolve: (...how) => {
        asked.push(how);
        const without = how[1]?.withoutVariables ?? new Set();
        const left = Object.entries(variables).filter(([name]) => !without.has(name));
        return this.room.resolve(
          {
            ...{
              MCP_BACKEND_URL: "",
              OIDC_ISSUER_URL: "",
              OIDC_CLIENT_ID: "",
              MCP_PROXY_CACHE_DIR: "",
            },
            ...Object.fromEntries(left),
          },
          { flags: { oidcFlow: "browser", ...how[0] } },
        );
      },
    } satisfies Partial<CommandContext> as unknown as CommandContext;
    const { settings } = await completeSettings(context);
    const { backendUrl, oidcIssuerUrl, oidcClientId } = settings;
    for (const [, options] of asked) assert.equal(options?.unnamed, "none");
    return {
      given: [backendUrl?.href, oidcIssuerUrl?.href, oidcClientId],
      err: terminal.onErr.replaceAll(this.room.issuer, "ISSUER").replaceAll(
        new URL(this.room.issuer).host,
        "HOST",
      ),
      answers: asked.at(-1)![0],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    assert.ok(this.room.requests.every(({ endpoint }) => endpoint !== "/register"));
    await this.room[Symbol.asyncDispose]();
  }
}

const advice = `At HOST the client needs:
  client type: public (native application, no secret)
  grants: authorization_code with PKCE (S256), refresh_token
`;
const meant = { flags: { yes: "true" } };

Deno.test("where nobody can be asked, what to register is told and the backend must be given", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const { given, err } = await interview.run({
    MCP_BACKEND_URL: room.backend,
    OIDC_ISSUER_URL: room.issuer,
  });
  assert.deepEqual(given, [room.backend, `${room.issuer}/`, undefined]);
  assert.ok(err.startsWith(advice), err);
  assert.ok(err.endsWith("\n  scopes: openid profile email\n\n"), err);
  assert.equal((await interview.run({ MCP_BACKEND_URL: room.backend })).err, "");
  await assert.rejects(interview.run({}), /backend/i);
});

Deno.test("what is given is not asked for", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const all = {
    MCP_BACKEND_URL: room.backend,
    OIDC_ISSUER_URL: room.issuer,
    OIDC_CLIENT_ID: "mine",
  };
  const { given, err } = await interview.run(all, { answers: [], ...meant });
  assert.deepEqual(given, [room.backend, `${room.issuer}/`, "mine"]);
  assert.ok(err.startsWith(advice), err);
});

Deno.test("the backend is asked for, and again after an answer that is no URL", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const variables = { OIDC_ISSUER_URL: room.issuer, OIDC_CLIENT_ID: "mine" };
  const { given, err, answers } = await interview.run(variables, {
    answers: ["x", room.backend],
    ...meant,
  });
  assert.deepEqual(given, [room.backend, `${room.issuer}/`, "mine"]);
  assert.match(
    err,
    /^URL of the remote MCP server: ✗ That .*\nURL of the remote MCP server: At HOST/,
  );
  assert.deepEqual(answers, { backendUrl: room.backend });
  await assert.rejects(interview.run(variables, { answers: [], ...meant }), {
    reason: "input_ended",
  });
});

Deno.test("a provider that registers nobody has the client id asked for", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const variables = { MCP_BACKEND_URL: room.backend, OIDC_ISSUER_URL: room.issuer };
  const { given, err } = await interview.run(variables, { answers: ["mine"], ...meant });
  assert.deepEqual(given, [room.backend, `${room.issuer}/`, "mine"]);
  assert.ok(err.startsWith(advice), err);
  assert.ok(
    err.endsWith(
      "\n\nClients are registered there by a person, not by programs.\nClient id registered there: ",
    ),
    err,
  );
  await assert.rejects(interview.run(variables, { answers: [], ...meant }), {
    reason: "input_ended",
  });
});

Deno.test("a provider that registers clients may have one, and needs none", async () => {
  const rows: [answer: string, id: string | undefined][] = [
    ["", undefined],
    ["register by itself", undefined],
    ["mine", "mine"],
  ];
  for (const [answer, id] of rows) {
    await using interview = new Interview();
    interview.register();
    const { room } = interview;
    const variables = { MCP_BACKEND_URL: room.backend, OIDC_ISSUER_URL: room.issuer };
    const { given, err, answers } = await interview.run(variables, { answers: [answer], ...meant });
    assert.deepEqual(given, [room.backend, `${room.issuer}/`, id]);
    assert.deepEqual(answers, id === undefined ? {} : { oidcClientId: id });
    assert.match(err, /\n\nClient id registered there: \[register by itself\] $/);
    await assert.rejects(interview.run(variables, { answers: [], ...meant }), {
      reason: "input_ended",
    });
  }
});

Deno.test("the provider that the backend trusts is told and not asked for", async () => {
  await using interview = new Interview();
  interview.advertise();
  interview.register();
  const { room } = interview;
  const backend = { MCP_BACKEND_URL: room.backend };
  const { given, err, answers } = await interview.run(backend, { answers: [""], ...meant });
  assert.deepEqual(given, [room.backend, undefined, undefined]);
  assert.deepEqual(answers, {});
  assert.ok(err.startsWith(`✓ The backend trusts the provider ISSUER\n${advice}`), err);
  const known = await interview.run({ ...backend, OIDC_CLIENT_ID: "mine" }, {
    answers: [],
    ...meant,
  });
  assert.deepEqual(known.given, [room.backend, undefined, "mine"]);
  assert.equal(known.err, "✓ The backend trusts the provider ISSUER\n");
  const named = await interview.run({ ...backend, OIDC_ISSUER_URL: room.issuer }, {
    answers: [""],
    ...meant,
  });
  assert.doesNotMatch(named.err, /trusts the provider/);
});

Deno.test("a backend that does not say whom it trusts has the provider asked for", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const { given, err } = await interview.run({ MCP_BACKEND_URL: room.backend }, {
    answers: ["x", room.issuer, "mine"],
    ...meant,
  });
  assert.deepEqual(given, [room.backend, `${room.issuer}/`, "mine"]);
  assert.ok(
    err.startsWith(
      "! The backend does not say which provider it trusts\nIssuer of the OpenID Provider: ✗ That ",
    ),
    err,
  );
  await assert.rejects(
    interview.run({ MCP_BACKEND_URL: room.backend }, { answers: [], ...meant }),
    { reason: "input_ended" },
  );
});

Deno.test("a provider that cannot be asked is asked for again, with why", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const wrong = `${room.issuer}/wrong`;
  const { given, err } = await interview.run(
    { MCP_BACKEND_URL: room.backend, OIDC_ISSUER_URL: wrong },
    { answers: [wrong, room.issuer, "mine"], ...meant },
  );
  assert.deepEqual(given, [room.backend, `${room.issuer}/`, "mine"]);
  assert.equal(err.match(/✗ .*ISSUER\/wrong.* Fix: .*$/gm)?.length, 2, err);
  assert.equal(err.match(/Issuer of the OpenID Provider: /g)?.length, 2, err);
});

Deno.test("variables of the shell count only where they are meant", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const variables = {
    MCP_BACKEND_URL: room.backend,
    OIDC_ISSUER_URL: room.issuer,
    OIDC_CLIENT_ID: "x",
  };
  const yes = await interview.run(variables, { answers: ["y"] });
  assert.deepEqual(yes.given, [room.backend, `${room.issuer}/`, "x"]);
  assert.match(
    yes.err,
    /^These variables are set in this shell: [A-Z_, ]*MCP_BACKEND_URL[A-Z_, ]*\nShall the server be set up with them\? \[Y\/n\] /,
  );
  for (const name of ["OIDC_ISSUER_URL", "OIDC_CLIENT_ID"]) assert.ok(yes.err.includes(name));
  const no = await interview.run(variables, {
    answers: ["n", room.backend, room.issuer, "mine"],
  });
  assert.deepEqual(no.given, [room.backend, `${room.issuer}/`, "mine"]);
  const session = { BROWSER: "firefox", MCP_PROXY_DEBUG: "true", MCP_PROXY_CONFIG: "" };
  const none = await interview.run(session, { answers: [room.backend, room.issuer, "mine"] });
  assert.ok(none.err.startsWith("URL of the remote MCP server: "), none.err);
  const one = await interview.run({ MCP_BACKEND_URL: room.backend }, {
    answers: ["y", room.issuer, "mine"],
  });
  assert.ok(
    one.err.startsWith("These variables are set in this shell: MCP_BACKEND_URL\nShall "),
    one.err,
  );
});

Deno.test("what is offered is found out without a client, and asks nobody for long", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const offer = async (variables: Record<string, string>) =>
    await askForOffer((await room.resolve({ OIDC_CLIENT_ID: "", ...variables })).settings);
  const { timeout } = AbortSignal;
  const limits: number[] = [];
  AbortSignal.timeout = (limit) => {
    limits.push(limit);
    return timeout.call(AbortSignal, limit);
  };
  try {
    assert.deepEqual(await offer({ OIDC_CLIENT_ID: "mine" }), {
      ...{ issuer: room.issuer, registers: false },
    });
  } finally {
    AbortSignal.timeout = timeout;
  }
  assert.ok(limits.includes(20_000));
  const { registers, error, issuer } = await offer({ OIDC_ISSUER_URL: "" });
  assert.deepEqual([registers, error?.reason, issuer], [false, "not_advertised", undefined]);
  interview.register();
  assert.deepEqual(await offer({ OIDC_CLIENT_ID: "mine" }), {
    ...{ issuer: room.issuer, registers: true },
  });
});

Deno.test("a backend that cannot be reached is told before the provider is asked for", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const backend = "http://127.0.0.1:1/mcp";
  const { given, err } = await interview.run({ MCP_BACKEND_URL: backend }, {
    answers: [room.issuer, "mine"],
    ...meant,
  });
  assert.deepEqual(given, [backend, `${room.issuer}/`, "mine"]);
  assert.match(err, /^✗ .* Fix: .*\nIssuer of the OpenID Provider: At HOST/);
});

Deno.test("a backend with a server of its own has the company's sign-on offered", async () => {
  await using interview = new Interview();
  const { room } = interview;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () =>
    Response.json({
      ...{ issuer: own, authorization_endpoint: `${own}/a`, token_endpoint: `${own}/t` },
      authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"],
    }));
  const own: string = `http://127.0.0.1:${server.addr.port}`;
  try {
    room.answers["/.well-known/oauth-protected-resource/mcp"] = () =>
      Response.json({ resource: room.backend, authorization_servers: [own] });
    const { issuer } = room;
    room.answers.metadata = () =>
      Response.json({
        ...{ issuer, authorization_endpoint: `${issuer}/authorize`, jwks_uri: `${issuer}/jwks` },
        ...{ token_endpoint: `${issuer}/token`, response_types_supported: ["code"] },
        grant_types_supported: ["urn:ietf:params:oauth:grant-type:token-exchange"],
      });
    const { err, answers } = await interview.run(
      { MCP_BACKEND_URL: room.backend, OIDC_ISSUER_URL: issuer, OIDC_CLIENT_ID: "mine" },
      { answers: ["there", ""], ...meant },
    );
    assert.match(err, /\n✓ The backend has an authorization server of its own, /);
    assert.deepEqual(answers, { backendClientId: "there", backendIssuerUrl: own });
  } finally {
    await server.shutdown();
  }
});
