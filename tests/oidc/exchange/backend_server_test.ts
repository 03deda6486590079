/**
 * Whom a backend names as its authorization server: the first one it has to name for ever.
 *
 * @module
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { ProxyError } from "../../../src/base/errors.ts";
import type {
  BackendClient,
  ExchangeOptions,
  OidcClientOptions,
} from "../../../src/oidc/client_options.ts";
import { connectBackendServer } from "../../../src/oidc/exchange/backend_server.ts";
import {
  type Answer,
  brokenNotes,
  createMemoryNotes,
  createNetwork,
  type Sent,
} from "../network.ts";
import { failure } from "../rig.ts";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";

const { signal } = new AbortController();
const backendUrl = new URL("https://mcp.test/mcp");

interface Given {
  /** What the backend's client is told besides. */
  backend?: Partial<BackendClient>;
  /** What is exchanged for. */
  exchange?: Partial<ExchangeOptions>;
  options?: Partial<OidcClientOptions>;
  /** Ends the wait. */
  stop?: AbortSignal;
}

/** A backend that names an authorization server. */
function rig(answer: (sent: Sent) => Answer = () => undefined) {
  const notes = createMemoryNotes();
  const named = { issuer: "https://one.test" };
  const network = createNetwork((sent) => {
    const { url } = sent;
    const own = answer(sent);
    if (own) return own;
    if (url.origin !== backendUrl.origin) {
      return {
        issuer: url.origin,
        token_endpoint: `${url.origin}/token`,
        response_types_supported: ["code"],
      };
    }
    return url.pathname === "/mcp" ? new Response(null, { status: 401 }) : {
      resource: backendUrl.href,
      authorization_servers: [named.issuer],
      scopes_supported: ["a"],
    };
  });
  const connect = ({ backend, exchange, options, stop = signal }: Given = {}) =>
    connectBackendServer({
      issuerUrl: new URL("https://auth.test"),
      clientId: "at the provider",
      scopes: [],
      redirectUrls: [],
      loginTimeout: 0,
      fetch: network.fetch,
      log: silentLog,
      notes,
      exchange: {
        grant: "token-exchange",
        scopes: [],
        backend: { backendUrl, clientId: "client", ...backend },
        ...exchange,
      },
      ...options,
    }, stop);
  return { network, named, notes, connect };
}

const two = { issuerUrl: new URL("https://two.test") };

Deno.test("a backend may name its authorization server, and the same one again", async () => {
  const { connect, network, notes } = rig();
  for (let time = 0; time < 2; time++) {
    const { issuer, resource, scopes, connection } = await connect();
    assert.deepEqual([issuer, resource, scopes], ["https://one.test", backendUrl.href, ["a"]]);
    assert.equal(connection.server.token_endpoint, "https://one.test/token");
    assert.equal(connection.client.client_id, "client");
  }
  assert.deepEqual(
    network.urls().filter((url) => url.startsWith("https://one.test/")),
    ["https://one.test/.well-known/oauth-authorization-server"],
    "what it says of itself is noted",
  );
  assert.equal(
    notes.values.get("authorization server of https://mcp.test/mcp"),
    "https://one.test",
  );
});

Deno.test("what an authorization server says of itself is believed for a day", async () => {
  const { connect, network } = rig();
  const day = 24 * 60 * 60_000;
  const now = Date.UTC(2026, 10, 26);
  const asked = () => network.urls().filter((url) => url.startsWith("https://one.test/")).length;
  await connect({ options: { now: () => now } });
  await connect({ options: { now: () => now + day - 1 } });
  assert.equal(asked(), 1);
  await connect({ options: { now: () => now + day } });
  assert.equal(asked(), 2);
});

Deno.test("a backend that names another one later is not followed", async () => {
  const { connect, named, network } = rig();
  await connect();
  named.issuer = "https://two.test";
  network.sent.length = 0;
  const error = await failure(connect());
  assert.deepEqual(
    [error.category, error.reason, error.final, error.what, error.fix],
    [
      "Backend error",
      "backend_issuer_changed",
      true,
      "https://mcp.test names another authorization server than before: https://two.test, not " +
      "https://one.test; nothing is sent to it",
      "ask who runs the backend; set MCP_BACKEND_ISSUER_URL to https://two.test if that is right",
    ],
  );
  assert.deepEqual(network.urls().filter((url) => url.includes("two.test")), []);
});

