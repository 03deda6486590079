import assert from "node:assert/strict";
import { createServer } from "node:https";
import { freePort } from "../support/free_port.ts";
import { certificateFile } from "../support/https_server.ts";
import { listenOnLoopback, stopListening } from "../support/loopback_server.ts";
import { startCountingBackend } from "../support/counting_backend.ts";
import { type Daemon, isInstalled, startDaemon } from "./daemon.ts";
import { count, initialize, startMachine, startMachineCompany } from "./machine.ts";

const command = "/usr/sbin/squid";

/** Starts squid on a free port; it finds `other.test` on this machine. */
async function startSquid(rules: string): Promise<Daemon & { proxy: string }> {
  const port = freePort();
  const daemon = await startDaemon({
    command,
    args: ["-N", "-f", "{directory}/squid.conf"],
    port,
    files: {
      "hosts": "127.0.0.1 other.test\n",
      // ada with the password "secret/@:", as htpasswd writes it (apr1).
      "users": `ada:${users.ada}\n`,
      "squid.conf": `
http_port 127.0.0.1:${port}
pid_filename {directory}/squid.pid
hosts_file {directory}/hosts
access_log none
cache_log {directory}/cache.log
cache deny all
shutdown_lifetime 0 seconds
coredump_dir {directory}
${rules}
`,
    },
  });
  return { ...daemon, proxy: `127.0.0.1:${port}` };
}

const users = { ada: "$apr1$authful0$/JQGkN0q0UIA2/E.M9YZy1" };

/** TLS in front of a server, with a certificate for `other.test`. */
async function startTls(target: URL): Promise<AsyncDisposable & { url: string }> {
  const server = createServer({
    cert: Deno.readTextFileSync(certificateFile("other_name.pem")),
    key: Deno.readTextFileSync(certificateFile("faulty.key")),
  }, async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = new Headers(
      Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        /^(host|connection|content-length)$/.test(name) ? [] : [[name, String(value)]]
      ),
    );
    const aborted = new AbortController();
    response.on("close", () => aborted.abort());
    try {
      const answer = await fetch(new URL(request.url ?? "", target), {
        method: request.method,
        headers,
        body: chunks.length > 0 ? new Blob(chunks as BlobPart[]) : undefined,
        signal: aborted.signal,
      });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      for await (const chunk of answer.body ?? []) response.write(chunk);
      response.end();
    } catch {
      response.destroy();
    }
  });
  const port = await listenOnLoopback(server);
  return {
    url: `https://other.test:${port}/mcp`,
    [Symbol.asyncDispose]: () => stopListening(server),
  };
}

function squidTest(name: string, fn: () => Promise<void>) {
  Deno.test({ name: `squid: ${name} (needs ${command})`, ignore: !isInstalled(command), fn });
}

const authority = ["--ca-cert", certificateFile("faulty_authority.pem")];

squidTest("https through a tunnel: fifty calls at once", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using tls = await startTls(company.gateway.url);
  await using squid = await startSquid("http_access allow all");
  await using program = await startMachine(company, {
    ...tls,
    args: authority,
    env: { HTTPS_PROXY: squid.proxy },
  });
  await program.initialize();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => count(program, `k${index}`)),
  );
  for (const { result } of answers) assert(result, "a call was lost");
  assert.deepEqual(new Set(backend.counts.values()), new Set([1]));
});

squidTest("plain http by the proxy: a call", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using squid = await startSquid("http_access allow all");
  await using program = await startMachine(company, {
    url: `http://other.test:${company.gateway.url.port}/mcp`,
    args: ["--allow-http"],
    env: { http_proxy: `http://${squid.proxy}` },
  });
  await program.initialize();
  assert((await count(program, "one")).result);
});

squidTest("what its rules do not allow is told with its answer", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using squid = await startSquid("http_access deny all");
  await using program = await startMachine(company, {
    url: "https://other.test/mcp",
    env: { HTTPS_PROXY: squid.proxy },
  });
  const { error } = await initialize(program);
  assert.match(
    error?.message ?? "",
    /the proxy http:\/\/\S+ \(HTTPS_PROXY\) does not let this machine through to other\.test:443 \(HTTP 403/,
  );
});

squidTest("a user name and a password are asked for, and taken", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using tls = await startTls(company.gateway.url);
  await using squid = await startSquid(`
auth_param basic program /usr/lib/squid/basic_ncsa_auth {directory}/users
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all`);
  const start = (proxy: string) =>
    startMachine(company, { ...tls, args: authority, env: { HTTPS_PROXY: proxy } });
  {
    await using program = await start(squid.proxy);
    const { error } = await initialize(program);
    assert.match(error?.message ?? "", /wants a user name and password \(HTTP 407\)/);
  }
  {
    await using program = await start(`http://ada:wrong@${squid.proxy}`);
    const { error } = await initialize(program);
    assert.match(error?.message ?? "", /does not accept the user name and password \(HTTP 407\)/);
  }
  await using program = await start(`http://ada:secret%2F%40%3A@${squid.proxy}`);
  assert((await initialize(program)).result);
});

squidTest("a backend that it cannot reach is told as it tells it", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using squid = await startSquid("http_access allow all");
  await using program = await startMachine(company, {
    url: `https://other.test:${freePort()}/mcp`,
    args: ["--retry-window", "0"],
    env: { HTTPS_PROXY: squid.proxy },
  });
  const { error } = await initialize(program);
  assert.match(error?.message ?? "", /did not reach other\.test:\d+ \(HTTP 503/);
});
