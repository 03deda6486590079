import assert from "node:assert/strict";
import {
  registerClient,
  type RegistrationOptions,
} from "../../../src/oidc/registration/register_client.ts";
import { failure } from "../rig.ts";

const server = {
  issuer: "https://auth.example",
  registration_endpoint: "https://auth.example/register",
};

const register = (
  answer: () => Response,
  more: Partial<RegistrationOptions & { sent: (init?: RequestInit) => void }> = {},
) =>
  registerClient(server, {
    redirectUrls: [new URL("http://127.0.0.1:0/auth/callback")],
    flows: ["code"],
    fetch: (_url, init) => {
      more.sent?.(init);
      return Promise.resolve(answer());
    },
    signal: new AbortController().signal,
    ...more,
  });

Deno.test("a registration that is answered with 200 and without an expiry counts", async () => {
  const body = { client_id: "abc", client_secret: "s" };
  const client = await register(() => Response.json(body));
  assert.deepEqual(client, { clientId: "abc", clientSecret: "s", method: "client_secret_basic" });
});

Deno.test("the end of a client secret is in milliseconds, and there is none when it is zero", async () => {
  const expiresAt = async (client_secret_expires_at: unknown) =>
    (await register(() =>
      Response.json({ client_id: "abc", client_secret: "s", client_secret_expires_at }, {
        status: 201,
      })
    )).expiresAt;
  assert.equal(await expiresAt(1_800_000_000), 1_800_000_000_000);
  assert.equal(await expiresAt(1), 1_000);
  assert.equal(await expiresAt(0), undefined);
  assert.equal(await expiresAt(undefined), undefined);
});

Deno.test("a secret that nobody asked for is left alone where the provider takes none", async () => {
  const body = { client_id: "abc", client_secret: "a-secret-all-the-same" };
  const publicOnly = { ...server, token_endpoint_auth_methods_supported: ["none"] };
  const client = await registerClient(publicOnly, {
    redirectUrls: [new URL("http://127.0.0.1:0/auth/callback")],
    flows: ["code"],
    fetch: () => Promise.resolve(Response.json(body, { status: 201 })),
    signal: new AbortController().signal,
  });
  assert.equal(client.method, "none");
});

Deno.test("a registration without a client id, or refused, is an error", async () => {
  const nothing = await failure(register(() => Response.json({}, { status: 201 })));
  assert.equal(nothing.reason, "invalid_response");
  const refused = await failure(
    register(() => Response.json({ error: "invalid_redirect_uri" }, { status: 400 })),
  );
  assert.equal(refused.reason, "invalid_redirect_uri");
});

/** How providers say that not everybody may register a client; recorded where a name stands. */
const closed: Record<string, () => Response> = {
  "401 and nothing else (Spring Authorization Server 7)": () =>
    new Response(null, {
      status: 401,
      headers: { "www-authenticate": 'Bearer resource_metadata="https://auth.example/x"' },
    }),
  "403 insufficient_scope (Keycloak 26)": () =>
    Response.json({
      error: "insufficient_scope",
      error_description: "Policy 'Trusted Hosts' rejected request to client-registration service.",
    }, { status: 403 }),
  "401 access_denied (Django OAuth Toolkit 3)": () =>
    Response.json({
      error: "access_denied",
      error_description: "Authentication required to register a client",
    }, { status: 401 }),
  "401 with an RFC 6750 challenge": () =>
    new Response(null, {
      status: 401,
      headers: { "www-authenticate": 'Bearer error="invalid_token"' },
    }),
};
for (const [name, answer] of Object.entries(closed)) {
  Deno.test(`a registration that is not for everybody, ${name}, says so`, async () => {
    const error = await failure(register(answer));
    assert.equal(error.reason, "registration_closed");
    assert.match(error.what, /does not let everybody register a client/);
    assert.match(error.fix, /set OIDC_CLIENT_ID, or set OIDC_REGISTRATION_TOKEN_FILE/);
  });

  Deno.test(`an initial access token that is refused with ${name} is not asked for again`, async () => {
    const readInitialAccessToken = () => Promise.resolve("secret-initial-token");
    const error = await failure(register(answer, { readInitialAccessToken }));
    assert.match(error.what, /does not accept the token of OIDC_REGISTRATION_TOKEN_FILE/);
    assert.doesNotMatch(error.message, /secret-initial-token/);
  });
}