Deno.test("a secret goes to a server that is set, and to none that the backend alone names", async () => {
  const { connect, network } = rig();
  for (const clientSecret of ["s", ""]) {
    const error = await failure(connect({ backend: { clientSecret } }));
    assert.equal(
      error.message,
      "Configuration error: https://mcp.test names the authorization server https://one.test, but a " +
        "client secret is sent to nobody that only the backend names. Fix: set " +
        "MCP_BACKEND_ISSUER_URL to the server that gave you the client secret: to https://one.test, " +
        "if that is it.",
    );
    assert.equal(error.reason, "issuer_missing");
  }
  assert.deepEqual(network.urls().filter((url) => url.includes("one.test")), []);
  const set = await connect({ backend: { clientSecret: "s", ...two } });
  assert.equal(set.issuer, "https://two.test");
});

Deno.test("the client at that server authenticates by what is set for it", async () => {
  const { connect } = rig();
  const request = async (backend: Partial<BackendClient>) => {
    const { connection } = await connect({ backend: { ...two, ...backend } });
    const [headers, body] = [new Headers(), new URLSearchParams()];
    await connection.authenticate(connection.server, connection.client, body, headers);
    const secret = body.get("client_secret") ?? headers.get("authorization");
    return [connection.method, secret];
  };
  assert.deepEqual(await request({}), ["none", null]);
  const basic = (secret: string) => `Basic ${btoa(`client:${secret}`)}`;
  assert.deepEqual(await request({ clientSecret: "s" }), ["client_secret_basic", basic("s")]);
  const readClientSecret = () => Promise.resolve<string | undefined>("read");
  assert.deepEqual(await request({ clientSecret: "s", readClientSecret }), [
    "client_secret_basic",
    basic("read"),
  ]);
  assert.deepEqual(
    await request({ clientSecret: "s", readClientSecret: () => Promise.resolve(undefined) }),
    ["client_secret_basic", basic("s")],
  );
  assert.deepEqual(
    await request({ clientSecret: "s", clientAuthentication: "client_secret_post" }),
    ["client_secret_post", "s"],
  );
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { connection } = await connect({
    backend: {
      ...two,
      clientAuthentication: "private_key_jwt",
      readClientKey: () => Promise.resolve(JSON.stringify(privateKey.export({ format: "jwk" }))),
    },
  });
  assert.equal(connection.method, "private_key_jwt");
});

Deno.test("nobody is asked for what is set", async () => {
  const { connect, network } = rig();
  const ofBackend = () => network.urls().filter((url) => url.includes("mcp.test")).length;
  const server = await connect({
    backend: two,
    exchange: { scopes: ["b"], resource: "none" },
  });
  assert.deepEqual(
    [server.issuer, server.resource, server.scopes],
    ["https://two.test", backendUrl.href, []],
  );
  assert.equal(ofBackend(), 0);
  for (const exchange of [{ scopes: ["b"] }, { scopes: [], resource: "none" }]) {
    network.sent.length = 0;
    const asked = await connect({ backend: two, exchange });
    assert.deepEqual([asked.issuer, asked.scopes], ["https://two.test", ["a"]]);
    assert.ok(ofBackend() > 0);
  }
});

Deno.test("a backend that says nothing leaves what is set", async () => {
  const { connect } = rig(({ url }) =>
    url.origin === backendUrl.origin ? new Response(null, { status: 404 }) : undefined
  );
  const server = await connect({ backend: two });
  assert.deepEqual(
    [server.issuer, server.resource, server.scopes],
    ["https://two.test", backendUrl.href, []],
  );
});

Deno.test("a backend that names no server, or several, is told with the setting for it", async () => {
  const several = { authorization_servers: ["https://a.test", "https://b.test"] };
  const rows: [Answer, string, string][] = [
    [
      new Response(null, { status: 404 }),
      "not_advertised",
      "MCP_BACKEND_ISSUER_URL is not set, and https://mcp.test/mcp does not advertise a provider",
    ],
    [
      several,
      "several_providers",
      "https://mcp.test/mcp trusts several authorization servers: https://a.test, https://b.test",
    ],
  ];
  for (const [answer, reason, what] of rows) {
    const { connect } = rig(({ url }) =>
      url.origin === backendUrl.origin
        ? answer instanceof Response ? answer.clone() : answer
        : undefined
    );
    const error = await failure(connect());
    assert.deepEqual([error.category, error.reason, error.what, error.fix], [
      "Configuration error",
      reason,
      what,
      "set MCP_BACKEND_ISSUER_URL to the issuer of the backend's authorization server",
    ]);
    assert.ok(error.cause instanceof ProxyError);
  }
});

Deno.test("what else goes wrong at the backend stays what it is", async () => {
  const other = rig(({ url }) =>
    url.pathname.startsWith("/.well-known/oauth-protected")
      ? { resource: "https://else.test/", authorization_servers: ["https://one.test"] }
      : undefined
  );
  const error = await failure(other.connect());
  assert.deepEqual([error.reason, error.cause], ["resource_mismatch", undefined]);
  const defect = new TypeError("a defect");
  const broken = rig(() => {
    throw defect;
  });
  assert.equal((await failure(broken.connect())).reason, "provider_unreachable");
  await assert.rejects(
    broken.connect({ backend: { backendHeaders: () => Promise.reject(defect) } }),
    (error) => error === defect,
  );
});

