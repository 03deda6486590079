import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { programCommand } from "../support/program_command.ts";
import { within } from "../support/within.ts";

const connections = 1_200;
const descriptorLimit = 256;
/** What the listener keeps open at most, and what the rest of the program may need for a moment. */
const allowedGrowth = 64 + 24;

Deno.test({
  name: "1,200 connections to the redirect port keep nobody from signing in, with 256 descriptors",
  // Where descriptors can be limited and counted.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using company = await startCompany();
    const { command, args, env } = await programCommand({ home: company.home.path });
    const limited = `ulimit -n ${descriptorLimit} && exec "$@"`;
    await using program = await company.start({
      command: ["/bin/sh", "-c", limited, "sh", command, ...args],
      args: [company.gateway.url.href],
      env: Object.fromEntries(Object.entries(env).filter(([name]) => name === "DENO_DIR")),
    });
    const countDescriptors = () => [...Deno.readDirSync(`/proc/${program.pid}/fd`)].length;
    const initialized = program.initialize();
    const start = await company.browser.opened();
    const before = countDescriptors();
    assert.match(
      await Deno.readTextFile(`/proc/${program.pid}/limits`),
      new RegExp(`Max open files +${descriptorLimit} +${descriptorLimit} `),
    );

    await using stack = new AsyncDisposableStack();
    const address = { hostname: start.hostname, port: Number(start.port) };
    let most = 0;
    let ended = 0;
    const byte = new Uint8Array(1);
    for (let count = 0; count < connections; count++) {
      const connection = await within(Deno.connect(address), { what: `connection ${count}` });
      stack.defer(() => connection.close());
      // A third says something that never becomes a request.
      if (count % 3 === 0) {
        await connection.write(new TextEncoder().encode("GET /")).catch(() => {});
      }
      connection.read(byte).then(() => ended++, () => ended++);
      most = Math.max(most, countDescriptors());
    }
    assert.ok(most <= before + allowedGrowth, `${most} descriptors, ${before} before`);

    const page = await company.person.visit(start);
    assert.match(page.html, /signed in/i);
    await initialized;
    const answer = await program.request("tools/call", {
      name: "echo",
      arguments: { message: "still here" },
    });
    assert.match(JSON.stringify(answer.result), /still here/);
    assert.ok(ended > connections / 2, `${ended} of ${connections} connections were ended`);
    assert.doesNotMatch(program.stderr(), /Internal error|panicked/);
  },
});
