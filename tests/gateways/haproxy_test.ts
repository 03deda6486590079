import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { certificateFile } from "../support/https_server.ts";
import { startCountingBackend } from "../support/counting_backend.ts";
import { isInstalled } from "./daemon.ts";
import { haproxyProgram, startHaproxy } from "./haproxy.ts";
import { count, initialize, startMachine, startMachineCompany } from "./machine.ts";

function haproxyTest(name: string, fn: () => Promise<void>) {
  Deno.test({
    name: `haproxy: ${name} (needs ${haproxyProgram})`,
    ignore: !isInstalled(haproxyProgram),
    fn,
  });
}

for (const alpn of ["http/1.1", "h2,http/1.1"]) {
  haproxyTest(`${alpn}: fifty calls at once, and progress while a call runs`, async () => {
    await using backend = await startCountingBackend();
    await using company = await startMachineCompany(backend.url);
    await using haproxy = await startHaproxy({
      upstreams: [company.gateway.url.host],
      bind: `alpn ${alpn}`,
    });
    await using program = await startMachine(company, haproxy);
    await program.initialize();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => count(program, `k${index}`)),
    );
    for (const { result } of answers) assert(result, "a call was lost");
    assert.deepEqual(new Set(backend.counts.values()), new Set([1]));
    let isAnswered = false;
    const answer = count(program, "slow", { milliseconds: 1_500, progressToken: "p" })
      .then((message) => (isAnswered = true, message));
    await program.message(({ method }) => method === "notifications/progress");
    assert(!isAnswered);
    assert((await answer).result);
  });
}

haproxyTest("a cookie keeps a session at the copy that has it", async () => {
  const counts = new Map<string, number>();
  await using one = await startCountingBackend(counts);
  await using other = await startCountingBackend(counts);
  await using company = await startMachineCompany(one.url);
  await using haproxy = await startHaproxy({
    upstreams: [one.url.host, other.url.host],
    backend: "  balance roundrobin\n  cookie SRV insert indirect nocache",
    server: "cookie s{index}",
  });
  await using program = await startMachine(company, haproxy);
  await program.initialize();
  for (let index = 0; index < 20; index++) {
    const { result, error } = await count(program, `k${index}`);
    assert(result, JSON.stringify(error));
  }
  assert.deepEqual(new Set(counts.values()), new Set([1]));
});

haproxyTest("a backend that is not there is told as the gateway tells it", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using haproxy = await startHaproxy({ upstreams: [`127.0.0.1:${freePort()}`] });
  await using program = await startMachine(company, {
    ...haproxy,
    args: ["--retry-window", "0"],
  });
  const { error } = await initialize(program);
  assert.match(error?.message ?? "", /HTTP 503: Service Unavailable/);
});

haproxyTest("a call that outlives its timeout may have been carried out", async () => {
  await using backend = await startCountingBackend();
  await using company = await startMachineCompany(backend.url);
  await using haproxy = await startHaproxy({
    upstreams: [company.gateway.url.host],
    timeout: "1s",
  });
  await using program = await startMachine(company, haproxy);
  await program.initialize();
  const { error } = await count(program, "slow", { milliseconds: 4_000 });
  assert.match(error?.message ?? "", /may have been carried out/);
  assert.equal(backend.counts.get("slow"), 1);
});

for (const version of ["TLSv1.2", "TLSv1.3"]) {
  haproxyTest(
    `${version}: a client certificate that it wants is asked for, and shown`,
    async () => {
      await using backend = await startCountingBackend();
      await using company = await startMachineCompany(backend.url);
      await using haproxy = await startHaproxy({
        upstreams: [company.gateway.url.host],
        bind:
          `ca-file ${certificateFile("authority.pem")} verify required ssl-min-ver ${version} ` +
          `ssl-max-ver ${version}`,
      });
      {
        await using program = await startMachine(company, haproxy);
        const { error } = await initialize(program);
        assert.equal(error?.data?.reason, "client_certificate_refused", error?.message);
        assert.match(error?.message ?? "", /--client-cert/);
      }
      const files = ["client.pem", "client.key"].map(certificateFile);
      await using program = await startMachine(company, {
        ...haproxy,
        args: ["--client-cert", files[0], "--client-key", files[1]],
      });
      assert((await initialize(program)).result);
    },
  );
}