Deno.test("the end of the wait is no word of the backend", async () => {
  const stop = new AbortController();
  const { connect } = rig(({ url }) => {
    if (url.origin === backendUrl.origin) stop.abort(new Error("enough"));
    return undefined;
  });
  for (const backend of [{}, two]) {
    await assert.rejects(connect({ backend, stop: stop.signal }), /^Error: enough$/);
  }
  // Nor where all else is noted.
  let isOver = false;
  const later = new AbortController();
  const noted = rig(({ url }) => {
    if (isOver && url.origin === backendUrl.origin) later.abort(new Error("enough"));
    return undefined;
  });
  await noted.connect({ backend: two });
  isOver = true;
  await assert.rejects(noted.connect({ backend: two, stop: later.signal }), /^Error: enough$/);
});

Deno.test("errors of that server name the settings for it", async () => {
  const { connect } = rig(({ url }) =>
    url.origin === "https://two.test" ? new Response(null, { status: 404 }) : undefined
  );
  const error = await failure(connect({ backend: two }));
  assert.match(error.fix, /MCP_BACKEND_ISSUER_URL/);
  assert.doesNotMatch(error.message, /\bOIDC_ISSUER_URL/);
  assert.ok(error.cause instanceof ProxyError);
  const insecure = rig(({ url }) =>
    url.origin === "https://two.test"
      ? { issuer: url.origin, token_endpoint: "http://two.test/" }
      : undefined
  );
  assert.match((await failure(insecure.connect({ backend: two }))).fix, /^check MCP_BACKEND_/);
});

Deno.test("the server whose issuer is a path is asked where RFC 8414 has it", async () => {
  const issuer = "https://two.test/tenant";
  const { connect, network } = rig(({ url }) =>
    url.href === "https://two.test/.well-known/oauth-authorization-server/tenant"
      ? { issuer, token_endpoint: "https://two.test/token" }
      : undefined
  );
  const { issuer: found } = await connect({ backend: { issuerUrl: new URL(issuer) } });
  assert.equal(found, issuer);
  assert.equal(
    network.urls().at(-1),
    "https://two.test/.well-known/oauth-authorization-server/tenant",
  );
});

Deno.test("the gateway before a backend gets its header fields, the server does not", async () => {
  const { connect, network } = rig();
  await connect({ backend: { backendHeaders: () => Promise.resolve({ "x-gateway": "key" }) } });
  for (const { url, headers } of network.sent) {
    assert.equal(headers.get("x-gateway"), url.origin === backendUrl.origin ? "key" : null);
  }
});

Deno.test("the first server is noted before it is asked, and without notes nothing is kept", async () => {
  const { connect, network, notes } = rig();
  const events: string[] = [];
  await connect({
    options: {
      notes: {
        ...notes,
        async write(name) {
          if (!name.startsWith("authorization server of")) return;
          await setImmediate();
          events.push(`noted after ${network.sent.length} requests`);
        },
      },
      fetch(url, init) {
        if (url.startsWith("https://one.test/")) events.push("asked");
        return network.fetch(url, init);
      },
    },
  });
  assert.equal(events[1], "asked");
  assert.match(events[0]!, /^noted/);
  for (const notes of [undefined, brokenNotes]) {
    assert.equal((await connect({ options: { notes } })).issuer, "https://one.test");
  }
});

Deno.test("a clock that is off is told by the time that is given", async () => {
  const now = Date.UTC(2026, 10, 26);
  const dated = (ahead: number) => ({ date: new Date(now + ahead).toUTCString() });
  const told: string[] = [];
  const { connect } = rig(({ url }) =>
    url.origin === backendUrl.origin && url.pathname === "/mcp"
      ? new Response(null, { status: 401, headers: dated(60_000) })
      : url.origin === "https://one.test"
      ? Response.json({ issuer: url.origin, token_endpoint: `${url.origin}/token` }, {
        headers: dated(90_000),
      })
      : undefined
  );
  const { connection } = await connect({
    options: {
      now: () => now,
      log: { ...silentLog, info: (line) => void told.push(line) },
    },
  });
  assert.deepEqual(told.map((line) => / (\d+ s behind) /.exec(line)?.[1]), [
    "60 s behind",
    "90 s behind",
  ]);
  assert.equal(connection.providerNow(), now + 90_000);
  assert.equal(connection.options.strict, undefined);
  assert.equal((await connect({ options: { strict: true } })).connection.options.strict, true);
});
