/**
 * The real program at a provider that means harm. Every fault there is meets the sign-in itself in
 * `tests/oidc/hostile_provider_test.ts`; here a choice of them shows what client, machine and person
 * get to see of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { UnsecuredJWT } from "jose";
import { createBrowserStub } from "../support/browser_stub.ts";
import { freePort } from "../support/free_port.ts";
import { createHome } from "../support/home.ts";
import {
  endlessAnswer,
  type Fault,
  redirectElsewhere,
  startHostileProvider,
} from "../support/hostile_provider.ts";
import { createPerson } from "../support/person.ts";
import { type Message, runProgram, startProgram } from "../support/program.ts";

/** A fault and what must come of it. */
interface Case {
  fault: Fault;
  /** The reason in the data of the error; none when the sign-in succeeds. */
  reason?: string;
  /** Whether the person gets a tab before the fault shows. */
  opens?: boolean;
}

const metadataPath = "/.well-known/openid-configuration";

const cases: Record<string, Case> = {
  "no fault": { fault: () => {}, opens: true },
  "another issuer in the metadata": {
    fault: ({ metadata }) => void (metadata.issuer = "https://evil.test"),
    reason: "issuer_mismatch",
  },
  "javascript: as authorization endpoint": {
    fault: ({ metadata }) => void (metadata.authorization_endpoint = "javascript:alert(1)"),
    reason: "unsafe_endpoint",
  },
  "shell commands in the authorization endpoint": {
    fault: ({ metadata }) =>
      void (metadata.authorization_endpoint = "https://evil.test/$(touch${IFS}owned)`touch owned`"),
    reason: "unsafe_endpoint",
  },
  "an option of the opener as authorization endpoint": {
    fault: ({ metadata }) => void (metadata.authorization_endpoint = "--help"),
    reason: "unsafe_endpoint",
  },
  "metadata without end": {
    fault: ({ instead }) => void (instead[metadataPath] = endlessAnswer),
    reason: "answer_too_long",
  },
  "metadata that are elsewhere": {
    fault: ({ instead }) => void (instead[metadataPath] = redirectElsewhere),
    reason: "provider_redirect",
  },
  "a code that is to be redeemed elsewhere": {
    fault: ({ instead }) => void (instead["/token"] = redirectElsewhere),
    reason: "provider_redirect",
    opens: true,
  },
  "an ID token without signature": {
    fault: (answers) => {
      answers.sign = (_header, claims) => Promise.resolve(new UnsecuredJWT(claims).encode());
    },
    reason: "id_token_alg",
    opens: true,
  },
  "an ID token signed with another key": {
    fault: (answers, keys) => void (answers.sign = keys.signWithAnother),
    reason: "id_token_signature",
    opens: true,
  },
  "an ID token with another nonce": {
    fault: ({ claims }) => void (claims.nonce = "another"),
    reason: "id_token_nonce",
    opens: true,
  },
  "an ID token for somebody else": {
    fault: ({ claims }) => void (claims.aud = "somebody-else"),
    reason: "id_token_aud",
    opens: true,
  },
  "a header field in the access token": {
    fault: ({ tokens }) => void (tokens.access_token = "hostile-access-token\r\nx-injected: yes"),
    reason: "invalid_response",
    opens: true,
  },
  "HTML, an escape sequence and the code in the error": {
    fault: ({ instead }) => {
      instead["/token"] = () =>
        Response.json({
          error: "invalid_grant",
          error_description: "<script>alert(1)</script>\u001b[31m\nsecond line hostile-code",
        }, { status: 400 });
    },
    reason: "invalid_grant",
    opens: true,
  },
};

/** A backend that is content with the token of the hostile provider, and counts whom it has seen. */
function startBackend() {
  const authorizations: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const authorization = request.headers.get("authorization");
    if (authorization === null) return new Response(null, { status: 401 });
    authorizations.push(authorization);
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const { id }: Message = await request.json();
    if (id === undefined) return new Response(null, { status: 202 });
    return Response.json({
      jsonrpc: "2.0",
      id,
      result: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        serverInfo: { name: "backend", version: "1" },
      },
    });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/mcp`,
    authorizations,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function meet({ fault, reason, opens = false }: Case): Promise<void> {
  await using provider = startHostileProvider(fault);
  await using backend = startBackend();
  await using home = await createHome();
  await using browser = await createBrowserStub();
  const settings = {
    home: home.path,
    cwd: home.path,
    path: [browser.directory],
    env: {
      DISPLAY: ":0",
      OIDC_ISSUER_URL: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_REDIRECT_URL: `http://127.0.0.1:${freePort()}/auth/callback`,
    },
  };
  await using program = await startProgram({ ...settings, args: [backend.url, "--debug"] });
  const answered = program.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  let page = "";
  if (opens) {
    const person = createPerson();
    const tab = await person.openTab(await browser.opened());
    assert.equal(tab.origin, provider.issuer);
    page = (await person.visit(tab)).html;
  }
  const { result, error } = await answered;
  await program.endInput();
  assert.equal((await program.exit).code, 0);
  assert.equal(program.lines.length, 1, "one answer and nothing else");

  const { stdout } = await runProgram({ ...settings, args: ["status", "--json"] });
  const { signedIn, identities } = JSON.parse(stdout);
  if (reason === undefined) {
    assert.ok(result);
    assert.equal(signedIn, true);
    assert.deepEqual(new Set(backend.authorizations), new Set(["Bearer hostile-access-token"]));
  } else {
    assert.equal(error?.data?.reason, reason, error?.message);
    assert.match(error?.message ?? "", /^[A-Z][a-z]+ error: [^\p{Cc}]+\. Fix: [^\p{Cc}]+\.$/u);
    assert.equal(signedIn, false);
    assert.deepEqual(identities, [], "nothing is stored");
    assert.deepEqual(backend.authorizations, [], "nothing of it reaches the backend");
    assert.doesNotMatch(page, /<script|You are signed in/);
  }
  assert.equal(browser.count(), opens ? 1 : 0, "tabs");
  await assert.rejects(() => Deno.stat(`${home.path}/owned`), Deno.errors.NotFound);
  const said = `${program.stderr()}\n${program.lines.join("\n")}\n${page}`;
  assert.doesNotMatch(program.stderr(), /[^\P{Cc}\n]/u);
  for (const secret of provider.secrets) assert.ok(!said.includes(secret), secret);
}

Deno.test("a provider that means harm gets one clear error, no storage and no command", async (t) => {
  // All at once: they share nothing.
  const steps = Object.entries(cases).map(([name, each]) =>
    t.step({
      name,
      fn: () => meet(each),
      sanitizeOps: false,
      sanitizeResources: false,
      sanitizeExit: false,
    })
  );
  assert.ok((await Promise.all(steps)).every((passed) => passed));
});
