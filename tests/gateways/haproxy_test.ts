import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { certificateFile } from "../support/https_server.ts";
import { startCountingBackend } from "../support/counting_backend.ts";
import { type Daemon, isInstalled, startDaemon } from "./daemon.ts";
import { count, initialize, startMachine, startMachineCompany } from "./machine.ts";

const command = "/usr/sbin/haproxy";

interface HaproxyOptions {
  /** The servers behind it, as `host:port`. */
  upstreams: string[];
  /** What the line `bind` says besides address and certificate. */
  bind?: string;
  /** Lines of the back end. */
  backend?: string;
  /** What each server's line says besides its address; `{index}` stands for its number. */
  server?: string;
  /** How long a server may be silent. */
  timeout?: string;
}

/** Starts haproxy with TLS on a free port of `localhost`. */
async function startHaproxy(options: HaproxyOptions): Promise<Daemon & { url: string }> {
  const port = freePort();
  const { upstreams, bind = "", backend = "", server = "", timeout = "1h" } = options;
  const servers = upstreams.map((host, index) =>
    `  server s${index} ${host} ${server.replaceAll("{index}", String(index))}`
  );
  const daemon = await startDaemon({
    command,
    args: ["-db", "-f", "{directory}/haproxy.cfg"],
    port,
    files: {
      "server.pem": await Deno.readTextFile(certificateFile("server.pem")) +
        await Deno.readTextFile(certificateFile("server.key")),
      "haproxy.cfg": `
defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server ${timeout}
frontend front
  bind 127.0.0.1:${port} ssl crt {directory}/server.pem ${bind}
  default_backend back
backend back
${backend}
${servers.join("\n")}
`,
    },
  });
  return { ...daemon, url: `https://localhost:${port}/mcp` };
}

function haproxyTest(name: string, fn: () => Promise<void>) {
  Deno.test({ name: `haproxy: ${name} (needs ${command})`, ignore: !isInstalled(command), fn });
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
