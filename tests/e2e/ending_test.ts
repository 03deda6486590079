import assert from "node:assert/strict";
import { type Company, startCompany } from "../support/company.ts";
import { steadyStart } from "../support/steady_start.ts";
import { programCommand } from "../support/program_command.ts";
import { type Program, runProgram } from "../support/program.ts";
import { within } from "../support/within.ts";

async function signedIn(company: Company): Promise<Program> {
  const program = await company.start();
  await Promise.all([company.signIn(), program.initialize()]);
  await program.request("ping");
  return program;
}

function slowCall(id: string, duration: number) {
  return {
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: {
      name: "trigger-long-running-operation",
      arguments: { duration, steps: 20 * duration },
      _meta: { progressToken: id },
    },
  };
}

Deno.test("when stdin ends, pending calls are drained, the session is deleted, exit 0", async () => {
  await using company = await startCompany();
  await using program = await signedIn(company);
  await program.send(slowCall("slow", 1));
  await program.message((message) => message.method === "notifications/progress");
  await program.endInput();
  assert.ok((await program.message((message) => message.id === "slow")).result);
  assert.deepEqual(await program.exit, { code: 0, signal: null });
  assert.equal(company.gateway.count("DELETE"), 1);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends it as the end of stdin does`, async () => {
    await using company = await startCompany();
    await using program = await signedIn(company);
    await program.send(slowCall("slow", 1));
    await program.message((message) => message.method === "notifications/progress");
    program.kill(signal);
    assert.ok((await program.message((message) => message.id === "slow")).result);
    assert.deepEqual(await program.exit, { code: 0, signal: null });
    assert.equal(company.gateway.count("DELETE"), 1);
  });
}

Deno.test("one Ctrl-C that comes by several ways is one", async () => {
  await using company = await startCompany();
  await using program = await signedIn(company);
  await program.send(slowCall("slow", 2));
  await program.message((message) => message.method === "notifications/progress");
  // As the terminal, npx and a launcher send it; signals that come together would be one anyway.
  program.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 30));
  program.kill("SIGINT");
  assert.ok((await program.message((message) => message.id === "slow")).result);
  assert.deepEqual(await program.exit, { code: 0, signal: null });
});

Deno.test("a process that was killed while it signed in holds the next one up for nothing", async () => {
  await using company = await startCompany();
  for (const args of [["login"], [company.gateway.url.href]]) {
    const killed = await company.start({ args });
    if (args[0] !== "login") killed.initialize().catch(() => {});
    const before = await company.browser.opened();
    killed.kill("SIGKILL");
    await killed.exit;
    const again = runProgram(company.settings({ args: ["login"] }));
    const next = await company.browser.opened();
    assert.notEqual(next.href, before.href);
    await company.person.visit(next);
    const { code, stderr } = await again;
    assert.equal(code, 0, stderr);
    // Where it has to wait for the silence of the dead one, it says so.
    assert.doesNotMatch(stderr, /is signing in for this identity already/);
    await runProgram(company.settings({ args: ["logout"] }));
  }
});

Deno.test("a second SIGINT ends it at once", async () => {
  await using company = await startCompany();
  await using program = await signedIn(company);
  await program.send(slowCall("slow", 60));
  await program.message((message) => message.method === "notifications/progress");
  program.kill("SIGINT");
  // Signals of one kind that come together are one: wait until the first has been taken.
  const again = setInterval(() => program.kill("SIGINT"), 100);
  try {
    // Pending answers are waited for 10 s.
    const { code } = await within(program.exit, { what: "the end", patience: 9_000 });
    assert.equal(code, 130);
  } finally {
    clearInterval(again);
  }
});

Deno.test("a client that closes stdout ends it quietly", async () => {
  await using company = await startCompany();
  await using program = await signedIn(company);
  await program.closeOutput();
  await program.send({ jsonrpc: "2.0", id: "unread", method: "tools/list" });
  const { code } = await within(program.exit, { what: "the end", patience: 15_000 });
  assert.equal(code, 0);
  assert.doesNotMatch(program.stderr(), /Internal error|EPIPE|Broken pipe/);
});

Deno.test("a client that leaves in the middle of the sign-in finds it done the next time", async () => {
  await using company = await startCompany();
  {
    await using program = await company.start();
    program.initialize();
    const url = await company.browser.opened();
    await program.endInput();
    const page = await company.person.visit(url);
    assert.equal(page.status, 200);
    assert.equal((await program.exit).code, 0);
  }
  const before = company.provider.requests.length;
  await using program = await company.start();
  await program.initialize();
  assert.equal(company.provider.requests.length, before);
  assert.equal(company.browser.count(), 1);
});

Deno.test("a sign-in is finished when nothing else is left to do for a client that has left", async () => {
  await using company = await startCompany();
  const env = { MCP_PROXY_START_GRACE: "0.2", MCP_PROXY_IGNORE_TOOL: "other" };
  await using program = await company.start({ env });
  await program.initialize();
  const url = await company.browser.opened();
  // How often the same failed is told when the bridge has ended.
  for (let count = 0; count < 3; count++) await program.request("tools/call", { name: "other" });
  await program.endInput();
  await program.logged(/\(2 more times\)/);
  assert.equal((await company.person.visit(url)).status, 200);
  assert.equal((await program.exit).code, 0);
  await using again = await company.start();
  await again.initialize();
  assert.equal(company.browser.count(), 1);
});

Deno.test("nothing but JSON-RPC is ever written to stdout", async () => {
  await using company = await startCompany();
  await using program = await company.start({ args: [company.gateway.url.href, "--debug"] });
  await Promise.all([company.signIn(), program.initialize()]);
  await program.send("this is not JSON");
  await program.send('{"neither":"request nor response"}');
  await program.request("tools/list");
  company.gateway.refuse(2);
  await program.request("tools/list");
  await company.everything.kill();
  await program.request("tools/call", { name: "echo", arguments: { message: "hello?" } });
  await program.endInput();
  await program.exit;
  assert.ok(program.lines.length >= 6);
  for (const [index, message] of program.messages.entries()) {
    assert.equal(message?.jsonrpc, "2.0", program.lines[index]);
  }
});

Deno.test({
  name: "a parent that dies without closing stdin ends it",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using company = await startCompany();
    {
      await using program = await signedIn(company);
      await program.endInput();
      await program.exit;
    }
    // The shell is the parent; the pipes are this test's, and stay open.
    const { command, args, env } = await programCommand(company.settings({ env: steadyStart }));
    const parent = new Deno.Command("sh", {
      args: ["-c", 'exec 3<&0; "$@" <&3 3<&- & wait', "sh", command, ...args],
      env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const stdin = parent.stdin.getWriter();
    const stdout = parent.stdout.getReader();
    await stdin.write(new TextEncoder().encode('{"jsonrpc":"2.0","id":1,"method":"ping"}\n'));
    assert.ok((await stdout.read()).value, "it answers");
    parent.kill("SIGKILL");
    await parent.status;
    const end = (async () => {
      while (!(await stdout.read()).done);
    })();
    await within(end, { what: "the end of the program" });
    await stdin.close().catch(() => {});
  },
});
