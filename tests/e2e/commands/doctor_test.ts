import assert from "node:assert/strict";
import { createServer, request as requestHttp, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { startCountingBackend } from "../../support/counting_backend.ts";
import { type Company, startCompany } from "../../support/company.ts";
import { runProgram } from "../../support/program.ts";
import { programIsStandalone, type ProgramSettings } from "../../support/program_command.ts";

interface Report {
  works: boolean | null;
  findings: Finding[];
}

/** One thing that is broken, and what the doctor must say of it. */
interface Fault {
  name: string;
  /** Breaks it; what is returned is undone afterwards. */
  break(company: Company, stack: AsyncDisposableStack): Promise<Partial<ProgramSettings>>;
  check: Finding["check"];
  verdict: Finding["verdict"];
  found: RegExp;
  fix: RegExp;
}

const given = (settings: Partial<ProgramSettings>) => Promise.resolve(settings);

const certificates = new URL("../../support/certificates/", import.meta.url);

const faults: Fault[] = [
  {
    name: "no backend URL",
    break: () => given({ args: [] }),
    check: "settings",
    verdict: "failure",
    found: /backend URL: missing/,
    fix: /MCP_BACKEND_URL/,
  },
  {
    name: "no client id and no backend to ask",
    break: () => given({ args: [], env: { OIDC_CLIENT_ID: "" } }),
    check: "settings",
    verdict: "failure",
    found: /client ID: missing/,
    fix: /OIDC_CLIENT_ID.*--oidc-client-id/,
  },
  {
    name: "a value that a setting cannot take",
    break: () => given({ env: { OIDC_REDIRECT_URL: "https://company.example/cb" } }),
    check: "settings",
    verdict: "failure",
    found: /OIDC_REDIRECT_URL.*must be an http URL/,
    fix: /./,
  },
  {
    name: "an endpoint of the provider that must not be used",
    async break({ provider }, stack) {
      const place = `${provider.issuer}/.well-known/openid-configuration`;
      const metadata = await (await fetch(place)).json();
      const revocation_endpoint = "http://auth.invalid/revoke";
      provider.intercept(({ endpoint }) =>
        endpoint === "discovery"
          ? { status: 200, body: { ...metadata, revocation_endpoint } }
          : undefined
      );
      stack.defer(() => provider.intercept(undefined));
      return {};
    },
    check: "provider",
    verdict: "warning",
    found: /has "http:\/\/auth\.invalid\/revoke" as its revocation_endpoint, which is not https/,
    fix: /tell the provider's administrator/,
  },
  {
    name: "a secret on the command line",
    break: (company) =>
      given({ args: [company.gateway.url.href, "--oidc-client-secret", "hush-hush"] }),
    check: "settings",
    verdict: "warning",
    found: /on the command line/,
    fix: /OIDC_CLIENT_SECRET_FILE/,
  },
  {
    name: "a token in the clear",
    break: () => given({ args: ["http://backend.invalid/mcp"] }),
    check: "settings",
    verdict: "failure",
    found: /in the clear/,
    fix: /https.*--allow-http/,
  },
  {
    name: "a backend whose name leads nowhere",
    break: () => given({ args: ["https://backend.invalid/mcp"] }),
    check: "names",
    verdict: "failure",
    found: /backend\.invalid, the backend, has no address/,
    fix: /MCP_BACKEND_URL/,
  },
  {
    name: "an issuer whose name leads nowhere",
    break: () => given({ env: { OIDC_ISSUER_URL: "https://auth.invalid" } }),
    check: "names",
    verdict: "failure",
    found: /auth\.invalid, the provider, has no address/,
    fix: /OIDC_ISSUER_URL/,
  },
  {
    name: "a proxy variable that is no URL",
    break: () => given({ env: { HTTPS_PROXY: "proxy company" } }),
    check: "proxy",
    verdict: "warning",
    found: /HTTPS_PROXY names no proxy that can be used/,
    fix: /HTTPS_PROXY/,
  },
  {
    name: "a provider that is down",
    async break(company, stack) {
      await company.provider.down();
      stack.defer(() => company.provider.up());
      return {};
    },
    check: "connection",
    verdict: "failure",
    found: /the provider, .* cannot be reached/,
    fix: /OIDC_ISSUER_URL/,
  },
  {
    name: "a backend that is down",
    async break(company, stack) {
      await company.gateway.down();
      stack.defer(() => company.gateway.up());
      return {};
    },
    check: "connection",
    verdict: "failure",
    found: /the backend, .* cannot be reached/,
    fix: /MCP_BACKEND_URL/,
  },
  {
    name: "a certificate that nobody trusts",
    async break(_company, stack) {
      const key = await Deno.readTextFile(new URL("server.key", certificates));
      const cert = await Deno.readTextFile(new URL("server.pem", certificates));
      const origin = await listen(stack, createTlsServer({ key, cert }), "https");
      return { args: [`${origin}/mcp`] };
    },
    check: "connection",
    verdict: "failure",
    // The runtime base of trial executables is too old to tell whose certificate it is.
    found: programIsStandalone
      ? /the backend: the certificate .*not trusted/
      : /the backend: the certificate .*not trusted.*issued by CN=Test Authority/,
    fix: /--ca-cert/,
  },
  {
    name: "a clock that is off",
    async break(_company, stack) {
      const date = new Date(Date.now() + 3_600_000).toUTCString();
      const server = createServer((_, response) => {
        response.writeHead(401, { date, "www-authenticate": "Bearer" }).end();
      });
      return { args: [`${await listen(stack, server)}/mcp`] };
    },
    check: "clock",
    verdict: "failure",
    found: /(?:59 min \d+ s|1 h(?: \d+ s)?) behind that of/,
    fix: /set the clock/,
  },
  {
    name: "an issuer that is no provider",
    break: (company) => given({ env: { OIDC_ISSUER_URL: company.gateway.url.origin } }),
    check: "provider",
    verdict: "failure",
    found: /well-known/,
    fix: /OIDC_ISSUER_URL/,
  },
  {
    name: "an issuer that calls itself otherwise",
    break: (company) =>
      given({
        env: { OIDC_ISSUER_URL: company.provider.issuer.replace("127.0.0.1", "localhost") },
      }),
    check: "provider",
    verdict: "failure",
    found: /names the issuer/,
    fix: /OIDC_ISSUER_URL/,
  },
  {
    name: "DPoP at a provider without it",
    break: (company) => given({ args: [company.gateway.url.href, "--oidc-dpop"] }),
    check: "provider",
    verdict: "failure",
    found: /does not offer DPoP/,
    fix: /--oidc-dpop/,
  },
  {
    name: "the device flow at a provider without it",
    break: () => given({ env: { OIDC_FLOW: "device" } }),
    check: "provider",
    verdict: "failure",
    found: /no device flow/,
    fix: /OIDC_FLOW/,
  },
  {
    name: "a scope that the provider does not list",
    break: () => given({ env: { OIDC_SCOPES: "openid mcp:everything" } }),
    check: "provider",
    verdict: "warning",
    found: /does not list the scope mcp:everything/,
    fix: /OIDC_SCOPES/,
  },
  {
    name: "a redirect port that another program holds",
    async break(_company, stack) {
      const origin = await listen(stack, createServer());
      return { env: { OIDC_REDIRECT_URL: `${origin}/auth/callback` } };
    },
    check: "redirect",
    verdict: "failure",
    found: /port \d+ of .* (?:held by|taken)/,
    fix: /OIDC_REDIRECT_URL/,
  },
  {
    name: "no way to open a browser",
    break: () => given({ env: { DISPLAY: "", SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" } }),
    check: "browser",
    verdict: "warning",
    found: /SSH session without a display/,
    fix: /BROWSER/,
  },
  {
    name: "a cache directory that others can write to",
    async break(company, stack) {
      const directory = join(company.home.path, "shared");
      await Deno.mkdir(directory);
      await Deno.chmod(directory, 0o777);
      stack.defer(() => Deno.remove(directory, { recursive: true }));
      return { env: { MCP_PROXY_CACHE_DIR: directory } };
    },
    check: "store",
    verdict: "failure",
    found: /is writable by others/,
    fix: /chmod 700/,
  },
  {
    name: "a cache directory that cannot be made",
    async break(company, stack) {
      const file = join(company.home.path, "no-directory");
      await Deno.writeTextFile(file, "");
      stack.defer(() => Deno.remove(file));
      return { env: { MCP_PROXY_CACHE_DIR: join(file, "cache") } };
    },
    check: "store",
    verdict: "failure",
    found: /credentials cannot be kept: .*[Nn]ot a directory/,
    fix: /--cache-dir/,
  },
  {
    name: "a keychain that cannot be reached",
    break: () => given({ env: { MCP_PROXY_CREDENTIAL_ENCRYPTION: "keychain" } }),
    check: "store",
    verdict: "failure",
    found: /keychain/,
    fix: /--credential-encryption/,
  },
  {
    name: "no issuer, and a backend that names none",
    break: () => given({ env: { OIDC_ISSUER_URL: "" } }),
    check: "provider",
    verdict: "failure",
    found: /./,
    fix: /OIDC_ISSUER_URL/,
  },
  {
    name: "a backend behind another path",
    async break(_company, stack) {
      const server = createServer((_, response) => {
        response.writeHead(404).end();
      });
      return { args: [`${await listen(stack, server)}/mpc`] };
    },
    check: "backend",
    verdict: "failure",
    found: /answers 404/,
    fix: /path in MCP_BACKEND_URL/,
  },
  {
    name: "a backend that wants no token",
    break: (company) => given({ args: [company.everything.url.href] }),
    check: "backend",
    verdict: "warning",
    found: /accepts requests without a token/,
    fix: /MCP_BACKEND_URL/,
  },
  {
    name: "a backend that redirects",
    async break(_company, stack) {
      const server = createServer((_, response) => {
        response.writeHead(302, { location: "https://portal.company.example/login" }).end();
      });
      return { args: [`${await listen(stack, server)}/mcp`] };
    },
    check: "backend",
    verdict: "failure",
    found: /redirects to https:\/\/portal/,
    fix: /sign-in page of a gateway/,
  },
  {
    name: "a backend that redirects to itself with a slash, which the bridge follows",
    async break(_company, stack) {
      const server = createServer((request, response) => {
        if (request.url === "/mcp") response.writeHead(307, { location: "/mcp/" }).end();
        else response.writeHead(401, { "www-authenticate": "Bearer" }).end();
      });
      return { args: [`${await listen(stack, server)}/mcp`] };
    },
    check: "backend",
    verdict: "ok",
    found: /redirects to \S+\/mcp\/ \(307\), which is followed/,
    fix: /^$/,
  },
  {
    name: "a backend that names another issuer",
    async break(_company, stack) {
      const server = createServer((request, response) => {
        if (request.url?.startsWith("/.well-known/oauth-protected-resource")) {
          response.writeHead(200, { "content-type": "application/json" }).end(
            JSON.stringify({ authorization_servers: ["https://other.example"] }),
          );
        } else response.writeHead(401, { "www-authenticate": "Bearer" }).end();
      });
      return { args: [`${await listen(stack, server)}/mcp`] };
    },
    check: "backend",
    verdict: "warning",
    found: /advertises https:\/\/other\.example, not/,
    fix: /OIDC_ISSUER_URL/,
  },
  {
    name: "nobody signed in",
    break: () => given({}),
    check: "access",
    verdict: "unknown",
    found: /not signed in: .* cannot be told before you sign in/,
    fix: /authful-mcp-proxy login/,
  },
  {
    name: "a client that the provider does not know",
    break: () => given({ env: { OIDC_CLIENT_ID: "nobody-at-all" } }),
    check: "client",
    verdict: "failure",
    found: /^not known to the provider \(HTTP 400.*a made-up client gets the same\)/,
    fix: /OIDC_CLIENT_ID/,
  },
  {
    name: "a redirect URL that is not registered",
    break: () => given({ env: { OIDC_REDIRECT_URL: "http://127.0.0.1:8123/elsewhere" } }),
    check: "client",
    verdict: "failure",
    found: /refuses the client's request with http:\/\/127\.0\.0\.1:8123\/elsewhere \(HTTP 400/,
    fix: /register exactly this redirect URL.*OIDC_REDIRECT_URL/,
  },
  {
    name: "a client and a redirect URL that the provider knows",
    break: () => given({}),
    check: "client",
    verdict: "ok",
    found: /^known to the provider, with http/,
    fix: /^$/,
  },
];

Deno.test({
  name: "doctor names what is broken and the setting that mends it",
  ignore: Deno.build.os === "windows",
  async fn(t) {
    await using company = await startCompany();
    for (const fault of faults) {
      await t.step(fault.name, async () => {
        await using stack = new AsyncDisposableStack();
        const broken = await fault.break(company, stack);
        const args = ["doctor", "--json", ...broken.args ?? [company.gateway.url.href]];
        const settings = company.settings({ ...broken, args });
        const { code, stdout, stderr } = await runProgram(settings);
        const { works, findings }: Report = JSON.parse(stdout);
        const hit = findings.find(({ check, verdict, found }) =>
          check === fault.check && verdict === fault.verdict && fault.found.test(found)
        );
        assert.ok(hit, `${JSON.stringify(findings, null, 1)}${stderr}`);
        assert.match(hit.fix ?? "", fault.fix);
        for (const { found, fix } of findings) {
          assert.ok(fix === undefined || !found.includes(fix), `says twice what to do: ${found}`);
        }
        const unset = findings.find(({ found }) => found === "none is set");
        assert.notEqual(unset?.check, fault.check, "calls unset what it warns of");
        assert.equal(code, works === false ? 1 : 0);
        if (fault.verdict === "failure") assert.equal(works, false);
        assert.ok(!stdout.includes("hush-hush"));
      });
    }
  },
});

Deno.test("doctor finds nothing wrong where nothing is, and compares a refused token", async (t) => {
  await using company = await startCompany();
  const run = (...args: string[]) =>
    runProgram(company.settings({ args: ["doctor", company.gateway.url.href, ...args] }));
  const login = runProgram(company.settings({ args: ["login"] }));
  await company.signIn();
  assert.equal((await login).code, 0);

  await t.step("all is well", async () => {
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stdout + stderr);
    assert.doesNotMatch(stdout, /^ +[!✗]/m);
    assert.match(stdout, /✓ accepts the token: .*everything, protocol 2025-11-25/);
    assert.match(stdout, /✓ offers 13 tools/);
    assert.match(stdout, /✓ The bridge would work$/m);
    assert.equal(stderr, "");
  });

  await t.step("the report can be attached to an issue", async () => {
    const path = join(company.home.path, "report.json");
    const { code } = await run("--report", path);
    assert.equal(code, 0);
    const text = await Deno.readTextFile(path);
    assert.equal(JSON.parse(text).works, true);
    assert.ok(!text.includes(company.home.path), "no path of the person's");
    assert.ok(!text.includes("ada@"), "no account");
    assert.ok(!text.includes(company.provider.clientId), "no client id");
    for (const secret of Object.values(company.provider.secrets).flatMap((set) => [...set])) {
      assert.ok(!text.includes(secret));
    }
  });

  await t.step("a fresh token that the backend refuses is explained", async () => {
    company.gateway.refuse(1_000);
    const { code, stdout } = await run();
    company.gateway.refuse(0);
    assert.equal(code, 1);
    assert.match(stdout, /Backend with a token\n(?:.*\n)*? +✗ .*\n +Fix: /);
    assert.equal(company.browser.count(), 1, "no tab was opened");
  });
});

async function listen(
  stack: AsyncDisposableStack,
  server: Server | ReturnType<typeof createTlsServer>,
  scheme = "http",
): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stack.defer(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers each request by another one of several backends, as a load balancer without stickiness. */
async function startRoundRobin(stack: AsyncDisposableStack, backends: readonly URL[]) {
  let turn = 0;
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    const target = new URL(url ?? "/", backends[turn++ % backends.length]);
    const forwarded = requestHttp(target, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    response.on("close", () => forwarded.destroy());
    request.pipe(forwarded);
  });
  return new URL(`${await listen(stack, server)}/mcp`);
}

Deno.test("doctor notices that copies of a backend do not share their sessions", async () => {
  await using stack = new AsyncDisposableStack();
  const copies = [
    stack.use(await startCountingBackend()).url,
    stack.use(await startCountingBackend()).url,
  ];
  const backend = await startRoundRobin(stack, copies);
  await using company = await startCompany({ backend });
  const login = runProgram(company.settings({ args: ["login"] }));
  await company.signIn();
  assert.equal((await login).code, 0);
  const { code, stdout } = await runProgram(
    company.settings({ args: ["doctor", company.gateway.url.href] }),
  );
  assert.equal(code, 1, stdout);
  assert.match(stdout, /✗ (?:loses the session|does not answer what follows)/);
});
