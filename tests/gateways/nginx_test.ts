import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { certificateFile } from "../support/https_server.ts";
import { startCountingBackend } from "../support/counting_backend.ts";
import { isInstalled } from "./daemon.ts";
import { count, initialize, startMachine, startMachineCompany } from "./machine.ts";
import { nginxProgram, recommended, startNginx } from "./nginx.ts";

function nginxTest(name: string, fn: () => Promise<void>) {
  Deno.test({
    name: `nginx: ${name} (needs ${nginxProgram})`,
    ignore: !isInstalled(nginxProgram),
    fn,
  });
}

for (const http2 of [false, true]) {
  const protocol = http2 ? "HTTP/2" : "HTTP/1.1";

  nginxTest(`${protocol}, as it is by default, with gzip: fifty calls at once`, async () => {
    await using backend = await startCountingBackend();
    await using company = await startMachineCompany(backend.url);
    await using nginx = await startNginx({
      upstreams: [company.gateway.url.host],
      http2,
      http: "gzip on; gzip_types application/json text/event-stream; gzip_proxied any;",
    });
    await using program = await startMachine(company, nginx);
    await program.initialize();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => count(program, `k${index}`)),
    );
    for (const { result } of answers) assert(result, "a call was lost");
    assert.deepEqual(new Set(backend.counts.values()), new Set([1]));
  });

  nginxTest(`${protocol}, as recommended: progress comes while the call runs`, async () => {
    await using backend = await startCountingBackend();
    await using company = await startMachineCompany(backend.url);
    const upstreams = [company.gateway.url.host];
    await using nginx = await startNginx({ upstreams, http2, location: recommended });
    await using program = await startMachine(company, nginx);
    await program.initialize();
    let isAnswered = false;
    const answer = count(program, "slow", { milliseconds: 1_500, progressToken: "p" })
      .then((message) => (isAnswered = true, message));
    await program.message(({ method }) => method === "notifications/progress");
    assert(!isAnswered);
    assert((await answer).result);
  });

  nginxTest(
    `${protocol}: connections that end after five requests lose and repeat nothing`,
    async () => {
      await using backend = await startCountingBackend();
      await using company = await startMachineCompany(backend.url);
      await using nginx = await startNginx({
        upstreams: [company.gateway.url.host],
        http2,
        location: recommended,
        server: "keepalive_requests 5;",
      });
      await using program = await startMachine(company, nginx);
      await program.initialize();
      for (let round = 0; round < 20; round++) {
        const keys = Array.from({ length: 5 }, (_, index) => `${round}-${index}`);
        const answers = await Promise.all(keys.map((key) => count(program, key)));
        for (const { result, error } of answers) assert(result, JSON.stringify(error));
      }
      assert.equal(backend.counts.size, 100);
      assert.deepEqual(new Set(backend.counts.values()), new Set([1]));
    },
  );

  nginxTest(
    `${protocol}: reloads under load lose nothing silently, and repeat nothing`,
    async () => {
      await using backend = await startCountingBackend();
      await using company = await startMachineCompany(backend.url);
      const upstreams = [company.gateway.url.host];
      await using nginx = await startNginx({ upstreams, http2, location: recommended });
      await using program = await startMachine(company, nginx);
      await program.initialize();
      let failed = 0;
      for (let round = 0; round < 30; round++) {
        if (round % 6 === 5) nginx.kill("SIGHUP");
        const keys = Array.from({ length: 10 }, (_, index) => `${round}-${index}`);
        const answers = await Promise.all(
          keys.map((key) => count(program, key, { milliseconds: 20 })),
        );
        for (const { error } of answers) {
          if (!error) continue;
          failed++;
          assert.match(error.message, /may have been carried out/);
        }
      }
      assert(failed <= 10, `${failed} of 300 calls were lost`);
      for (const times of backend.counts.values()) assert.equal(times, 1);
    },
  );
}