Deno.test("the initial access token goes with the registration", async () => {
  let authorization: string | null = null;
  await register(() => Response.json({ client_id: "abc" }, { status: 201 }), {
    readInitialAccessToken: () => Promise.resolve("secret-initial-token"),
    sent: (init) => authorization = new Headers(init?.headers).get("authorization"),
  });
  assert.equal(authorization, "Bearer secret-initial-token");
});

Deno.test("a client is registered with the authentication that is set", async () => {
  let asked: unknown;
  const client = await register(
    () => Response.json({ client_id: "abc", client_secret: "s" }, { status: 201 }),
    {
      method: "client_secret_post",
      sent: (init) => asked = JSON.parse(String(init?.body)).token_endpoint_auth_method,
    },
  );
  assert.equal(asked, "client_secret_post");
  assert.deepEqual(client, {
    clientId: "abc",
    clientSecret: "s",
    method: "client_secret_post",
    asked: "client_secret_post",
  });
  const error = await failure(register(() => Response.json({}), { method: "private_key_jwt" }));
  assert.equal(error.reason, "client_authentication");
});

Deno.test("whatever it is called, a client without a secret is a public one", async () => {
  const body = { client_id: "abc", token_endpoint_auth_method: "client_secret_basic" };
  const client = await register(() => Response.json(body, { status: 201 }));
  assert.deepEqual(client, { clientId: "abc", method: "none" });
});

/** How providers refuse a client with more than one grant; recorded where a name stands. */
const severalGrants: Record<string, Record<string, string>> = {
  "Django OAuth Toolkit 3": {
    error: "invalid_client_metadata",
    error_description: "DOT only supports one grant type per application; " +
      "multiple non-refresh_token grant types are not supported",
  },
  "another code that names the member": {
    error: "invalid_request",
    error_description: "grant_types: the device grant is not allowed",
  },
  "invalid_client_metadata and nothing else": { error: "invalid_client_metadata" },
};
for (const [name, refusal] of Object.entries(severalGrants)) {
  Deno.test(`a client with several grants is refused (${name}): it registers with the first`, async () => {
    const asked: Record<string, unknown>[] = [];
    const client = await register(
      () =>
        asked.length === 1
          ? Response.json(refusal, { status: 400 })
          : Response.json({ client_id: "abc" }, { status: 201 }),
      {
        flows: ["code", "device"],
        sent: (init) => void asked.push(JSON.parse(String(init?.body))),
      },
    );
    const device = "urn:ietf:params:oauth:grant-type:device_code";
    assert.deepEqual(asked.map(({ grant_types }) => grant_types), [
      ["authorization_code", device, "refresh_token"],
      ["authorization_code", "refresh_token"],
    ]);
    assert.deepEqual(client, { clientId: "abc", method: "none", flows: ["code"] });
  });
}

Deno.test("a client for the device flow alone has no response types", async () => {
  const asked: Record<string, unknown>[] = [];
  await register(
    () =>
      asked.length === 1
        ? Response.json({ error: "invalid_client_metadata" }, { status: 400 })
        : Response.json({ client_id: "abc" }, { status: 201 }),
    { flows: ["device", "code"], sent: (init) => void asked.push(JSON.parse(String(init?.body))) },
  );
  assert.deepEqual(asked[1].grant_types, [
    "urn:ietf:params:oauth:grant-type:device_code",
    "refresh_token",
  ]);
  assert.deepEqual(asked[1].response_types, []);
});

