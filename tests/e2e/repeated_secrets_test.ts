/**
 * Backend and provider repeat what they were told in confidence, at every place where they have a say.
 *
 * @module
 */
import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { runProgram } from "../support/program.ts";
import { confidentialClient, type TestProvider } from "../support/provider.ts";

/** Every form in which a secret is repeated here. */
const forms: ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => encodeURIComponent(secret),
  (secret) => btoa(secret),
  (secret) => btoa(`authful-test:${secret}`),
  (secret) => JSON.stringify(secret).slice(1, -1),
];

function requireNoSecret(
  text: string,
  { provider, where }: { provider: TestProvider; where: string },
) {
  for (const [kind, secrets] of Object.entries(provider.secrets)) {
    for (const secret of secrets) {
      if (secret.length < 8) continue;
      for (const form of forms) {
        // What is long is cut when it is shown; behind the header of a JWT its secret begins.
        const whole = form(secret);
        const written = whole.length > 180 ? whole.slice(100, 140) : whole;
        assert(!text.includes(written), `${where} repeats a ${kind}: ${text.slice(0, 2_000)}`);
      }
    }
  }
}

/** What a backend answers to a message, given the token that it was shown. */
type Answer = (token: string, id: unknown) => Response;

const json = (body: unknown, init: ResponseInit = {}) => Response.json(body, init);

/** Places at which a backend has a say, all filled with the token. */
const places: Record<string, Answer> = {
  "401, error_description": (token) =>
    new Response(null, {
      status: 401,
      headers: {
        "www-authenticate": `Bearer error="invalid_token", error_description="bad ${token}"`,
      },
    }),
  "401, body": (token) =>
    json({ error: "invalid_token", error_description: `bad ${encodeURIComponent(token)}` }, {
      status: 401,
      headers: { "www-authenticate": "Bearer" },
    }),
  "403, scope": (token) =>
    new Response(null, {
      status: 403,
      headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="${token}"` },
    }),
  "500, text": (token) => new Response(`trace: Bearer ${token}`, { status: 500 }),
  "500, title of a page": (token) =>
    new Response(`<html><title>${token}</title></html>`, {
      status: 500,
      headers: { "content-type": "text/html" },
    }),
  "500, base64": (token) => new Response(`trace: ${btoa(token)}`, { status: 500 }),
  "302, Location": (token) =>
    new Response(null, {
      status: 302,
      headers: { location: `https://x.test/${token}?t=${token}` },
    }),
  "422, message": (token) => json({ message: `what is ${token}?` }, { status: 422 }),
  "200, content type": (token) => new Response("x", { headers: { "content-type": `a/${token}` } }),
};

Deno.test("a backend that repeats the token is not repeated", async (t) => {
  let answer: Answer = places["500, text"];
  await using backend = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const token = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
      const { id } = request.method === "POST" ? await request.json() : { id: undefined };
      return answer(token, id);
    },
  );
  const url = `http://127.0.0.1:${backend.addr.port}/mcp`;
  await using company = await startCompany({ backend: new URL(url) });
  const { provider, home } = company;
  const login = runProgram(company.settings({ args: ["login", url] }));
  await company.signIn();
  await login;
  for (const [place, given] of Object.entries(places)) {
    await t.step(place, async () => {
      answer = given;
      await using program = await company.start({
        args: [url, "--debug", "--retry-window", "0", "--login-timeout", "1"],
      });
      const asked = await program.request("initialize", {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "test", version: "1" },
      });
      assert(asked.error, "it was answered");
      await program.endInput();
      await program.exit;
      requireNoSecret(JSON.stringify(asked), { provider, where: "the answer" });
      requireNoSecret(program.stderr(), { provider, where: "the log" });
      const doctor = await runProgram(company.settings({ args: ["doctor", url] }));
      requireNoSecret(doctor.stdout + doctor.stderr, { provider, where: "doctor" });
      const status = await runProgram(company.settings({ args: ["status", url] }));
      requireNoSecret(status.stdout + status.stderr, { provider, where: "status" });
    });
  }
  const store = await Deno.readFile(
    `${home.path}/.mcp-auth/authful-mcp-proxy/cache.db`,
  );
  requireNoSecret(new TextDecoder("latin1").decode(store), { provider, where: "the store" });
});

Deno.test("a provider that repeats what it was told is not repeated, and not stored", async () => {
  await using company = await startCompany({
    provider: { clients: [confidentialClient("client_secret_basic")] },
  });
  const { provider, gateway, home } = company;
  const [secret = ""] = provider.secrets.client_secret;
  provider.intercept((request) => {
    if (request.endpoint !== "token") return undefined;
    const said = [...request.parameters.values(), request.headers.get("authorization") ?? ""];
    return {
      status: 400,
      body: { error: "invalid_request", error_description: `${said.join(" ")} ${btoa(secret)}` },
    };
  });
  await using program = await company.start({
    args: [gateway.url.href, "--debug"],
    env: { OIDC_CLIENT_SECRET: secret },
  });
  const asked = program.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  const page = await company.signIn();
  const answer = await asked;
  assert(answer.error);
  await program.endInput();
  await program.exit;
  requireNoSecret(JSON.stringify(answer), { provider, where: "the answer" });
  requireNoSecret(program.stderr(), { provider, where: "the log" });
  requireNoSecret(page.html, { provider, where: "the page" });
  const status = await runProgram(company.settings({ args: ["status"] }));
  requireNoSecret(status.stdout + status.stderr, { provider, where: "status" });
  const directory = `${home.path}/.mcp-auth/authful-mcp-proxy`;
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (!isFile) continue;
    const bytes = await Deno.readFile(`${directory}/${name}`);
    requireNoSecret(new TextDecoder("latin1").decode(bytes), { provider, where: name });
    // The cooldown is there, but not what was said.
    assert(!new TextDecoder("latin1").decode(bytes).includes("invalid_request"), name);
  }
});

Deno.test("tokens that a provider repeats as scopes are not shown by status", async () => {
  await using company = await startCompany();
  const { provider, gateway } = company;
  const tokens = { access_token: "access-token-in-scope", refresh_token: "refresh-token-in-scope" };
  provider.intercept(({ endpoint }) =>
    endpoint === "token"
      ? {
        status: 200,
        body: {
          ...tokens,
          token_type: "Bearer",
          expires_in: 3_600,
          scope: `openid ${Object.values(tokens).join(" ")}`,
        },
      }
      : undefined
  );
  const login = runProgram(company.settings({ args: ["login", gateway.url.href] }));
  await company.signIn();
  assert.equal((await login).code, 0, (await login).stderr);
  for (const args of [["status"], ["status", "--json"]]) {
    const { stdout, stderr } = await runProgram(company.settings({ args }));
    assert.match(stdout, /openid/);
    assert(!/-token-in-scope/.test(stdout + stderr + (await login).stderr), stdout);
  }
});