nginxTest("a call that outlives proxy_read_timeout may have been carried out", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using nginx = await startNginx({
    upstreams: [company.gateway.url.host],
    // The SDK sends an event stream's header fields at once, so that only a silent body can time out.
    location: "proxy_read_timeout 1s; proxy_buffering off;",
  });
  await using program = await startMachine(company, nginx);
  await program.initialize();
  const { error } = await count(program, "slow", { milliseconds: 4_000 });
  assert.match(error?.message ?? "", /may have been carried out/);
  assert.equal(backend.counts.get("slow"), 1);
});

nginxTest("what it refuses by itself is told in its words", async (): Promise<void> => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using nginx = await startNginx({
    upstreams: [company.gateway.url.host],
    server: "client_max_body_size 10k;",
    http: "limit_req_zone $server_name zone=one:1m rate=5r/s;",
    location: "limit_req zone=one burst=20 nodelay; limit_req_status 429;",
  });
  await using program = await startMachine(company, {
    ...nginx,
    args: ["--retry-window", "0"],
  });
  await program.initialize();
  const tooLarge = await count(program, "large", { padding: 20_000 });
  assert.match(tooLarge.error?.message ?? "", /HTTP 413.*Request Entity Too Large.*send less/);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => count(program, `k${index}`)),
  );
  const refused = answers.flatMap(({ error }) => error ? [error.message] : []);
  assert(refused.length > 0, "nothing was refused");
  for (const message of refused) assert.match(message, /HTTP 429.*try again later/);
  assert.equal(backend.counts.get("large"), undefined);
  assert.equal(backend.counts.size, 40 - refused.length);
});

nginxTest("a backend that is not there is told as the gateway tells it", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using nginx = await startNginx({ upstreams: [`127.0.0.1:${freePort()}`] });
  await using program = await startMachine(company, {
    ...nginx,
    args: ["--retry-window", "0"],
  });
  const { error } = await initialize(program);
  assert.match(error?.message ?? "", /HTTP 502: Bad Gateway/);
});

nginxTest("a token that is too long for its header buffers is told by its length", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using nginx = await startNginx({
    upstreams: [company.gateway.url.host],
    server: "client_header_buffer_size 64; large_client_header_buffers 2 512;",
  });
  await using program = await startMachine(company, {
    ...nginx,
    args: ["--header", `X-Groups: ${"g".repeat(600)}`],
  });
  const { error } = await initialize(program);
  assert.match(error?.message ?? "", /Header Or Cookie Too Large; .* has \d+ bytes/);
});

nginxTest("a client certificate that it wants is asked for, and shown", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using nginx = await startNginx({
    upstreams: [company.gateway.url.host],
    server: `ssl_client_certificate ${certificateFile("authority.pem")}; ssl_verify_client on;`,
  });
  {
    await using program = await startMachine(company, nginx);
    const { error } = await initialize(program);
    assert.match(error?.message ?? "", /No required SSL certificate was sent.*--client-cert/);
  }
  const files = ["client.pem", "client.key"].map(certificateFile);
  await using program = await startMachine(company, {
    ...nginx,
    args: ["--client-cert", files[0], "--client-key", files[1]],
  });
  assert((await initialize(program)).result);
});

nginxTest("two copies that do not share their sessions: every call once, or an error", async () => {
  const counts = new Map<string, number>();
  await using one = await startCountingBackend(counts);
  await using other = await startCountingBackend(counts);
  await using company = await startMachineCompany(one.url);
  for (const isSticky of [false, true]) {
    counts.clear();
    // Both are behind the check of tokens in real life, too; which of them checks makes no difference.
    await using nginx = await startNginx({
      upstreams: [one.url.host, other.url.host],
      upstream: isSticky ? "ip_hash;" : "",
    });
    await using program = await startMachine(company, nginx);
    const begun = await initialize(program);
    assert(begun.result);
    await program.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    const answers = [];
    for (let index = 0; index < 10; index++) answers.push(await count(program, `k${index}`));
    for (const times of counts.values()) assert.equal(times, 1);
    const good = answers.filter(({ result }) => result).length;
    if (isSticky) assert.equal(good, 10);
    assert.equal(counts.size, good);
  }
});