Deno.test("both refusals of a registration are shown, and it is not tried a third time", async () => {
  let count = 0;
  const error = await failure(register(
    () =>
      Response.json({
        error: "invalid_client_metadata",
        error_description: ++count === 1 ? "one grant is enough" : "no clients from here",
      }, { status: 400 }),
    { flows: ["code", "device"] },
  ));
  assert.equal(count, 2);
  assert.match(error.what, /no clients from here.*one grant is enough/);
  await failure(register(() => {
    count++;
    return Response.json({ error: "invalid_redirect_uri" }, { status: 400 });
  }, { flows: ["code", "device"] }));
  assert.equal(
    count,
    3,
    "a refusal that is not about the grants was answered with another request",
  );
});

Deno.test("no scope is named at a registration unless it is asked for", async () => {
  const asked: Record<string, unknown>[] = [];
  const sent = (init?: RequestInit) => void asked.push(JSON.parse(String(init?.body)));
  const answer = () => Response.json({ client_id: "abc" }, { status: 201 });
  await register(answer, { sent });
  const client = await register(answer, { sent, scopes: ["openid", "tools.read"] });
  assert.deepEqual(asked.map(({ scope }) => scope), [undefined, "openid tools.read"]);
  assert.deepEqual(client.scopes, ["openid", "tools.read"]);
});

Deno.test("a provider without a registration endpoint is told to be one", async () => {
  const error = await failure(registerClient({ issuer: "https://auth.example" }, {
    redirectUrls: [],
    flows: ["code"],
    fetch: () => Promise.reject(new Error("nobody is asked")),
    signal: new AbortController().signal,
  }));
  assert.equal(error.reason, "no_registration");
  assert.equal(
    error.message,
    "Configuration error: OIDC_CLIENT_ID is not set, and https://auth.example does not register " +
      "clients by itself. Fix: register a public client there and set OIDC_CLIENT_ID.",
  );
});

const created = (body: Record<string, unknown> = {}) => () =>
  Response.json({ client_id: "abc", ...body }, { status: 201 });

/** Registers at a provider whose metadata lists these methods, and says what was asked for. */
async function registerAt(
  methods: string[] | undefined,
  answer: () => Response,
  more: Partial<RegistrationOptions> = {},
) {
  let asked: unknown;
  const client = await registerClient({
    ...server,
    ...methods && { token_endpoint_auth_methods_supported: methods },
  }, {
    redirectUrls: [new URL("http://127.0.0.1:0/a"), new URL("http://localhost:0/b")],
    flows: ["code"],
    fetch(_url, init) {
      asked = JSON.parse(String(init?.body));
      return Promise.resolve(answer());
    },
    signal: new AbortController().signal,
    ...more,
  });
  return { client, asked: asked as Record<string, unknown> };
}

