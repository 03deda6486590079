import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { certificateFile } from "../support/https_server.ts";
import { startCountingBackend } from "../support/counting_backend.ts";
import { isInstalled } from "./daemon.ts";
import { count, initialize, startMachine, startMachineCompany } from "./machine.ts";
import { squidProgram, startSquid } from "./squid.ts";
import { startTls } from "./tls_server.ts";

function squidTest(name: string, fn: () => Promise<void>) {
  Deno.test({
    name: `squid: ${name} (needs ${squidProgram})`,
    ignore: !isInstalled(squidProgram),
    fn,
  });
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