Deno.test("a client asks for the most public method that the provider knows", async () => {
  const rows: [string[] | undefined, string][] = [
    [undefined, "client_secret_basic"],
    [["client_secret_jwt", "client_secret_post", "client_secret_basic", "none"], "none"],
    [["client_secret_jwt", "client_secret_post", "client_secret_basic"], "client_secret_basic"],
    [["client_secret_jwt", "client_secret_post"], "client_secret_post"],
    [["client_secret_jwt"], "client_secret_jwt"],
    [["private_key_jwt"], "none"],
  ];
  for (const [methods, method] of rows) {
    const { asked, client } = await registerAt(methods, created());
    assert.deepEqual(asked, {
      client_name: "authful-mcp-proxy",
      application_type: "native",
      redirect_uris: ["http://127.0.0.1:0/a", "http://localhost:0/b"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: method,
    });
    assert.deepEqual(client, { clientId: "abc", method: "none" });
  }
});

Deno.test("how a client authenticates is what the registration was answered with", async () => {
  const secret = { client_secret: "s" };
  const rows: [string[] | undefined, Record<string, unknown>, string][] = [
    [["none"], { token_endpoint_auth_method: "client_secret_post" }, "none"],
    [
      ["none"],
      { ...secret, token_endpoint_auth_method: "client_secret_post" },
      "client_secret_post",
    ],
    [["none"], { ...secret, token_endpoint_auth_method: "tls_client_auth" }, "tls_client_auth"],
    [
      ["client_secret_post"],
      { ...secret, token_endpoint_auth_method: "unheard" },
      "client_secret_post",
    ],
    [["none", "client_secret_post"], secret, "auto"],
    [["none", "private_key_jwt"], secret, "none"],
  ];
  for (const [methods, body, method] of rows) {
    const { client } = await registerAt(methods, created(body));
    assert.equal(client.method, method, JSON.stringify([methods, body]));
    assert.equal(client.clientSecret, body.client_secret === "s" ? "s" : undefined);
  }
});

Deno.test("a secret for a client that was to be public is used where secrets are the default", async () => {
  const { client } = await registerAt(undefined, created({ client_secret: "s" }), {
    method: "none",
  });
  assert.equal(client.method, "auto");
});

Deno.test("a refusal that repeats a client id is one", async () => {
  const answer = () =>
    Response.json({ client_id: "abc", error: "invalid_redirect_uri" }, { status: 400 });
  assert.equal((await failure(register(answer))).reason, "invalid_redirect_uri");
});

Deno.test("a method that is set is asked for when a registration brings its means", async () => {
  for (const method of ["none", "client_secret_basic", "client_secret_post", "client_secret_jwt"]) {
    const options = { method } as Partial<RegistrationOptions>;
    const { asked, client } = await registerAt(["none"], created(), options);
    assert.equal(asked.token_endpoint_auth_method, method);
    assert.equal(client.asked, method);
  }
  assert.ok(!("asked" in (await registerAt(["none"], created(), { method: "auto" })).client));
  for (const method of ["private_key_jwt", "tls_client_auth"] as const) {
    const error = await failure(registerAt(["none"], created(), { method }));
    assert.equal(
      error.message,
      `Configuration error: a client that registers itself cannot authenticate by ${method} ` +
        "(OIDC_CLIENT_AUTH). Fix: register a client by hand and set OIDC_CLIENT_ID, or leave " +
        "OIDC_CLIENT_AUTH out.",
    );
  }
});

Deno.test("what a provider says against a registration is repeated, shortened", async () => {
  const rows: [() => Response, string][] = [
    [() => Response.json({ error: "e", error_description: "d" }, { status: 403 }), "403: e, d"],
    [() => Response.json({ error: 7, error_description: "d" }, { status: 401 }), "401: d"],
    [() => Response.json({ error: "e" }, { status: 401 }), "401: e"],
    [() => Response.json(null, { status: 401 }), "401"],
    [() => new Response("no JSON", { status: 401 }), "401"],
    [
      () => Response.json({ error_description: "x".repeat(301) }, { status: 401 }),
      `401: ${"x".repeat(300)}…`,
    ],
  ];
  for (const [answer, words] of rows) {
    assert.equal(
      (await failure(register(answer))).what,
      `OIDC_CLIENT_ID is not set, and https://auth.example does not let everybody register a client ` +
        `(HTTP ${words})`,
    );
    const hadToken = { readInitialAccessToken: () => Promise.resolve("initial") };
    const { what, fix } = await failure(register(answer, hadToken));
    assert.equal(
      what,
      `https://auth.example does not accept the token of OIDC_REGISTRATION_TOKEN_FILE (HTTP ${words})`,
    );
    assert.match(fix, /^ask the provider's administrator for a new initial access token/);
  }
});

Deno.test("a closed registration is not asked a second time, whatever it says of grants", async () => {
  let count = 0;
  const answer = () => {
    count++;
    return Response.json({ error_description: "the grant is closed" }, { status: 403 });
  };
  const error = await failure(register(answer, { flows: ["code", "device"] }));
  assert.deepEqual([error.reason, count], ["registration_closed", 1]);
});

Deno.test("a registration with one flow is not tried again with fewer", async () => {
  let count = 0;
  const answer = () => {
    count++;
    return Response.json({ error: "invalid_client_metadata" }, { status: 400 });
  };
  assert.equal((await failure(register(answer))).reason, "invalid_client_metadata");
  assert.equal(count, 1);
});

Deno.test("the same refusal twice is told once", async () => {
  const answer = () => Response.json({ error: "invalid_client_metadata" }, { status: 400 });
  const { what, cause } = await failure(register(answer, { flows: ["code", "device"] }));
  assert.match(what, /^[^;]*invalid_client_metadata[^;]*$/);
  assert.notEqual(cause, undefined);
});

Deno.test("the second refusal is what is wrong, the first is told besides", async () => {
  let count = 0;
  const error = await failure(register(
    () =>
      ++count === 1
        ? Response.json({ error: "invalid_client_metadata", error_description: "one" }, {
          status: 400,
        })
        : Response.json({ error: "invalid_redirect_uri", error_description: "two" }, {
          status: 400,
        }),
    { flows: ["device", "code"] },
  ));
  assert.equal(error.reason, "invalid_redirect_uri");
  assert.match(
    error.what,
    /: two; before, when asked for several grants in one client: https:\/\/auth\.example .*: one$/,
  );
  const gone = new Error("the network is gone");
  let answered = 0;
  await assert.rejects(
    register(() => {
      if (++answered === 1) {
        return Response.json({ error: "invalid_client_metadata" }, { status: 400 });
      }
      throw gone;
    }, { flows: ["device", "code"] }),
    (error) => error === gone,
  );
});

Deno.test("an error that is none of the provider's is not taken for a refusal of grants", async () => {
  const grant = new Error("a grant that is no refusal");
  let count = 0;
  await assert.rejects(
    register(() => {
      count++;
      throw grant;
    }, { flows: ["code", "device"] }),
    (error) => error === grant,
  );
  assert.equal(count, 1);
});

Deno.test("a word that only contains grant is not about grants", async () => {
  for (const [description, requests] of [["a migrant", 1], ["GRANTS", 2], ["no grant_type", 2]]) {
    let count = 0;
    const answer = () => {
      count++;
      return Response.json({ error: "invalid_request", error_description: description }, {
        status: 400,
      });
    };
    await failure(register(answer, { flows: ["code", "device"] }));
    assert.equal(count, requests, String(description));
  }
});

Deno.test("an answer that has no client in it, or that is no JSON, is an error", async () => {
  const noClient = /\("response" body "client_id" property must be a string\)$/;
  const rows: [() => Response, RegExp][] = [
    [() => Response.json({ client_id: 7 }), noClient],
    [() => Response.json({}), noClient],
    [() => Response.json(null, { status: 201 }), noClient],
    [() => new Response("<html>", { status: 201 }), /with text\/plain;\S+ instead of JSON$/],
  ];
  for (const [answer, what] of rows) {
    const error = await failure(register(answer));
    assert.equal(error.reason, "invalid_response");
    assert.match(error.what, what);
  }
});

Deno.test("a registration ends with the wait for it", async () => {
  const stop = new AbortController();
  let signal: AbortSignal | null | undefined;
  await register(created(), { signal: stop.signal, sent: (init) => signal = init?.signal });
  stop.abort();
  assert.equal(signal?.aborted, true);
});

Deno.test("a provider on this machine may be registered at by http", async () => {
  const client = await registerClient({
    issuer: "http://127.0.0.1:9",
    registration_endpoint: "http://127.0.0.1:9/register",
  }, {
    redirectUrls: [],
    flows: ["code"],
    fetch: () => Promise.resolve(created()()),
    signal: new AbortController().signal,
  });
  assert.equal(client.clientId, "abc");
});
